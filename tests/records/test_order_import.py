"""Old orders come from a file: whose they are, their items, what is wrong with them, and nothing twice."""

from __future__ import annotations

import asyncio
import threading
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from crm.customers.products.actions import create_product
from crm.database import decoded, execute, fetch, fetch_one, fetch_value
from crm.embedded.servers import Servers
from crm.errors import Invalid
from crm.records import claiming, importing, order_rows, parser_process
from crm.records.headers import recognise
from crm.records.importing import work_on_import
from crm.records.imports import Settings, assign_columns, receive_import, start_import
from crm.records.mending import mending_file
from crm.records.number_writing import written_numbers
from crm.records.reading import Choices, Table
from crm.records.reading_csv import CsvTable
from crm.records.tables import Rule
from crm.records.targets import ImportKind
from crm.records.undoing import plan_undo, request_undo, undo_import
from crm.records.undoing_words import why_kept
from tests.records.conftest import NOW, Write, bring_in, counts_of, errors_of, lines_of, run_of
from tests.records.test_import import _crm_import

PEOPLE = (
    "Kundennummer;Firma;Vorname;Nachname;E-Mail;Status\n"
    "4711;Nord GmbH;Anna;Berg;anna@nord.example;Interessent\nA2;;Emre;Yıldız;emre@y.example;Kunde\n"
)
HEAD = "Auftragsnummer;Kundennummer;Bestelldatum;Artikelnummer;Artikelbezeichnung;Menge;Einzelpreis;Gesamtbetrag;Status;Lieferdatum\n"
TWO = (
    HEAD
    + "A-1;4711;02.03.2026;KM-1;Kaffeemühle;2;1.049,90 €;2.199,80 €;geliefert;05.03.2026\n"
    + "A-1;4711;02.03.2026;;Versand;1;100,00;2.199,80 €;;\n"
    + "A-2;A2;3.3.26;;Beratung;1,5;80;;In Bearbeitung;\n"
)
ORDERS = ImportKind.ORDERS


@pytest.fixture
async def people(own_database: str, write: Write) -> None:
    await bring_in(write(PEOPLE))
    product = {"code": "KM-1", "name_de": "Große Kaffeemühle", "name_en": "Coffee mill", "department": ""}
    await create_product(product, by=None, now=NOW)


async def undo(run_id: int) -> None:
    await request_undo(run_id, by=None, now=NOW)
    assert await undo_import(run_id, now=NOW)


async def items_of(number: str) -> list[tuple[object, ...]]:
    rows = await fetch(
        "SELECT p.code, i.text, i.quantity, i.price FROM order_item i JOIN customer_order o ON o.id = i.customer_order "
        "LEFT JOIN product p ON p.id = i.product WHERE o.number = $1 ORDER BY i.position",
        number,
    )
    return [tuple(row) for row in rows]


@pytest.mark.usefixtures("people")
async def test_the_list_of_a_german_merchandise_program_comes_in(write: Write) -> None:
    path = write(TWO, "auftraege.csv")
    trial = await bring_in(path, kind=ORDERS, trial=True)
    assert await counts_of(trial) == {"created": 2, "joined": 1}, "orders are counted, their further items apart"
    assert await fetch_value("SELECT count(*) FROM customer_order") == 0, "a dry run writes nothing"
    run = await bring_in(path, kind=ORDERS)
    assert await counts_of(run) == {"created": 2, "joined": 1}
    first = await fetch_one("SELECT * FROM customer_order WHERE number = 'A-1'")
    assert first is not None
    assert (first.ordered_on, first.amount, first.status, first.delivered_on) == (
        date(2026, 3, 2), Decimal("2199.80"), "delivered", date(2026, 3, 5),
    )  # fmt: skip
    assert await items_of("A-1") == [
        ("KM-1", "Kaffeemühle", Decimal(2), Decimal("1049.90")), (None, "Versand", Decimal(1), Decimal(100)),
    ]  # fmt: skip
    second = await fetch_one("SELECT ordered_on, amount, status FROM customer_order WHERE number = 'A-2'")
    assert tuple(second or ()) == (date(2026, 3, 3), Decimal(120), "confirmed"), (
        "without an amount its items are added up"
    )
    nord = await fetch_one(
        "SELECT c.status, f.orders, f.revenue FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE c.external_id = '4711'"
    )
    assert tuple(nord or ()) == ("customer", 1, Decimal("2199.80")), "the first order makes a prospect a customer"
    assert await counts_of(await bring_in(path, kind=ORDERS)) == {"skipped": 2, "joined": 1}
    assert await counts_of(await bring_in(path, kind=ORDERS, rule=Rule.UPDATE)) == {"unchanged": 2, "joined": 1}
    assert await fetch_value("SELECT count(*) FROM customer_order") == 2


