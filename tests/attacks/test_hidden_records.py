"""Restricted and deleted customers stay behind every door (GDPR Art. 18), and nobody reaches what belongs to a colleague."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.accounts.tables import User
from crm.database import execute, fetch_value
from crm.reminders.actions import deliver_reminder
from crm.tickets.assigning import offer_waiting_tickets
from crm.tickets.watching import sweep_promises
from tests.attacks.conftest import House, count, numbers_of, routes
from tests.browser import Browser

EMRE = ("Yıldız", "emre@yildiz.example")
PAGES_WITHOUT_CUSTOMERS = (
    "/static", "/audit", "/outbox", "/ready", "/logout", "/customers/deleted", "/api/v1/customers/deleted",
)  # fmt: skip
"""The audit trail and the outbox are records of what the company did; they are for those who answer for it. Who may
delete customers sees and restores those deleted lately; that restricted ones are not among them is tested there."""


def staff(house: House) -> list[User]:
    cast = house.cast
    return [cast.petra, cast.ali, cast.eva, cast.karin, cast.ines]


async def hide(house: House, column: str) -> None:
    await execute(f"UPDATE customer SET {column} = now() WHERE id = $1", house.emre)
    await execute("DELETE FROM notification")


QUESTIONS = ("?q=yildiz", "?customer_q=yildiz", "?name=yildiz", "?view=open", "?view=overdue", "?show=mine")


async def every_reading(asgi_app: Any, doors: Browser, house: House, questions: tuple[str, ...] = ()) -> list[str]:
    """Where Emre shows up on any page or in any answer of the API, for the role that is logged in."""
    found = []
    for method, path, _handler in routes(asgi_app):
        if method != "GET" or path.startswith(PAGES_WITHOUT_CUSTOMERS):
            continue
        where = numbers_of(house, path, customer=house.emre, person=house.emre_person, ticket=house.emre_ticket)
        for query in ("", f"?customer_id={house.emre}", *(questions if "{" not in path else ())):
            answer = await doors.client.get(where + query, headers={"authorization": f"Bearer {doors.token}"})
            if any(word in answer.text for word in EMRE):
                found.append(f"{where}{query}: {answer.status_code}")
    return found


@pytest.mark.parametrize("column", ["restricted_at", "deleted_at"])
async def test_nobody_meets_a_hidden_customer_on_any_page(
    asgi_app: Any, doors: Browser, house: House, column: str
) -> None:
    await doors.log_in(house.cast.ali)
    assert len(await every_reading(asgi_app, doors, house, QUESTIONS)) > 15
    await hide(house, column)
    found = await every_reading(asgi_app, doors, house, QUESTIONS)
    assert not found, "\n".join(found)
    for user in staff(house):
        await doors.log_in(user)
        assert not await every_reading(asgi_app, doors, house), user.role


async def test_a_restricted_person_of_an_open_company_is_shown_to_nobody(
    asgi_app: Any, doors: Browser, house: House
) -> None:
    await execute("UPDATE person SET restricted_at = now() WHERE id = $1", house.anna)
    for user in staff(house):
        await doors.log_in(user)
        found = []
        for method, path, _handler in routes(asgi_app):
            if method == "GET" and not path.startswith(PAGES_WITHOUT_CUSTOMERS):
                where = numbers_of(house, path, customer=house.groessmann, person=house.anna, ticket=house.ticket)
                answer = await doors.client.get(where, headers={"authorization": f"Bearer {doors.token}"})
                if "Quitterer" in answer.text:
                    found.append(where)
        assert not found, user.role


@pytest.mark.parametrize("column", ["restricted_at", "deleted_at"])
async def test_nothing_is_done_to_a_hidden_customer(asgi_app: Any, doors: Browser, house: House, column: str) -> None:
    """Every writing route with the numbers of a hidden customer: 404, or an error that names nobody; nothing is written."""
    await hide(house, column)
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    tables = (
        "interaction",
        "ticket",
        "ticket_message",
        "timeline_entry",
        "consent_event",
        "reminder",
        "person",
        "closure",
        "escalation",
        "document",
        "customer_order",
        "order_item",
        "quotation",
        "outbox_message",
        "interaction_mail",
    )
    before = [await fetch_value(f"SELECT count(*) FROM {table}") for table in tables]
    version = await fetch_value("SELECT version FROM customer WHERE id = $1", house.emre)
    await doors.log_in(house.cast.eva)
    form = {
        "customer_id": str(house.emre),
        "person_id": str(house.emre_person),
        "text": "Hallo",
        "subject": "Hallo",
        "channel": "phone",
        "direction": "inbound",
        "due_at": "2099-11-30T09:00",
        "family_name": "Neu",
        "version": str(version),
        "purpose": "newsletter",
        "event": "given",
        "source": "paper",
        "wording_version": "1",
        "tried": "alles",
        "reason": "alt",
        "name": "Neu",
        "topic": "general",
        "country": "DE",
    }
    body = {"customer_id": house.emre, "text": "Hallo", "subject": "Hallo", "channel": "phone", "direction": "inbound"}
    bodies: dict[str, dict[str, Any]] = {
        "/api/v1/customers/{customer_id}": {"city": "Fürth"},
        "/api/v1/customers/{customer_id}/persons": {"family_name": "Neu"},
        "/api/v1/interactions": body,
        "/api/v1/tickets": {"customer_id": house.emre, "subject": "Hallo"},
        "/api/v1/orders": {"customer_id": house.emre, "number": "A-9", "ordered_on": "2026-01-02", "amount": 5},
        "/api/v1/orders/{order_id}": {"amount": 5},
        "/api/v1/quotations": {"customer_id": house.emre, "subject": "Hallo"},
        "/api/v1/quotations/{quotation_id}": {"subject": "Hallo"},
        "/api/v1/reminders": {"customer_id": house.emre, "text": "Hallo", "due_at": later},
        "/api/v1/tickets/{ticket_id}/messages": {"text": "Hallo"},
        "/api/v1/tickets/{ticket_id}/closure": {},
        "/api/v1/tickets/{ticket_id}/escalations": {"tried": "alles"},
        "/api/v1/tickets/{ticket_id}/assignment": {},
        "/api/v1/consents": {
            "person_id": house.emre_person,
            "purpose": "newsletter",
            "channel": "email",
            "event": "given",
            "source": "paper",
            "wording_version": 1,
        },
    }
    wrong = []
    for method, path, _handler in routes(asgi_app):
        concerns = any(
            name in path
            for name in ("customer_id", "person_id", "ticket_id", "document_id", "order_id", "quotation_id")
        ) or path in (
            "/orders",
            "/quotations",
            "/interactions",
            "/tickets",
            "/reminders",
            *bodies,
        )
        if method == "GET" or not concerns or (column == "deleted_at" and path.endswith("{customer_id}/restoration")):
            continue
        where = numbers_of(house, path, customer=house.emre, person=house.emre_person, ticket=house.emre_ticket)
        if path.startswith("/api/"):
            answer = await doors.api(method, where.removeprefix("/api/v1"), bodies.get(path, {}))
        else:
            answer = await doors.post(where, form, method=method)
        if answer.status_code not in (404, 422) or any(word in answer.text for word in EMRE):
            wrong.append(f"{method} {where}: {answer.status_code}")
    assert not wrong
    assert [await fetch_value(f"SELECT count(*) FROM {table}") for table in tables] == before


async def test_a_due_follow_up_does_not_name_a_restricted_customer(house: House) -> None:
    await hide(house, "restricted_at")
    told = await count("notification")
    assert not await deliver_reminder(house.reminder, now=datetime.now(UTC)), "it waits until the restriction is lifted"
    assert await count("notification") == told
    assert not await fetch_value(
        "SELECT count(*) FROM outbox_message WHERE text LIKE '%Yıldız%' AND created_at > now() - interval '5 min'"
    )


def wednesday_noon() -> datetime:
    """The next Wednesday at noon in Berlin that is at least two days off: the company works then, at whatever hour the test runs."""
    day = datetime.now(UTC).date() + timedelta(days=2)
    day += timedelta(days=(2 - day.weekday()) % 7)
    return datetime.combine(day, time(12), tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


async def test_nobody_is_told_about_the_enquiry_of_a_hidden_customer(house: House) -> None:
    """Neither by the watch over promises nor by offering it again: the page behind would be 404 for them."""
    await execute("UPDATE ticket SET assignee = NULL, status = 'new' WHERE id = $1", house.emre_ticket)
    await hide(house, "restricted_at")
    now = wednesday_noon()
    await offer_waiting_tickets(now=now)
    await sweep_promises(now=now)
    assert await fetch_value("SELECT assignee FROM ticket WHERE id = $1", house.emre_ticket) is None
    assert (
        await fetch_value("SELECT count(*) FROM notification") > 0
    )  # Größmann's promise is missed: its leads are told
    assert not await fetch_value("SELECT count(*) FROM notification WHERE detail::text LIKE '%Yıldız%'")


async def test_a_colleagues_things_are_not_there(doors: Browser, house: House) -> None:
    """Ali's follow-up, notification, session and token, for Petra and for the administrator."""
    await doors.log_in(house.cast.ali)
    session = await fetch_value('SELECT id FROM login_session WHERE "user" = $1', house.cast.ali.id)
    token = await fetch_value('SELECT id FROM api_token WHERE "user" = $1', house.cast.ali.id)
    for user in (house.cast.petra, house.cast.ines):
        await doors.log_in(user)
        for path in (
            f"/reminders/{house.reminder}/completion",
            f"/notifications/{house.notification}/reading",
            f"/account/sessions/{session}/end",
            f"/account/tokens/{token}/revoke",
        ):
            assert (await doors.post(path)).status_code == 404, path
        assert (await doors.post(f"/reminders/{house.reminder}/postponement", {"until": "week"})).status_code == 404
        assert (await doors.get(f"/notifications/{house.notification}")).status_code == 404
        assert (await doors.api("POST", f"/reminders/{house.reminder}/completion")).status_code == 404
        assert (await doors.api("GET", "/reminders")).json() == {"items": []}
    assert await fetch_value("SELECT done_at FROM reminder WHERE id = $1", house.reminder) is None
    assert await fetch_value("SELECT read_at FROM notification WHERE id = $1", house.notification) is None
    assert await fetch_value("SELECT revoked_at FROM api_token WHERE id = $1", token) is None
