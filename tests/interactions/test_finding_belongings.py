"""Searching for what a contact belongs to: every product that is sold, and what the customer has, however old."""

from datetime import date, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.customers.orders.actions import create_order
from crm.customers.orders.data import OrderRecord
from crm.customers.products.actions import create_product
from crm.customers.quotations.actions import create_quotation
from crm.database import execute, fetch_one, fetch_value
from crm.errors import NotFound
from crm.interactions.belonging_queries import MOST_FOUND, belongings_found
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

TOO_LONG_S = 1.0


async def product(cast: Cast, code: str, german: str, english: str = "x") -> int:
    values = {"code": code, "name_de": german, "name_en": english, "department": ""}
    return await create_product(values, by=cast.petra.id, now=LONG_AGO)


async def order(cast: Cast, customer: int, number: str, on: date = LONG_AGO.date()) -> int:
    return await create_order(OrderRecord(customer, number, on, Decimal(100)), by=cast.petra.id, now=LONG_AGO)


async def found(customer: int | None, query: str) -> list[str]:
    return [one.value for _title, each in await belongings_found(customer, query) for one in each]


async def test_everything_is_found_by_a_part_of_its_name_or_number(cast: Cast, kitchen: int) -> None:
    worktop = await product(cast, "AP-100", "Große Küchenarbeitsplatte", "Worktop")
    sold = await order(cast, kitchen, "A-2019-007")
    asked = {"number": "ANG-7", "subject": "Küche Nord", "requested_at": LONG_AGO, "products": ()}
    quotation = await create_quotation(kitchen, asked, by=cast.petra.id, now=LONG_AGO)
    ticket = (
        await open_ticket(NewTicket(kitchen, "Tür klemmt", "Sie klemmt.", "delivery"), by=cast.petra.id, now=LONG_AGO)
    ).id
    await execute("UPDATE ticket SET status = 'closed' WHERE id = $1", ticket)
    for query in ("kuechen gross", "ap-100", "P 10", "WORKTOP", '"große küchen"'):
        assert await found(kitchen, query) == [f"product:{worktop}"], query
        assert await found(None, query) == [f"product:{worktop}"], "products need no customer"
    assert await found(kitchen, "2019") == [f"order:{sold}"]
    assert await found(kitchen, "nord") == [f"quotation:{quotation}"]
    assert await found(kitchen, "ang-7") == [f"quotation:{quotation}"]
    assert await found(kitchen, "tuer") == [f"ticket:{ticket}"], "a solved one too"
    assert f"ticket:{ticket}" in await found(kitchen, f"#{ticket}")
    assert await found(kitchen, "küche") == [f"quotation:{quotation}", f"product:{worktop}"]
    for nothing in ("", " ", "%", "_", "küche süd", "\x00"):
        assert await found(kitchen, nothing) == [], nothing


async def test_a_changed_product_is_found_by_its_new_name_and_a_retired_one_not_at_all(cast: Cast) -> None:
    lamp = await product(cast, "L-1", "Leuchte")
    await execute("UPDATE product SET name_de = 'Strahler' WHERE id = $1", lamp)
    assert await found(None, "strahl") == [f"product:{lamp}"]
    assert await found(None, "leucht") == []
    await execute("UPDATE product SET retired_at = now() WHERE id = $1", lamp)
    assert await found(None, "strahl") == []


async def test_nothing_of_another_customer_is_found_and_nothing_of_one_who_is_restricted(
    cast: Cast, kitchen: int
) -> None:
    other = await create_organisation(OrganisationData(name="Anders GmbH"), by=cast.petra.id, now=LONG_AGO)
    await order(cast, other, "A-9")
    await create_quotation(other, {"subject": "A-9", "requested_at": LONG_AGO}, by=cast.petra.id, now=LONG_AGO)
    await open_ticket(NewTicket(other, "A-9", "x", "delivery"), by=cast.petra.id, now=LONG_AGO)
    assert len(await found(other, "a-9")) == 3
    assert await found(kitchen, "a-9") == []
    assert await found(None, "a-9") == []
    for column in ("restricted_at", "deleted_at"):
        await execute(f"UPDATE customer SET {column} = now() WHERE id = $1", other)
        with pytest.raises(NotFound):
            await belongings_found(other, "a-9")
        await execute(f"UPDATE customer SET {column} = NULL WHERE id = $1", other)
    with pytest.raises(NotFound):
        await belongings_found(2**40, "a-9")