@pytest.mark.usefixtures("people")
async def test_what_is_wrong_names_row_and_column_and_what_to_do(write: Write) -> None:
    run = await bring_in(write(
        HEAD
        + "B-1;Z9;02.03.2026;;Mühle;1;10;;;\nB-1;Z9;02.03.2026;;Versand;1;5;;;\n"
        + ";4711;02.03.2026;;Mühle;1;10;;;\n"
        + "B-2;4711;32.03.2026;;Mühle;viele;10,123;;Rauch;\n"
        + "B-3;4711;02.03.2026;;Mühle;1;10;;;\nB-3;A2;02.03.2026;;Versand;1;10;;;\n"
        + "B-4;4711;02.03.2026;;Mühle;=1+1;10;;;\nB-4;4711;02.03.2026;;Versand;1;10;;;\n"
        + "B-5;;02.03.2026;;Mühle;1;10;;;\n"
        + "B-6;4711;02.03.2026;XX-9;Alte Mühle;1;10;;bestellt;24.12.2026\n"
    ), kind=ORDERS)  # fmt: skip
    lines = {row.line: row for row in await lines_of(run)}
    assert {line: row.outcome for line, row in lines.items()} == dict.fromkeys(range(2, 11), "wrong") | {11: "created"}
    told = {line: errors_of(row) for line, row in lines.items() if row.outcome == "wrong"}
    assert told[2] == {
        "Kundennummer": "Es gibt keinen Kunden „Z9“. Berichtigen Sie Nummer oder Adresse, oder importieren Sie zuerst diesen Kunden."
    }
    others = {"Auftragsnummer": "Eine andere Zeile dieser Bestellung ist falsch."}
    assert told[3] == told[6] == told[9] == others
    assert set(told[4]) == {"Auftragsnummer"}
    assert set(told[5]) == {"Bestelldatum", "Menge", "Einzelpreis", "Status"}
    assert "„4711“" in told[7]["Kundennummer"]
    assert set(told[8]) == {"Menge"}
    assert "Wessen Bestellung" in told[10][""]
    assert errors_of(lines[5], "en")["Status"].startswith("“Rauch” is none of")
    assert decoded(lines[11].detail)["notes"] == [["product_unknown", "XX-9"], ["delivery_ahead", ""]]
    assert await items_of("B-6") == [(None, "XX-9 Alte Mühle", Decimal(1), Decimal(10))]
    assert await fetch_value("SELECT delivery_due_on FROM customer_order") == date(2026, 12, 24)
    mended = b"".join([part async for part in mending_file(run, decoded((await run_of(run)).columns))]).decode()
    again = mended.replace("Z9", "A2").replace("\nB-4;4711;02.03.2026;;Mühle;=1+1", "\nB-4;4711;02.03.2026;;Mühle;2")
    await bring_in(write(again.replace("'=1+1", "2")), kind=ORDERS)
    numbers = await fetch_value("SELECT array_agg(number ORDER BY number) FROM customer_order")
    assert numbers == ["B-1", "B-4", "B-6"], "what was mended came in, whole"


@pytest.mark.usefixtures("people")
async def test_a_later_list_changes_status_and_delivery_and_can_be_undone(write: Write) -> None:
    first = await bring_in(write(TWO), kind=ORDERS)
    changes = write(
        "Auftragsnummer;Status;Geliefert am\nA-1;bezahlt;\nA-2;geliefert;10.03.2026\nA-9;bezahlt;\n", "neu.csv"
    )
    run = await bring_in(changes, kind=ORDERS, rule=Rule.UPDATE)
    assert await counts_of(run) == {"updated": 2, "wrong": 1}
    assert await items_of("A-2") == [(None, "Beratung", Decimal("1.5"), Decimal(80))], "items that are not said stay"
    await execute("UPDATE customer_order SET status = 'cancelled', version = version + 1 WHERE number = 'A-1'")
    plan = await plan_undo(run, now=NOW)
    assert (plan.removed_records, plan.restored, [why_kept(each) for each in plan.obstacles]) == (
        0, 1, ["„Status“ wurde seither wieder geändert"],
    )  # fmt: skip
    await undo(run)
    rows = await fetch("SELECT number, status, delivered_on FROM customer_order ORDER BY number")
    assert [tuple(row) for row in rows] == [("A-1", "cancelled", date(2026, 3, 5)), ("A-2", "confirmed", None)]
    plan = await plan_undo(first, now=NOW)
    assert (plan.removed_records, [(one.line, one.why) for one in plan.obstacles]) == (1, [(2, "changed")])


