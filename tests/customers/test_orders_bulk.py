"""Orders from other programs: rows in, orders out, and nothing twice."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.customers.orders.bulk import Outcome, upsert_orders
from crm.customers.orders.figures import refresh_order_figures
from crm.customers.products.actions import create_product, retire_product
from crm.database import Statements, counted, execute, fetch, fetch_one, fetch_value
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers

KITCHEN = {
    "number": "A-1",
    "customer": "SAP-7",
    "ordered_on": "02.03.2026",
    "amount": "12.345,60 €",
    "status": "bestätigt",
}


@pytest.fixture
async def sap(customers: Customers, cast: Cast) -> Customers:
    """Größmann has an external id; there is a worktop in the catalogue."""
    await execute("UPDATE customer SET external_id = 'SAP-7', status = 'customer' WHERE id = $1", customers.groessmann)
    worktop = {"code": "AP-100", "name_de": "Arbeitsplatte Eiche", "name_en": "Oak worktop", "department": "Fertigung"}
    await create_product(worktop, by=cast.ines.id, now=NOW)
    return customers


async def send(*rows: dict[str, Any], **keywords: Any) -> list[Any]:
    return await upsert_orders(rows, by=None, now=NOW, **keywords)


async def test_a_row_as_a_german_office_writes_it(sap: Customers) -> None:
    (result,) = await send({**KITCHEN, "channel": "Telefon", "delivery_due_on": "2026-05-01 00:00:00"})
    assert (result.outcome, result.number, result.errors) == (Outcome.CREATED, "A-1", {})
    order = await fetch_one("SELECT * FROM customer_order WHERE id = $1", result.order_id)
    assert order is not None
    assert (order.customer, order.ordered_on, order.amount, order.currency) == (
        sap.groessmann, date(2026, 3, 2), Decimal("12345.60"), "EUR",
    )  # fmt: skip
    assert (order.status, order.channel, order.delivery_due_on) == ("confirmed", "phone", date(2026, 5, 1))
    line = await fetch_one("SELECT at, detail->>'amount' AS amount FROM timeline_entry WHERE kind = 'order'")
    assert line is not None
    assert (line.at, line.amount) == (datetime(2026, 3, 2, 11, 0, tzinfo=UTC), "12345.60")


async def test_the_same_rows_again_change_nothing(sap: Customers) -> None:
    rows = [KITCHEN, {**KITCHEN, "number": "A-2", "product": "AP-100", "price": "99,90"}]
    assert [r.outcome for r in await send(*rows)] == [Outcome.CREATED] * 2
    before = await fetch("SELECT id, version FROM customer_order ORDER BY id")
    entries = await fetch_value("SELECT count(*) FROM audit_entry")
    assert [r.outcome for r in await send(*rows)] == [Outcome.UNCHANGED] * 2
    assert await fetch("SELECT id, version FROM customer_order ORDER BY id") == before
    assert await fetch_value("SELECT count(*) FROM audit_entry") == entries
    assert await fetch_value("SELECT count(*) FROM order_item") == 1


async def test_what_differs_is_updated_and_what_is_blank_stays(sap: Customers) -> None:
    (first,) = await send(KITCHEN)
    (second,) = await send(
        {"number": "A-1", "status": "geliefert", "delivered_on": "01.05.2026", "amount": "", "customer": None}
    )
    assert (second.outcome, second.order_id) == (Outcome.UPDATED, first.order_id)
    order = await fetch_one("SELECT * FROM customer_order")
    assert order is not None
    assert (order.status, order.amount, order.version) == ("delivered", Decimal("12345.60"), 2)
    assert await fetch_value("SELECT detail->>'status' FROM timeline_entry WHERE kind = 'order'") == "delivered"
    payload = await fetch_value(
        "SELECT p.fields::text FROM audit_entry e JOIN audit_payload p ON p.id = e.payload_id WHERE action = 'order.changed'"
    )
    assert '"confirmed", "delivered"' in payload


async def test_rows_with_one_number_are_lines_of_one_order(sap: Customers) -> None:
    head = {name: KITCHEN[name] for name in ("number", "customer", "ordered_on")}
    results = await send(
        {**head, "product": "ap-100", "quantity": "2,5", "price": "100,00"},
        {**head, "text": "Montage", "price": "80"},
        {"number": "A-1", "product": "Oak worktop", "text": "Muster", "price": "0"},
    )
    assert [r.outcome for r in results] == [Outcome.CREATED] * 3
    assert len({r.order_id for r in results}) == 1
    assert await fetch_value("SELECT amount FROM customer_order") == Decimal(330)
    lines = await fetch(
        "SELECT p.code, i.text, i.quantity FROM order_item i LEFT JOIN product p ON p.id = i.product ORDER BY position"
    )
    assert [tuple(line) for line in lines] == [
        ("AP-100", "", Decimal("2.5")),
        (None, "Montage", 1),
        ("AP-100", "Muster", 1),
    ]


async def test_one_wrong_line_keeps_the_whole_order_out(sap: Customers) -> None:
    good, wrong, other = await send(
        {**KITCHEN, "product": "AP-100"}, {"number": "A-1", "product": "XX", "price": "-5", "amount": "1"},
        {**KITCHEN, "number": "A-2"},
    )  # fmt: skip
    assert set(good.errors) == {"number"}
    assert set(wrong.errors) == {"product", "price", "amount"}
    assert (good.outcome, wrong.outcome, other.outcome) == (Outcome.WRONG, Outcome.WRONG, Outcome.CREATED)
    assert await fetch_value("SELECT array_agg(number) FROM customer_order") == ["A-2"]


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"amount": "-1"}, "amount", "unter 0"), ({"amount": "1000000000000000"}, "amount", "zu hoch"),
        ({"amount": "1,234"}, "amount", "2 Stellen"),
        ({"amount": "viel"}, "amount", "keine Zahl"), ({"amount": Decimal("NaN")}, "amount", "zu hoch"),
        ({"amount": ""}, "amount", "Betrag"),
        ({"amount": "5 CHF", "currency": "EUR"}, "amount", "CHF"), ({"currency": "DEM"}, "currency", "DEM"),
        ({"currency": "💶"}, "currency", "💶"),
        ({"ordered_on": "01.01.1890"}, "ordered_on", "1950"), ({"ordered_on": "01.01.2090"}, "ordered_on", "Zukunft"),
        ({"ordered_on": "31.02.2026"}, "ordered_on", "Datum"), ({"ordered_on": None}, "ordered_on", "aus"),
        ({"delivery_due_on": "2090-01-01"}, "delivery_due_on", "zehn Jahre"), ({"status": "geliefert"}, "delivered_on", "geliefert"),
        ({"status": "verloren"}, "status", "verloren"), ({"channel": "Brieftaube"}, "channel", "Brieftaube"),
        ({"number": "x" * 61}, "number", "60"),
        ({"number": " "}, "number", "aus"), ({"customer": "SAP-8"}, "customer", "SAP-8"), ({"customer": ""}, "customer", "Wessen"),
        ({"customer_id": "0"}, "customer_id", "„0“"), ({"customer_id": 2**80}, "customer_id", "Kunden"),
        ({"product": "NIX"}, "product", "NIX"), ({"text": "x" * 501}, "text", "500"), ({"text": "x", "quantity": "0"}, "quantity", "0"),
        ({"text": "x", "quantity": "1e9"}, "quantity", "Zahl"), ({"items": [{}] * 10_000}, "items", "10000"),
    ],
)  # fmt: skip
async def test_bad_input_gets_a_sentence_beside_its_column(
    sap: Customers, change: dict[str, Any], column: str, words: str
) -> None:
    (result,) = await send({**KITCHEN, **change})
    assert result.outcome is Outcome.WRONG
    assert words in result.errors[column], result.errors
    assert await fetch_value("SELECT count(*) FROM customer_order") == 0
    assert await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'order'") == 0


async def test_ten_thousand_rows_of_one_order_are_refused_at_once(sap: Customers) -> None:
    results = await send(*[{**KITCHEN, "text": f"Zeile {n}"} for n in range(10_000)])
    assert {r.outcome for r in results} == {Outcome.WRONG}
    assert "500" in results[0].errors["number"]


async def test_customers_are_found_by_any_of_their_names(sap: Customers) -> None:
    number = await fetch_value("SELECT number FROM customer WHERE id = $1", sap.emre)
    head = {"ordered_on": "2026-03-02", "amount": 5}
    results = await send(
        {"number": "1", "customer": number, **head}, {"number": "2", "customer_number": number, **head},
        {"number": "3", "customer_id": sap.emre, **head}, {"number": "4", "customer_external_id": "SAP-7", **head},
        {"number": "5", "customer_external_id": number, **head},
    )  # fmt: skip
    assert [r.outcome for r in results] == [Outcome.CREATED] * 4 + [Outcome.WRONG]
    owners = await fetch("SELECT customer FROM customer_order ORDER BY number")
    assert [row.customer for row in owners] == [sap.emre] * 3 + [sap.groessmann]


async def test_an_order_keeps_its_customer(sap: Customers) -> None:
    await send(KITCHEN)
    (result,) = await send({"number": "A-1", "customer_id": sap.emre, "amount": "1"})
    assert set(result.errors) == {"customer_id"}
    assert await fetch_value("SELECT customer FROM customer_order") == sap.groessmann


@pytest.mark.parametrize("column", ["restricted_at", "deleted_at"])
async def test_hidden_customers_are_not_there(sap: Customers, column: str) -> None:
    await send(KITCHEN)
    await execute(f"UPDATE customer SET {column} = now() WHERE id = $1", sap.groessmann)
    new, known = await send({**KITCHEN, "number": "A-2"}, {"number": "A-1", "amount": "1"})
    assert set(new.errors) == {"customer"}
    assert set(known.errors) == {"number"}
    assert await fetch_value("SELECT amount FROM customer_order") == Decimal("12345.60")


async def test_figures_follow(sap: Customers) -> None:
    await send(
        *[{**KITCHEN, "number": f"A-{n}", "ordered_on": f"2026-0{n}-01", "amount": f"{n}00,00"} for n in (1, 2, 3, 5)]
    )
    await send({"number": "A-5", "status": "storniert"})
    figures = await fetch_one("SELECT * FROM customer_figures WHERE customer = $1", sap.groessmann)
    assert figures is not None
    assert (figures.orders, figures.revenue, figures.average_order) == (3, 600, 200)
    assert (figures.last_order_on, figures.order_rhythm_days) == (date(2026, 3, 1), Decimal("29.5"))
    assert (figures.next_order_on, figures.quiet_from_on) == (date(2026, 3, 31), date(2026, 4, 15))
    await execute("UPDATE customer_order SET customer = $1", sap.emre)
    await refresh_order_figures([sap.emre, sap.groessmann])
    counts = await fetch("SELECT orders, revenue, last_order_on, next_order_on FROM customer_figures ORDER BY customer")
    assert [tuple(row) for row in counts] == [(0, 0, None, None), (3, 600, date(2026, 3, 1), date(2026, 3, 31))]


async def test_the_first_order_makes_a_customer_of_a_prospect(sap: Customers) -> None:
    await execute("UPDATE status_change SET at = '2026-01-05' WHERE customer = $1", sap.emre)
    await execute("UPDATE customer SET created_at = '2026-01-05' WHERE id = $1", sap.emre)
    row = {**KITCHEN, "customer": None, "customer_id": sap.emre}
    await send({**row, "status": "storniert"})
    assert await fetch_value("SELECT status FROM customer WHERE id = $1", sap.emre) == "prospect", "it was called off"
    await send({**row, "status": "bestellt"})
    assert await fetch_value("SELECT status FROM customer WHERE id = $1", sap.emre) == "customer"
    event = await fetch_one("SELECT * FROM status_change WHERE customer = $1 ORDER BY at DESC LIMIT 1", sap.emre)
    assert event is not None
    assert (event.trigger, event.before, event.at) == (
        "first_order",
        "prospect",
        datetime(2026, 3, 2, 11, 0, tzinfo=UTC),
    )


async def test_an_old_order_does_not_bring_a_former_customer_back(sap: Customers) -> None:
    await execute("UPDATE customer SET status = 'former' WHERE id = $1", sap.groessmann)
    await execute(
        "INSERT INTO status_change (customer, before, after, trigger, at) VALUES ($1, 'customer', 'former', 'hand', '2026-06-01')",
        sap.groessmann,
    )
    await send(KITCHEN)
    assert await fetch_value("SELECT status FROM customer WHERE id = $1", sap.groessmann) == "former"
    await send({**KITCHEN, "number": "A-2", "ordered_on": "2026-06-02"})
    assert await fetch_value("SELECT status FROM customer WHERE id = $1", sap.groessmann) == "customer"


async def test_a_retired_product_can_still_be_named(sap: Customers) -> None:
    await retire_product(await fetch_value("SELECT id FROM product"), True, by=None, now=NOW)
    (result,) = await send({**KITCHEN, "product": "AP-100"})
    assert result.outcome is Outcome.CREATED


async def test_the_file_says_how_it_writes_numbers(sap: Customers) -> None:
    await send({**KITCHEN, "amount": "1.234"}, {**KITCHEN, "number": "A-2", "amount": "1,234"}, language="en")
    assert await fetch_value("SELECT array_agg(number || '=' || amount) FROM customer_order") == ["A-2=1234.00"]


async def test_thousands_of_rows_take_seconds_at_most(own_database: str) -> None:
    """2,000 new orders of 500 customers with an item each: far below what an import of 100,000 rows in a minute allows."""
    await execute(
        "INSERT INTO customer (number, kind, name, sort_key, search_text, status, service_level, language, external_id, created_at, "
        "version) SELECT 'K-' || n, 'organisation', 'Firma ' || n, 'firma', '', 'customer', (SELECT min(id) FROM service_level), "
        "'de', 'X-' || n, now(), 1 FROM generate_series(1, 500) n"
    )
    await execute("INSERT INTO customer_figures (customer) SELECT id FROM customer")
    rows = [
        {"number": f"A-{n}", "customer": f"X-{n % 500 + 1}", "ordered_on": (NOW - timedelta(days=n % 700)).date().isoformat(),
         "amount": "1.234,50", "text": "Küchenzeile", "quantity": "1", "price": "1.234,50"}
        for n in range(2000)
    ]  # fmt: skip
    began = datetime.now(UTC)
    for first in range(0, len(rows), 500):
        results = await upsert_orders(rows[first : first + 500], by=None, now=NOW)
        assert {result.outcome for result in results} == {Outcome.CREATED}
    assert datetime.now(UTC) - began < timedelta(seconds=10)
    assert await fetch_value("SELECT sum(orders) FROM customer_figures") == 2000
    assert await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'order'") == 2000


async def test_saying_what_would_become_of_rows_holds_no_order(sap: Customers) -> None:
    await send(KITCHEN)
    token = counted.set(said := Statements())
    try:
        (result,) = await send({**KITCHEN, "status": "geliefert", "delivered_on": "01.05.2026"}, is_trial=True)
    finally:
        counted.reset(token)
    assert result.outcome == Outcome.UPDATED
    assert [sql for sql in said if "customer_order" in sql], "the orders were looked up"
    assert not [sql for sql in said if re.search(r"\bFOR\b.*\b(UPDATE|SHARE)\b", sql)]
