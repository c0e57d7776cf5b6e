"""Double clicks, two tabs, two people: each thing happens once, and nobody's words are lost unseen."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest

from crm.accounts.links import LinkKind, make_link
from crm.accounts.logging_in import Visitor, log_in, pass_second_factor
from crm.accounts.passwords import hash_password
from crm.accounts.second_factor import prepare_second_factor, turn_on_second_factor, use_code
from crm.accounts.tables import User
from crm.database import execute, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from crm.reminders.handover import deactivate_with_handover
from crm.tickets.assigning import assign_ticket
from crm.tickets.closing import close_ticket
from crm.tickets.escalating import escalate
from tests.attacks.conftest import House, count
from tests.browser import Browser
from tests.cast import hire

PASSWORD = "rosa kiesel fenster 9"


def forms(house: House) -> dict[str, tuple[str, dict[str, str], str]]:
    """Each form that makes something: its address, a body, and the table that grows by one."""
    return {
        "customer": (
            "/customers",
            {"kind": "organisation", "name": "Doppelt GmbH", "country": "DE", "language": "de"},
            "customer",
        ),
        "person": (f"/customers/{house.groessmann}/persons", {"family_name": "Doppelt", "language": "de"}, "person"),
        "contact": (
            "/interactions",
            {"customer_id": str(house.emre), "text": "Ruft an", "follow_up_at": "2099-01-01T09:00"},
            "interaction",
        ),
        "ticket": ("/tickets", {"customer_id": str(house.emre), "subject": "Frage", "text": "?"}, "ticket"),
        "message": (f"/tickets/{house.ticket}/messages", {"kind": "note", "text": "Notiz"}, "ticket_message"),
        "reminder": (
            "/reminders",
            {"customer_id": str(house.emre), "text": "x", "due_at": "2099-01-01T09:00"},
            "reminder",
        ),
        "consent": (
            f"/persons/{house.anna}/consents",
            {"purpose": "newsletter", "channel": "email", "event": "given", "source": "paper", "wording_version": "1"},
            "consent_event",
        ),
        "user": ("/users", {"email": "neu@kuechen.example", "name": "Neu", "role": "agent"}, "staff"),
    }


@pytest.mark.parametrize("name", ["customer", "person", "contact", "ticket", "message", "reminder", "consent", "user"])
async def test_a_form_sent_twice_at_once_makes_one_record(doors: Browser, house: House, name: str) -> None:
    await doors.log_in(house.cast.ines)
    await doors.get("/imprint")
    path, body, table = forms(house)[name]
    before = await count(table)
    answers = await asyncio.gather(*(doors.post(path, body | {"submission_id": "twice"}) for _click in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 303}, [answer.status_code for answer in answers]
    assert await count(table) == before + 1


@pytest.mark.parametrize("name", ["contact", "message"])
async def test_a_form_that_was_changed_after_going_back_is_not_thrown_away(
    doors: Browser, house: House, name: str
) -> None:
    await doors.log_in(house.cast.ines)
    path, body, table = forms(house)[name]
    before = await count(table)
    for text in ("Erster Anruf", "Zweiter Anruf"):
        assert (await doors.post(path, body | {"submission_id": "same", "text": text})).status_code == 303
    assert await count(table) == before + 2


def calls(house: House) -> dict[str, tuple[str, dict[str, Any], str]]:
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    return {
        "customer": ("/customers", {"kind": "person", "family_name": "Doppelt"}, "customer"),
        "person": (f"/customers/{house.groessmann}/persons", {"family_name": "Doppelt"}, "person"),
        "contact": ("/interactions", {"customer_id": house.emre, "channel": "phone", "text": "x"}, "interaction"),
        "ticket": ("/tickets", {"customer_id": house.emre, "subject": "Frage"}, "ticket"),
        "message": (f"/tickets/{house.ticket}/messages", {"text": "Hallo", "internal": True}, "ticket_message"),
        "escalation": (f"/tickets/{house.ticket}/escalations", {"tried": "alles"}, "escalation"),
        "closure": (f"/tickets/{house.ticket}/closure", {}, "closure"),
        "reminder": ("/reminders", {"text": "x", "due_at": later}, "reminder"),
        "consent": (
            "/consents",
            {
                "person_id": house.anna,
                "purpose": "newsletter",
                "channel": "email",
                "event": "given",
                "source": "paper",
                "wording_version": 1,
            },
            "consent_event",
        ),
    }


@pytest.mark.parametrize(
    "name", ["customer", "person", "contact", "ticket", "message", "escalation", "closure", "reminder", "consent"]
)
async def test_a_call_repeated_at_once_under_one_key_makes_one_record(doors: Browser, house: House, name: str) -> None:
    await doors.log_in(house.cast.ines)
    path, body, table = calls(house)[name]
    before = await count(table)
    answers = await asyncio.gather(
        *(doors.api("POST", path, body, **{"idempotency-key": "k" * 300}) for _n in range(4))
    )
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    assert await count(table) == before + 1
    other = await doors.api("POST", path, {**body, "text": "anders"}, **{"idempotency-key": "k" * 300})
    assert other.status_code == 422


async def test_long_keys_that_begin_alike_are_different_keys(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ines)
    for end in ("1", "2"):
        answer = await doors.api(
            "POST", "/customers", {"kind": "person", "family_name": end}, **{"idempotency-key": "k" * 300 + end}
        )
        assert answer.status_code == 201


@pytest.mark.parametrize("kind", ["customer", "person", "ticket", "user", "settings"])
async def test_who_saves_second_sees_both_versions(doors: Browser, house: House, kind: str) -> None:
    """Both have read version 1; the second gets 409 with the other's words and their own."""
    await doors.log_in(house.cast.ines)
    version = {
        "customer": f"SELECT version FROM customer WHERE id = {house.groessmann}",
        "person": f"SELECT version FROM person WHERE id = {house.anna}",
        "ticket": f"SELECT version FROM ticket WHERE id = {house.ticket}",
        "user": f"SELECT version FROM staff WHERE id = {house.cast.ali.id}",
        "settings": "SELECT version FROM company",
    }[kind]
    seen = str(await fetch_value(version))
    path, field, body = {
        "customer": (
            f"/customers/{house.groessmann}",
            "name",
            {"country": "DE", "language": "de", "status": "customer", "service_level": "gold"},
        ),
        "person": (f"/persons/{house.anna}", "family_name", {"language": "de"}),
        "ticket": (
            f"/tickets/{house.ticket}",
            "subject",
            {"topic": "general", "kind": "question", "priority": "normal"},
        ),
        "user": (
            f"/users/{house.cast.ali.id}",
            "name",
            {"email": house.cast.ali.email, "role": "agent", "language": "de"},
        ),
        "settings": ("/settings", "name", {"language": "de"}),
    }[kind]
    words = ("Fassung von Ali", "Fassung von Petra")
    answers = await asyncio.gather(*(doors.post(path, {**body, field: text, "version": seen}) for text in words))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    told = next(answer.text for answer in answers if answer.status_code == 409)
    assert all(text in told for text in words)