@pytest.mark.usefixtures("people")
async def test_an_import_of_orders_is_undone_as_if_it_had_never_been(write: Write) -> None:
    figures = "SELECT customer, orders, revenue, last_order_on FROM customer_figures ORDER BY customer"
    statuses = "SELECT status FROM customer ORDER BY id"
    before = [
        await fetch(figures),
        await fetch(statuses),
        await fetch("SELECT customer, after FROM status_change ORDER BY id"),
    ]
    run = await bring_in(write(TWO), kind=ORDERS)
    assert (await plan_undo(run, now=NOW)).removed_records == 2
    await undo(run)
    after = [
        await fetch(figures),
        await fetch(statuses),
        await fetch("SELECT customer, after FROM status_change ORDER BY id"),
    ]
    assert after == before, "nobody was won by orders that never were"
    for table in ("customer_order", "order_item", "timeline_entry"):
        assert await fetch_value(f"SELECT count(*) FROM {table}") == 0, table
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'order.removed'") == 2
    assert await fetch_value("SELECT count(*) FROM import_row WHERE run = $1 AND reason <> 'undone'", run) == 0


def many(orders: int, items: int = 3) -> str:
    rows = [f"M-{n};4711;2026-03-02;Posten {k};1;{k + 1},50\n" for n in range(orders) for k in range(items)]
    return "Bestellnummer;Kundennummer;Bestelldatum;Bezeichnung;Menge;Einzelpreis\n" + "".join(rows)