async def test_what_begins_with_the_number_comes_first_then_the_newest_and_never_too_many(
    cast: Cast, kitchen: int
) -> None:
    exact = await order(cast, kitchen, "77", date(2010, 1, 1))
    others = [
        await order(cast, kitchen, f"B-77-{n}", date(2020, 1, 1) + timedelta(days=n)) for n in range(MOST_FOUND + 2)
    ]
    newest = [f"order:{number}" for number in reversed(others)]
    assert await found(kitchen, "77") == [f"order:{exact}", *newest[: MOST_FOUND - 1]]


async def test_long_catalogues_and_old_customers_are_searched_at_once(cast: Cast, kitchen: int) -> None:
    await execute(
        "INSERT INTO product (code, name_de, name_en) SELECT 'P-' || n, 'Schrank Größe ' || n, 'Cupboard ' || n "
        "FROM generate_series(1, 20000) n"
    )
    await execute(
        "INSERT INTO customer_order (customer, number, ordered_on, amount) "
        "SELECT $1, 'V-' || n, date '2000-01-01' + n, 1 FROM generate_series(1, 5000) n",
        kitchen,
    )
    await execute("ANALYZE product, customer_order")
    begun = perf_counter()
    values = await found(kitchen, "4711")
    assert perf_counter() - begun < TOO_LONG_S
    assert [value.partition(":")[0] for value in values] == ["order", *["product"] * 2]
    plan = await fetch_one(
        "EXPLAIN (FORMAT JSON) SELECT d.id FROM product d WHERE d.retired_at IS NULL AND d.folded LIKE '%4711%'"
    )
    assert plan is not None
    assert "ix_product_words" in str(plan[0])


async def test_the_form_searches_and_what_is_chosen_is_saved(browser: Browser, cast: Cast, kitchen: int) -> None:
    oldest = await order(cast, kitchen, "Uralt-1", date(2001, 1, 1))
    for number in range(12):
        await order(cast, kitchen, f"Neu-{number}")
    await browser.log_in(cast.petra)
    form = await browser.get(f"/interactions/new?customer={kitchen}", htmx=True)
    assert f"order:{oldest}" not in form.text, "it is too old to be offered"
    assert 'hx-get="/interactions/belongings"' in form.text
    answer = await browser.get(f"/interactions/belongings?customer_id={kitchen}&belongs_q=uralt", htmx=True)
    assert answer.status_code == 200
    assert f'data-belongs="order:{oldest}"' in answer.text
    assert 'role="option"' in answer.text
    assert int(answer.headers["x-sql-statements"]) <= 3
    body: dict[str, Any] = {"customer_id": kitchen, "text": "", "belongs_to": f"order:{oldest}"}
    wrong = await browser.post("/interactions", body, htmx=True)
    assert wrong.status_code == 422
    assert f'<option value="order:{oldest}" selected>' in wrong.text, "a mistake elsewhere keeps it"
    assert (await browser.post("/interactions", body | {"text": "Fragt nach."}, htmx=True)).status_code == 200
    assert await fetch_value("SELECT customer_order FROM interaction") == oldest
    contact = await fetch_value("SELECT id FROM interaction")
    correction = (await browser.get(f"/interactions/{contact}/edit")).text
    assert 'hx-get="/interactions/belongings"' in correction
    assert f'<option value="order:{oldest}" selected>' in correction


async def test_the_search_is_for_those_who_log_and_says_when_there_is_nothing(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    await browser.log_in(cast.petra)
    nothing = await browser.get(f"/interactions/belongings?customer_id={kitchen}&belongs_q=gibtsnicht", htmx=True)
    assert "Nichts gefunden" in nothing.text
    assert (await browser.get("/interactions/belongings?belongs_q=", htmx=True)).text.strip() == ""
    gone = await browser.get("/interactions/belongings?customer_id=999999999&belongs_q=x", htmx=True)
    assert gone.status_code == 404
    for person, status in ((cast.karin, 200), (cast.sven, 404)):
        await browser.log_in(person)
        answer = await browser.get(f"/interactions/belongings?customer_id={kitchen}&belongs_q=x", htmx=True)
        assert answer.status_code == status, person.name


async def test_what_is_not_the_customers_or_no_product_is_refused_at_the_field(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    other = await create_organisation(OrganisationData(name="Anders GmbH"), by=cast.petra.id, now=LONG_AGO)
    theirs = await order(cast, other, "A-9")
    await browser.log_in(cast.petra)
    for value in (f"order:{theirs}", "product:999999999"):
        body = {"customer_id": kitchen, "text": "Bleibt.", "belongs_to": value}
        wrong = await browser.post("/interactions", body, htmx=True)
        assert wrong.status_code == 422, value
        assert 'href="#d-belongs_to"' in wrong.text
        assert 'id="d-belongs_to"' in wrong.text, "the summary leads to the field, even with nothing to offer"
    assert await fetch_value("SELECT count(*) FROM interaction") == 0