async def test_an_enquiry_is_closed_once_and_counted_once(house: House) -> None:
    now = datetime.now(UTC)
    before = await fetch_value("SELECT open_tickets FROM customer_figures WHERE customer = $1", house.groessmann)
    done = await asyncio.gather(
        *(close_ticket(house.ticket, "", by=house.cast.ali.id, now=now) for _n in range(4)), return_exceptions=True
    )
    assert sum(one is None for one in done) == 1
    assert all(one is None or isinstance(one, RuleBroken) for one in done)
    assert (
        await fetch_value("SELECT open_tickets FROM customer_figures WHERE customer = $1", house.groessmann)
        == before - 1
    )
    assert await count("closure") == 1


async def test_escalating_twice_at_once_never_passes_the_highest_level(house: House) -> None:
    now = datetime.now(UTC)
    done = await asyncio.gather(
        *(escalate(house.ticket, "alles", by=house.cast.ali.id, now=now) for _n in range(6)), return_exceptions=True
    )
    assert all(not isinstance(one, Exception) or isinstance(one, RuleBroken) for one in done)
    assert await fetch_value("SELECT required_level FROM ticket WHERE id = $1", house.ticket) == 3
    assert await fetch_value("SELECT escalations FROM ticket WHERE id = $1", house.ticket) == await count("escalation")


async def test_assigning_to_two_people_at_once_ends_with_one_of_them(house: House) -> None:
    now, people = datetime.now(UTC), (house.cast.jonas.id, house.cast.mia.id)
    await asyncio.gather(*(assign_ticket(house.ticket, who, by=house.cast.eva.id, now=now) for who in people))
    assert await fetch_value("SELECT assignee FROM ticket WHERE id = $1", house.ticket) in people
    last = await fetch_value(
        "SELECT assignee_id FROM routing_decision WHERE ticket = $1 ORDER BY id DESC LIMIT 1", house.ticket
    )
    assert last == await fetch_value("SELECT assignee FROM ticket WHERE id = $1", house.ticket)