@pytest.mark.usefixtures("people")
async def test_a_crash_in_the_middle_leaves_no_half_order(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_process, "CHUNK", 10)
    path = write(many(20), "viele.csv")
    run = await receive_import(path, path.name, ORDERS, by=None, now=NOW)
    await start_import(run, now=NOW)
    keep, calls = importing._keep, 0

    async def crash(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise MemoryError
        await keep(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "_keep", crash)
    with pytest.raises(MemoryError):
        await work_on_import(run, now=NOW)
    sizes = "SELECT DISTINCT count(*) FROM order_item GROUP BY customer_order"
    assert await fetch_value("SELECT count(*) FROM customer_order") == 8, (
        "two chunks of ten rows and what belongs to their last order"
    )
    assert [row[0] for row in await fetch(sizes)] == [3]
    monkeypatch.setattr(importing, "_keep", keep)
    await start_import(run, now=NOW)
    await work_on_import(run, now=NOW)
    assert await counts_of(run) == {"created": 20, "joined": 40}
    assert [row[0] for row in await fetch(sizes)] == [3]
    assert await fetch_value("SELECT DISTINCT amount FROM customer_order") == Decimal("7.50")


@pytest.mark.usefixtures("people")
async def test_rows_of_one_order_that_stand_apart_are_brought_together(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser_process, "CHUNK", 10)
    head, *rows = many(20).splitlines(keepends=True)
    scattered = head + "".join(sorted(rows, key=lambda row: row.split(";")[3]))
    run = await bring_in(write(scattered), kind=ORDERS)
    assert await counts_of(run) == {"created": 20, "joined": 40}
    assert await fetch_value("SELECT count(*) FROM order_item") == 60
    monkeypatch.setattr(order_rows, "MOST_SORTED", 59)
    other = await bring_in(write(scattered.replace("M-", "N-")), kind=ORDERS)
    failed = await run_of(other)
    assert failed.status == "failed"
    assert decoded(failed.problem) == {"code": "orders_apart", "number": "N-0", "first": 2, "again": 22}
    assert await fetch_value("SELECT count(*) FROM customer_order") == 20, "nothing half done"


@pytest.mark.usefixtures("people")
async def test_orders_are_looked_through_once_and_the_database_learns_how_many_there_are(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (parser_process, importing):
        monkeypatch.setattr(module, "CHUNK", 10)
    read, rows = [], CsvTable.rows
    monkeypatch.setattr(CsvTable, "rows", lambda table: read.append(table) or rows(table))
    run = await receive_import(write(many(20)), "viele.csv", ORDERS, by=None, now=NOW)
    await start_import(run, now=NOW)
    read.clear()
    assert not await work_on_import(run, now=NOW)
    assert (await run_of(run)).total == 60
    assert len(read) == 1, "and once more where it is parsed"
    size = "SELECT reltuples FROM pg_class WHERE oid = $1::text::regclass"
    assert await fetch_value(size, "customer_order") > 0
    assert await fetch_value(size, "order_item") > 0


async def test_nobody_takes_over_an_import_whose_file_is_read_for_long(
    own_database: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_read, whole = threading.Event(), importing.open_table

    def slowly(path: Path, choices: Choices) -> Table:
        assert is_read.wait(30)
        return whole(path, choices)

    monkeypatch.setattr(importing, "open_table", slowly)
    monkeypatch.setattr(claiming, "BEAT", 0.01)
    run = await receive_import(write(PEOPLE), "kunden.csv", ImportKind.CUSTOMERS, by=None, now=NOW)
    await start_import(run, now=NOW)
    working = asyncio.create_task(work_on_import(run, now=NOW))
    fresh = "SELECT coalesce(claimed_at > clock_timestamp() - interval '1 minute', false) FROM import_run"
    try:
        async with asyncio.timeout(10):
            while not await fetch_value(fresh):
                pass
            await execute("UPDATE import_run SET claimed_at = claimed_at - interval '2 minutes'")
            while not await fetch_value(fresh):
                pass
    finally:
        is_read.set()
        assert not await working
    assert await counts_of(run) == {"created": 2}


@pytest.mark.usefixtures("people")
async def test_a_wrong_column_as_the_number_is_told(write: Write) -> None:
    text = "Bestellnummer;Kundennummer;Bestelldatum;Bezeichnung;Preis\n" + "Nein;4711;2026-03-02;Mühle;1\n" * 700
    run = await bring_in(write(text), kind=ORDERS)
    assert await counts_of(run) == {"wrong": 700}
    assert errors_of((await lines_of(run))[0]) == {
        "Bestellnummer": "Diese Bestellung hat 700 Zeilen; höchstens 500 sind möglich. Ist das die Spalte mit der Bestellnummer?"
    }


@pytest.mark.usefixtures("people")
async def test_orders_of_restricted_deleted_and_merged_customers(write: Write) -> None:
    nord, emre = await fetch("SELECT id FROM customer ORDER BY id")
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", nord.id)
    await execute("UPDATE customer SET deleted_at = now() WHERE id = $1", emre.id)
    run = await bring_in(write(TWO), kind=ORDERS)
    assert await counts_of(run) == {"skipped": 2, "wrong": 1}
    assert {row.reason for row in await lines_of(run)} == {"restricted", ""}
    await execute("UPDATE customer SET restricted_at = NULL WHERE id = $1", nord.id)
    await execute("UPDATE customer SET merged_into = $2 WHERE id = $1", emre.id, nord.id)
    await bring_in(write(TWO), kind=ORDERS)
    assert await fetch_value("SELECT array_agg(DISTINCT customer) FROM customer_order") == [nord.id]


SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Id,Source\n"
    "#1001,emre@y.example,paid,2026-03-01 10:00:00 +0100,fulfilled,,no,CHF,100.00,5.00,0.00,\"1,105.00\",2026-03-01 23:30:00 -0500,"
    "2,Mühle,500.00,KM-1,Emre Yıldız,551,web\n"
    "#1001,emre@y.example,,,,,,,,,,,2026-03-01 23:30:00 -0500,1,Filter,100.00,F-1,,,\n"
)  # fmt: skip
WOO = (
    "order_number,order_date,status,order_total,billing_email,order_currency\n"
    "77,2026-03-01 09:15,wc-completed,1.234,anna@nord.example,EUR\n"
)


@pytest.mark.usefixtures("people")
async def test_the_lists_of_shops_are_recognised(write: Write) -> None:
    run = await bring_in(write(SHOPIFY, "orders_export.csv"), kind=ORDERS)
    assert await counts_of(run) == {"created": 1, "joined": 1}
    assert (await run_of(run)).tool == "shopify"
    order = await fetch_one("SELECT * FROM customer_order")
    assert order is not None
    assert (order.number, order.amount, order.currency, order.status) == ("#1001", Decimal(1105), "CHF", "paid")
    assert order.ordered_on == date(2026, 3, 2), "the day that it was here"
    assert await items_of("#1001") == [
        ("KM-1", "Mühle", Decimal(2), Decimal(500)), (None, "F-1 Filter", Decimal(1), Decimal(100)),
    ]  # fmt: skip
    woo = await bring_in(write(WOO), kind=ORDERS)
    (line,) = await lines_of(woo)
    assert set(errors_of(line)) == {"status", "order_total"}, (
        "in an English list 1.234 has three digits too many, and is no thousand"
    )


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Bestellnummer;Kundennummer;Bestelldatum;Artikelnummer;Menge;Einzelpreis;Gesamtbetrag;Status;Lieferdatum",
         "number;customer_number;ordered_on;product;quantity;price;amount;status;delivered_on"),
        ("Belegnr;Debitor;Belegdatum;Bezeichnung;Anzahl;VK;Summe netto;Liefertermin;Währung",
         "number;customer_external_id;ordered_on;text;quantity;price;amount;delivery_due_on;currency"),
        ("Order Number,Email (Billing),Order Date,SKU,Item Name,Quantity (- Refund),Item Cost,Order Total Amount,Order Status",
         "number;person_email;ordered_on;product;text;quantity;price;amount;status"),
        ("number;customer_external_id;ordered_on;amount", "number;customer_external_id;ordered_on;amount"),
    ],
)  # fmt: skip
def test_headers_of_merchandise_programs_are_recognised(header: str, fields: str) -> None:
    separator = ";" if ";" in header else ","
    assert list(recognise(header.split(separator), ORDERS).fields) == fields.split(";")


