"""A follow-up that is set on an enquiry stands there, and leads back to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crm.database import fetch_one, fetch_value
from crm.reminders.actions import deliver_reminder, set_reminder
from crm.tickets.merging import merge_tickets
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["desk"]


async def asked(desk: Desk, now: datetime = NOW) -> int:
    new = NewTicket(desk.groessmann, "Rechnung 7", "Position 7?", topic="billing", person_id=None)
    return (await open_ticket(new, by=desk.cast.ali.id, now=now)).id


async def test_it_is_set_in_words_stands_on_the_page_and_is_done_and_undone_there(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    where = f"/tickets/{ticket}"
    form = await browser.get(f"/reminders/new?ticket={ticket}", htmx=True)
    assert "Rechnung 7" in form.text
    wrong = await browser.post(
        "/reminders", {"ticket_id": str(ticket), "text": "Nachfragen", "due_at": "irgendwann"}, htmx=True
    )
    assert wrong.status_code == 422
    assert f'name="ticket_id" value="{ticket}"' in wrong.text
    done = await browser.post(
        "/reminders", {"ticket_id": str(ticket), "text": "Nachfragen", "due_at": "in 2 Tagen 9 Uhr"}
    )
    assert done.headers["location"] == f"{where}?done=follow_up"
    page = await browser.get(where)
    assert "Nachfragen" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    made = await fetch_one("SELECT id, customer FROM reminder WHERE ticket = $1", ticket)
    assert made is not None
    assert made.customer == desk.groessmann
    settled = await browser.post(f"/reminders/{made.id}/completion", htmx=True)
    assert f"/reminders/{made.id}/reopening" in settled.text
    assert "Nachfragen" not in (await browser.get(where)).text
    browser.client.headers["referer"] = f"http://test{where}"
    undone = await browser.post(f"/reminders/{made.id}/reopening")
    assert undone.headers["location"] == where
    assert "Nachfragen" in (await browser.get(where)).text


async def test_the_notification_and_the_list_lead_to_the_enquiry(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    me = desk.cast.jonas.id
    made = await set_reminder(
        user_id=me, customer_id=desk.groessmann, text="Nachfragen", due_at=NOW + timedelta(hours=1), by=me, now=NOW,
        ticket_id=ticket,
    )  # fmt: skip
    await deliver_reminder(made, now=NOW + timedelta(hours=2))
    link = await fetch_value("SELECT link FROM notification WHERE \"user\" = $1 AND kind = 'reminder_due'", me)
    assert link == f"/tickets/{ticket}"
    await browser.log_in(desk.cast.jonas)
    for page in ("/", "/reminders"):
        assert f'<a class="row-link" href="/tickets/{ticket}">Nachfragen' in (await browser.get(page)).text, page


async def test_a_colleague_who_answers_enquiries_gets_it_and_others_read_only_that_there_is_one(
    browser: Browser, desk: Desk
) -> None:
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    body = {"ticket_id": str(ticket), "text": "Geheime Sache", "due_at": "in 2 Tagen 9 Uhr"}
    refused = await browser.post("/reminders", body | {"user_id": str(desk.cast.sven.id)})
    assert refused.status_code == 422
    await browser.post("/reminders", body | {"user_id": str(desk.cast.mia.id)})
    link = await fetch_value(
        "SELECT link FROM notification WHERE \"user\" = $1 AND kind = 'reminder_given'", desk.cast.mia.id
    )
    assert link == f"/tickets/{ticket}"
    await browser.log_in(desk.cast.ali)
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert "Mia Roth" in page
    assert "Geheime Sache" not in page
    assert "/completion" not in page


async def test_the_survivor_of_a_merge_shows_it(browser: Browser, desk: Desk) -> None:
    first, second = await asked(desk), await asked(desk)
    me = desk.cast.jonas.id
    await set_reminder(
        user_id=me, customer_id=desk.groessmann, text="Nachfragen", due_at=NOW + timedelta(hours=1), by=me, now=NOW,
        ticket_id=first,
    )  # fmt: skip
    await merge_tickets(first, second, by=me, now=NOW)
    await browser.log_in(desk.cast.jonas)
    assert "Nachfragen" in (await browser.get(f"/tickets/{second}")).text


async def test_an_enquiry_that_is_not_there_gets_none(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for number in ("0", "99999999", "9" * 30, "x"):
        answer = await browser.post("/reminders", {"ticket_id": number, "text": "Nachfragen", "due_at": "morgen"})
        assert answer.status_code in (404, 422), number
    assert await fetch_value("SELECT count(*) FROM reminder WHERE due_at <= $1", datetime.fromisoformat(tomorrow)) == 0


async def test_the_api_names_the_enquiry(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    due_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"text": "Nachfragen", "due_at": due_at, "ticket_id": ticket}
    assert (await browser.api("POST", "/reminders", body)).status_code == 201
    item = (await browser.api("GET", "/reminders")).json()["items"][0]
    assert (item["ticket_id"], item["customer_id"]) == (ticket, desk.groessmann)
    assert (await browser.api("POST", "/reminders", body | {"customer_id": desk.emre})).status_code == 422
    assert (await browser.api("POST", "/reminders", body | {"ticket_id": 99999999})).status_code == 404