async def second_administrator(house: House) -> User:
    await execute("UPDATE staff SET password_hash = 'x' WHERE id = $1", house.cast.ines.id)
    from crm.accounts.permissions import Role

    return await hire("Uwe Admin", Role.ADMINISTRATOR, password_hash="x")


async def test_two_administrators_who_deactivate_each_other_leave_one(house: House) -> None:
    now, ines, uwe = datetime.now(UTC), house.cast.ines, await second_administrator(house)
    done = await asyncio.gather(
        deactivate_with_handover(ines.id, uwe.id, by=uwe.id, now=now),
        deactivate_with_handover(uwe.id, ines.id, by=ines.id, now=now),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Invalid | RuleBroken) for one in done) == 1, done
    left = "SELECT count(*) FROM staff WHERE role = 'administrator' AND deactivated_at IS NULL"
    assert await fetch_value(left) == 1


async def test_an_invitation_is_accepted_once(doors: Browser, house: House) -> None:
    link = await make_link(house.cast.petra.id, LinkKind.INVITATION, by=house.cast.ines.id, now=datetime.now(UTC))
    await doors.get("/login")
    words = [f"{PASSWORD} {n}" for n in range(3)]
    answers = await asyncio.gather(
        *(doors.post(f"/password/new/{link.token}", {"password": word, "repeated": word}) for word in words)
    )
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404]
    again = await doors.post(f"/password/new/{link.token}", {"password": words[0], "repeated": words[0]})
    assert again.status_code == 404


async def with_second_factor(house: House) -> tuple[str, list[str], datetime]:
    now = datetime.now(UTC)
    await execute(
        "UPDATE staff SET password_hash = $2 WHERE id = $1", house.cast.petra.id, await hash_password(PASSWORD)
    )
    secret = await prepare_second_factor(house.cast.petra.id)
    code = pyotp.TOTP(secret).at(now)
    return (
        secret,
        await turn_on_second_factor(house.cast.petra.id, code, session_id=None, now=now),
        now + timedelta(minutes=2),
    )


async def test_a_code_of_the_app_works_once_even_at_the_same_moment(house: House) -> None:
    secret, _codes, later = await with_second_factor(house)
    code = pyotp.TOTP(secret).at(later)
    tries = await asyncio.gather(*(use_code(house.cast.petra.id, code, now=later) for _n in range(5)))
    assert sorted(tries) == ["", "", "", "", "app"]
    assert await use_code(house.cast.petra.id, pyotp.TOTP(secret).at(later - timedelta(seconds=30)), now=later) == ""


async def test_a_recovery_code_works_once_even_at_the_same_moment(house: House) -> None:
    _secret, codes, later = await with_second_factor(house)
    tries = await asyncio.gather(*(use_code(house.cast.petra.id, codes[0], now=later) for _n in range(5)))
    assert sorted(tries) == ["", "", "", "", "recovery"]
    assert await use_code(house.cast.petra.id, codes[0].upper().replace("-", " "), now=later) == ""


async def test_a_log_in_that_waits_for_its_code_opens_no_page(doors: Browser, house: House) -> None:
    secret, _codes, later = await with_second_factor(house)
    half = await log_in(house.cast.petra.email, PASSWORD, Visitor("10.0.0.1"), now=datetime.now(UTC))
    assert half.second_factor_pending
    shown = await doors.client.get("/account", headers={"cookie": f"nahbar_session={half.token}"})
    assert shown.status_code == 303
    done = await pass_second_factor(half.token, pyotp.TOTP(secret).at(later), Visitor("10.0.0.1"), now=later)
    with pytest.raises(NotFound):
        await pass_second_factor(
            half.token, pyotp.TOTP(secret).at(later + timedelta(minutes=1)), Visitor("10.0.0.1"), now=later
        )
    assert done.token != half.token


async def test_a_new_password_ends_the_sessions_elsewhere(doors: Browser, house: House) -> None:
    await execute(
        "UPDATE staff SET password_hash = $2 WHERE id = $1", house.cast.petra.id, await hash_password(PASSWORD)
    )
    stolen = await log_in(house.cast.petra.email, PASSWORD, Visitor("10.0.0.9"), now=datetime.now(UTC))
    await doors.log_in(house.cast.petra)
    new = "ganz andere woerter 7"
    answer = await doors.post("/account/password", {"current": PASSWORD, "password": new, "repeated": new})
    assert answer.status_code == 303
    assert (await doors.get("/account")).status_code == 200
    elsewhere = httpx.AsyncClient(
        transport=doors.client._transport, base_url="http://localhost", cookies={"nahbar_session": stolen.token}
    )
    assert (await elsewhere.get("/account")).status_code == 303