@pytest.mark.usefixtures("people")
async def test_a_workbook_is_read_with_the_numbers_that_it_holds(write: Write) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Bestellnummer", "Kundennummer", "Bestelldatum", "Artikel", "Menge", "Einzelpreis"])
    sheet.append(["X-1", 4711, date(2026, 3, 2), "große kaffeemühle", 1.234, 19.99 * 3])
    out = BytesIO()
    book.save(out)
    await bring_in(write(out.getvalue(), "a.xlsx"), kind=ORDERS)
    assert await items_of("X-1") == [("KM-1", "", Decimal("1.234"), Decimal("59.97"))]


@pytest.mark.usefixtures("people")
async def test_how_numbers_are_written_is_seen_or_said(write: Write) -> None:
    async def numbers(text: str) -> str:
        return written_numbers(await run_of(await receive_import(write(text), "a.csv", ORDERS, by=None, now=NOW)))

    assert await numbers("Order number;Total\n1;2\n") == "de", "a semicolon separates where the comma is a decimal sign"
    assert await numbers("Order number,Total\n1,2\n") == "en"
    assert await numbers("Bestellnummer,Gesamtbetrag\n1,2\n") == "de"


async def test_what_every_row_needs_must_be_assigned(own_database: str, write: Write) -> None:
    run = await receive_import(write("Wann;Was\n1;2\n"), "a.csv", ORDERS, by=None, now=NOW)
    with pytest.raises(Invalid, match="Bestellnummer"):
        await assign_columns(run, Settings(("ordered_on", "")), by=None, now=NOW)
    with pytest.raises(Invalid, match="ausgelassen oder geändert"):
        await assign_columns(run, Settings(("number", ""), Rule.CREATE), by=None, now=NOW)


@pytest.mark.usefixtures("people")
async def test_command_brings_orders_in(own_database: str, servers: Servers, write: Write) -> None:
    file = write(
        "Bestellnummer,Kundennummer,Bestelldatum,Gesamtbetrag\nK-1,4711,2026-03-02,1.234\nK-2,Z9,2026-03-02,5\n"
    )
    arguments = (str(file), "--kind", "orders", "--numbers")
    done = await asyncio.to_thread(_crm_import, servers, own_database, *arguments, "de")
    assert done.stdout == "1 created, 0 there already, 1 wrong.\n"
    assert "line 3, Kundennummer: " in done.stderr
    assert await fetch_value("SELECT amount FROM customer_order") == Decimal(1234)
    again = await asyncio.to_thread(_crm_import, servers, own_database, *arguments, "de")
    assert again.stdout == "0 created, 1 there already, 1 wrong.\n"
