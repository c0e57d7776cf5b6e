"""Which product an enquiry is about: what is sure is connected and says why, what is not is asked about."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from crm.customers.orders.actions import create_order
from crm.customers.orders.data import Item, OrderRecord
from crm.customers.products.actions import create_product
from crm.customers.products.naming import phrases_in
from crm.database import fetch, fetch_value
from crm.tickets.answering import receive_message
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["desk"]


def test_what_could_be_a_name_are_the_words_that_follow_one_another() -> None:
    found = phrases_in("Die „Platte Linea“ (AP-100) tropft!")
    assert {"ap-100", "platte linea", "die platte linea ap-100 tropft"} <= set(found)
    assert len(phrases_in("wort " * 5000)) < 2000


async def product(desk: Desk, code: str, name: str) -> int:
    values: dict[str, Any] = {"code": code, "name_de": name, "name_en": name, "department": ""}
    return await create_product(values, by=desk.cast.eva.id, now=NOW)


async def order(desk: Desk, number: str, *codes: str) -> int:
    items = tuple(Item(code, "", Decimal(1), None) for code in codes)
    record = OrderRecord(desk.groessmann, number, date(2026, 11, 20), Decimal(100), items=items)
    return await create_order(record, by=desk.cast.petra.id, now=NOW)


async def asked(desk: Desk, text: str) -> int:
    return (await open_ticket(NewTicket(desk.groessmann, "Frage", text), by=desk.cast.ali.id, now=NOW)).id


async def links(ticket: int) -> list[tuple[int, str]]:
    rows = await fetch(
        "SELECT product, basis FROM ticket_product WHERE ticket = $1 AND refused_at IS NULL ORDER BY id", ticket
    )
    return [(row.product, row.basis) for row in rows]


async def test_a_number_and_a_name_of_several_words_are_sure(desk: Desk) -> None:
    plate, sink = await product(desk, "AP-100", "Arbeitsplatte Eiche"), await product(desk, "SP-7", "Spüle")
    assert await links(await asked(desk, "Meine ap-100 ist verkratzt.")) == [(plate, "named")]
    assert await links(await asked(desk, "Die ARBEITSPLATTE Eiche, die ist verkratzt.")) == [(plate, "named")]
    assert await links(await asked(desk, "Meine Spüle tropft.")) == [(sink, "offered")]
    assert await links(await asked(desk, "Es tropft.")) == []


async def test_a_name_within_a_longer_one_is_not_meant(desk: Desk) -> None:
    await product(desk, "SP-7", "Spüle")
    linea = await product(desk, "SP-8", "Spüle Linea")
    assert await links(await asked(desk, "Die Spüle Linea tropft.")) == [(linea, "named")]


async def test_what_the_customer_has_bought_is_sure_and_the_only_one_of_the_order_too(desk: Desk) -> None:
    sink, plate = await product(desk, "SP-7", "Spüle"), await product(desk, "AP-100", "Arbeitsplatte Eiche")
    await order(desk, "2026-4711", "SP-7")
    await order(desk, "2026-4712", "SP-7", "AP-100")
    assert await links(await asked(desk, "Meine Spüle tropft.")) == [(sink, "named")]
    assert await links(await asked(desk, "Wo bleibt Auftrag 2026-4711?")) == [(sink, "ordered")]
    assert await links(await asked(desk, "Wo bleibt Auftrag 2026-4712?")) == []
    assert await links(await asked(desk, "Zu 2026-4711: die AP-100 fehlt.")) == [(plate, "named")]


async def test_what_is_said_later_counts_and_what_was_refused_stays_so(desk: Desk, browser: Browser) -> None:
    plate = await product(desk, "AP-100", "Arbeitsplatte Eiche")
    ticket = await asked(desk, "Sie ist verkratzt.")
    await receive_message(ticket, "Es geht um AP-100.", by=desk.cast.ali.id, now=NOW)
    assert await links(ticket) == [(plate, "named")]
    await browser.log_in(desk.cast.ali)
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert "Es steht im Text." in page
    closing = (await browser.get(f"/tickets/{ticket}/closure/new")).text
    assert re.search(rf'name="product_id" value="{plate}" id="[\w-]+" checked', closing)
    await browser.post(f"/tickets/{ticket}/products/{plate}/removal")
    await receive_message(ticket, "AP-100, wie gesagt.", by=desk.cast.ali.id, now=NOW)
    assert await links(ticket) == []


async def test_an_offer_is_agreed_to_with_one_click(desk: Desk, browser: Browser) -> None:
    sink = await product(desk, "SP-7", "Spüle")
    ticket = await asked(desk, "Meine Spüle tropft.")
    await browser.log_in(desk.cast.ali)
    shown = await browser.get(f"/tickets/{ticket}")
    assert "Geht es um Spüle?" in shown.text
    assert int(shown.headers["x-sql-statements"]) <= 8
    await browser.post(f"/tickets/{ticket}/products", {"product": "SP-7", "is_offer": "1"})
    assert await links(ticket) == [(sink, "agreed")]
    wrong = await browser.post(f"/tickets/{ticket}/products", {"product": "gibt es nicht"})
    assert wrong.status_code == 422
    assert "gibt es nicht" in wrong.text


async def test_products_of_an_enquiry_over_the_api(desk: Desk, browser: Browser) -> None:
    plate = await product(desk, "AP-100", "Arbeitsplatte Eiche")
    await browser.log_in(desk.cast.ali)
    body = {"customer_id": desk.groessmann, "subject": "Frage", "text": "AP-100 fehlt"}
    made = (await browser.api("POST", "/tickets", body)).json()
    assert made["products"] == [{"id": plate, "code": "AP-100", "basis": "named"}]
    gone = (await browser.api("DELETE", f"/tickets/{made['id']}/products/{plate}")).json()
    assert gone["products"] == []
    again = (await browser.api("POST", f"/tickets/{made['id']}/products", {"product": "arbeitsplatte eiche"})).json()
    assert [one["basis"] for one in again["products"]] == ["chosen"]
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action LIKE 'ticket.product%'") == 2
    assert (await browser.api("DELETE", f"/tickets/{made['id']}/products/999999")).status_code == 404
