"""Enquiries and the orders they are about: connected when named, asked about when near, never guessed silently."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from crm.customers.orders.actions import create_order
from crm.customers.orders.data import OrderRecord
from crm.database import fetch, fetch_value
from crm.tickets.answering import receive_message
from crm.tickets.opening import NewTicket, open_ticket
from crm.web.formats import local
from tests.browser import Browser
from tests.tickets.conftest import Desk

pytestmark = pytest.mark.usefixtures("round_the_clock")


def today() -> date:
    return local(datetime.now(UTC)).date()


async def ordered(customer: int, number: str, days_ago: int, by: int) -> int:
    record = OrderRecord(customer, number, today() - timedelta(days=days_ago), Decimal(120))
    return await create_order(record, by=by, now=datetime.now(UTC))


async def asked(desk: Desk, text: str, customer: int | None = None) -> int:
    new = NewTicket(customer or desk.groessmann, "Lieferung", text, topic="general")
    return (await open_ticket(new, by=desk.cast.ali.id, now=datetime.now(UTC))).id


async def connections(ticket: int) -> list[tuple[str, str, bool]]:
    rows = await fetch(
        "SELECT o.number, x.basis, x.refused_at IS NOT NULL AS refused FROM ticket_order x "
        "JOIN customer_order o ON o.id = x.customer_order WHERE x.ticket = $1 ORDER BY o.number",
        ticket,
    )
    return [(row.number, row.basis, row.refused) for row in rows]


async def test_an_enquiry_that_names_an_order_is_connected_and_says_why(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    order = await ordered(desk.groessmann, "A-10492", 90, desk.cast.ali.id)
    ticket = await asked(desk, "Wo bleibt a-10492?")
    page = await browser.get(f"/tickets/{ticket}")
    assert "Zur Bestellung" in page.text
    assert "Die Nummer steht im Text." in page.text
    assert f'href="/orders/{order}"' in page.text
    assert "Lieferung" in (await browser.get(f"/orders/{order}")).text


async def test_what_the_customer_says_later_counts_too(desk: Desk) -> None:
    await ordered(desk.groessmann, "A-10492", 90, desk.cast.ali.id)
    ticket = await asked(desk, "Wo bleibt meine Ware?")
    await receive_message(ticket, "Es geht um A-10492.", by=desk.cast.ali.id, now=datetime.now(UTC))
    assert await connections(ticket) == [("A-10492", "named", False)]


async def test_another_customers_order_is_never_connected(browser: Browser, desk: Desk) -> None:
    theirs = await ordered(desk.emre, "A-77777", 3, desk.cast.ali.id)
    ticket = await asked(desk, "Es geht um A-77777.")
    assert await connections(ticket) == []
    await browser.log_in(desk.cast.ali)
    answer = await browser.post(f"/tickets/{ticket}/orders", {"order_id": str(theirs)})
    assert answer.status_code == 422
    assert "Diese Bestellung gibt es bei diesem Kunden nicht." in answer.text
    answer = await browser.post(f"/tickets/{ticket}/orders/{theirs}/removal")
    assert answer.status_code == 404


async def test_an_order_shortly_before_is_asked_about_and_not_connected(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    order = await ordered(desk.groessmann, "A-10492", 3, desk.cast.ali.id)
    ticket = await asked(desk, "Wo bleibt meine Ware?")
    assert await connections(ticket) == []
    assert "Geht es um Bestellung A-10492" in (await browser.get(f"/tickets/{ticket}")).text
    answer = await browser.post(f"/tickets/{ticket}/orders", {"order_id": str(order), "is_offer": "1"})
    assert answer.status_code == 303
    page = await browser.get(f"/tickets/{ticket}?done=connected")
    assert "Bestätigt von Ali" in page.text
    assert "Geht es um Bestellung" not in page.text


async def test_a_no_is_remembered_and_an_older_order_asked_about(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    await ordered(desk.groessmann, "A-1", 20, desk.cast.ali.id)
    order = await ordered(desk.groessmann, "A-2", 3, desk.cast.ali.id)
    ticket = await asked(desk, "Wo bleibt meine Ware?")
    for _click in range(2):
        assert (await browser.post(f"/tickets/{ticket}/orders/{order}/removal")).status_code == 303
    assert "Geht es um Bestellung A-1 " in (await browser.get(f"/tickets/{ticket}")).text
    said = "SELECT count(*) FROM audit_entry WHERE action = 'ticket.order_parted' AND subject_id = $1"
    assert await fetch_value(said, ticket) == 1


async def test_a_parted_order_stays_parted_although_a_later_text_names_it(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    order = await ordered(desk.groessmann, "A-10492", 90, desk.cast.ali.id)
    ticket = await asked(desk, "Nicht A-10492, der andere!")
    await browser.post(f"/tickets/{ticket}/orders/{order}/removal")
    await receive_message(ticket, "A-10492 ist doch da.", by=desk.cast.ali.id, now=datetime.now(UTC))
    assert await connections(ticket) == [("A-10492", "named", True)]


async def test_any_order_is_found_by_its_number_and_a_double_click_is_one_connection(
    browser: Browser, desk: Desk
) -> None:
    await browser.log_in(desk.cast.ali)
    await ordered(desk.groessmann, "A-10492", 400, desk.cast.ali.id)
    ticket = await asked(desk, "Eine Frage zur alten Lieferung")
    form = await browser.get(f"/tickets/{ticket}/orders/new", htmx=True)
    assert "A-10492" in form.text
    for _click in range(2):
        assert (await browser.post(f"/tickets/{ticket}/orders", {"number": " a-10492 "})).status_code == 303
    assert await connections(ticket) == [("A-10492", "chosen", False)]


async def test_an_empty_choice_says_what_to_do(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    ticket = await asked(desk, "Eine Frage")
    for sent in ({}, {"number": "gibt-es-nicht-1"}, {"order_id": "9" * 30}, {"order_id": "x"}):
        answer = await browser.post(f"/tickets/{ticket}/orders", sent)
        assert answer.status_code == 422, sent
        assert 'class="error' in answer.text or "error" in answer.text


async def test_the_page_costs_no_further_statement(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    plain = await asked(desk, "Eine Frage")
    without = int((await browser.get(f"/tickets/{plain}")).headers["x-sql-statements"])
    for n in range(5):
        await ordered(desk.groessmann, f"A-1049{n}", n, desk.cast.ali.id)
    ticket = await asked(desk, "A-10491 und A-10492")
    assert int((await browser.get(f"/tickets/{ticket}")).headers["x-sql-statements"]) == without <= 8


async def test_the_api_connects_and_parts(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    order = await ordered(desk.groessmann, "A-10492", 90, desk.cast.ali.id)
    new = {"customer_id": desk.groessmann, "subject": "Lieferung", "text": "Zu A-10492"}
    answer = await browser.api("POST", "/tickets", new)
    assert answer.status_code == 201, answer.text
    opened = answer.json()
    assert opened["orders"] == [{"id": order, "number": "A-10492", "basis": "named"}]
    ticket = opened["id"]
    parted = await browser.api("DELETE", f"/tickets/{ticket}/orders/{order}")
    assert parted.json()["orders"] == []
    back = await browser.api("POST", f"/tickets/{ticket}/orders", {"number": "A-10492"})
    assert back.status_code == 201
    assert back.json()["orders"] == [{"id": order, "number": "A-10492", "basis": "chosen"}]
    wrong = await browser.api("POST", f"/tickets/{ticket}/orders", {"number": "nein"})
    assert wrong.status_code == 422
