"""What Anna sees of her enquiry by its link, what she can do there, and what nobody finds out by it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from crm.accounts.audit import record
from crm.accounts.company import signing_secret
from crm.customers.actions import add_person
from crm.customers.data import PersonData
from crm.customers.orders.actions import create_order
from crm.customers.orders.data import OrderRecord
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.tickets.answering import add_note, answer_by_phone, reply
from crm.tickets.closing import close_ticket
from crm.tickets.following import KEPT_FOR, MOST_MESSAGES, revoke_links, tell_status_changes
from crm.tickets.merging import merge_tickets
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.status_links import Named, Subject, read_status_token, status_path, status_path_of
from crm.tickets.status_words import promise_of
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["desk"]
SECRET = b"s" * 32


def test_a_link_names_what_it_is_about_and_nobody_makes_one_up() -> None:
    named = Named(Subject.TICKET, 12, 1)
    token = status_path(named, SECRET).removeprefix("/status/")
    assert read_status_token(token, SECRET) == named
    assert read_status_token(token, b"t" * 32) is None
    for crooked in (
        token.replace("e12", "e13"),
        token.replace("e", "o", 1),
        token.replace("-1-", "-2-"),
        token + "\n",
        "",
        "x",
        "\x00",
    ):
        assert read_status_token(crooked, SECRET) is None


@pytest.mark.parametrize(
    ("facts", "hours", "words", "is_late"),
    [
        ({}, 0, "eine Antwort bis", False),
        ({}, 3, "versprochen", True),
        ({"first_responded_at": NOW}, 0, "erledigt sein", False),
        ({"first_responded_at": NOW, "next_response_due_at": NOW + timedelta(hours=2)}, 1, "eine Antwort bis", False),
    ],
)
def test_what_was_promised_in_plain_words(facts: dict[str, Any], hours: int, words: str, is_late: bool) -> None:
    ticket = {
        "state": "open", "first_responded_at": None, "first_response_due_at": NOW + timedelta(hours=2), "next_response_due_at": None,
        "solution_due_at": NOW + timedelta(hours=8), **facts,
    }  # fmt: skip
    promise = promise_of(ticket, NOW + timedelta(hours=hours))
    assert promise is not None
    assert (words in promise.sentence, promise.is_late) == (True, is_late)
    assert promise_of({**ticket, "state": "waiting"}, NOW) is None


@pytest.fixture
async def ticket(desk: Desk) -> int:
    """Anna wrote by mail."""
    await execute("UPDATE company SET mail_from = 'post@kern.example', name = 'Kern Küchen'")
    await execute("DELETE FROM email_address WHERE person = $1", desk.anna)
    await execute(
        "INSERT INTO email_address (person, address, position) VALUES ($1, 'anna@groessmann.example', 0)", desk.anna
    )
    now = datetime.now(UTC) - timedelta(hours=1)
    data = NewTicket(
        desk.groessmann, "Lieferung", "Wann kommt die Platte?", channel="email", person_id=desk.anna, language="de"
    )
    return (await open_ticket(data, by=None, now=now)).id


async def page_of(ticket_id: int) -> str:
    return await status_path_of(Subject.TICKET, ticket_id, await signing_secret())


async def test_anna_sees_her_words_and_our_answers_and_nothing_else(ticket: int, desk: Desk, browser: Browser) -> None:
    now = datetime.now(UTC)
    await add_note(ticket, "GEHEIM: zahlt spät", by=desk.cast.jonas.id, now=now)
    await answer_by_phone(ticket, at=now, by=desk.cast.jonas.id, now=now, text="GEHEIM: war verärgert")
    await execute(
        "INSERT INTO ticket_message (ticket, kind, channel, by_user, text, at) "
        "VALUES ($1, 'inbound', 'phone', $2, 'GEHEIM: ruft oft an', $3)",
        ticket, desk.cast.ali.id, now + timedelta(seconds=1),
    )  # fmt: skip
    replied = await reply(ticket, "Am Dienstag.", by=desk.cast.jonas.id, now=now + timedelta(seconds=2))
    path = await page_of(ticket)
    assert "Am Dienstag." not in (await browser.get(path)).text
    await execute("UPDATE outbox_message SET status = 'sent' WHERE id = $1", replied.outbox_id)
    shown = await browser.get(path)
    assert shown.status_code == 200
    assert "Wann kommt die Platte?" in shown.text
    assert "Am Dienstag." in shown.text
    assert "GEHEIM" not in shown.text
    assert desk.cast.jonas.name not in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in shown.headers["x-robots-tag"]
    assert shown.headers["cache-control"] == "no-store"
    assert int(shown.headers["x-sql-statements"]) <= 8


@pytest.mark.parametrize("is_hers", [True, False])
async def test_a_merged_enquiry_is_followed_where_it_goes_on_unless_that_is_somebody_elses(
    ticket: int, desk: Desk, browser: Browser, is_hers: bool
) -> None:
    now = datetime.now(UTC)
    berta = await add_person(desk.groessmann, PersonData("Berta", "Groß"), by=desk.cast.petra.id, now=now)
    whose = desk.anna if is_hers else berta
    data = NewTicket(desk.groessmann, "Nochmal", "Und die Griffe?", channel="email", person_id=whose)
    other = (await open_ticket(data, by=None, now=now)).id
    path = await page_of(ticket)
    await merge_tickets(ticket, other, by=desk.cast.jonas.id, now=now)
    shown = (await browser.get(path)).text
    assert "Wann kommt die Platte?" in shown
    assert ("Und die Griffe?" in shown) is is_hers


async def test_the_link_stands_in_the_answer_and_goes_on_working(ticket: int, desk: Desk, browser: Browser) -> None:
    replied = await reply(ticket, "Am Dienstag.", by=desk.cast.jonas.id, now=datetime.now(UTC))
    mail = await fetch_one("SELECT text, html FROM outbox_message WHERE id = $1", replied.outbox_id)
    assert mail is not None
    path = await page_of(ticket)
    assert path in mail.text
    assert path in mail.html


async def test_every_link_that_leads_nowhere_answers_alike(ticket: int, desk: Desk, browser: Browser) -> None:
    path = await page_of(ticket)

    async def answer(where: str) -> tuple[int, str]:
        found = await browser.get(where)
        return found.status_code, re.sub(r'content="[^"]*"|value="[^"]*"', "", found.text)

    assert (await answer(path))[0] == 200
    nowhere = await answer("/status/e999-1-" + "a" * 26)
    assert nowhere[0] == 404
    for change, back in (
        (
            "UPDATE customer SET restricted_at = now() WHERE id = $1",
            "UPDATE customer SET restricted_at = NULL WHERE id = $1",
        ),
        ("UPDATE customer SET deleted_at = now() WHERE id = $1", "UPDATE customer SET deleted_at = NULL WHERE id = $1"),
    ):
        await execute(change, desk.groessmann)
        assert await answer(path) == nowhere
        await execute(back, desk.groessmann)
    await execute("UPDATE person SET restricted_at = now() WHERE id = $1", desk.anna)
    assert await answer(path) == nowhere
    await execute("UPDATE person SET restricted_at = NULL WHERE id = $1", desk.anna)
    await close_ticket(ticket, "", by=desk.cast.jonas.id, now=datetime.now(UTC))
    assert (await answer(path))[0] == 200
    await execute("UPDATE ticket SET solved_at = $2 WHERE id = $1", ticket, datetime.now(UTC) - KEPT_FOR)
    assert await answer(path) == nowhere
    await execute("UPDATE ticket SET solved_at = $2 WHERE id = $1", ticket, datetime.now(UTC))
    await revoke_links(Subject.TICKET, ticket, by=desk.cast.jonas.id, now=NOW)
    assert await answer(path) == nowhere
    assert (await answer(await page_of(ticket)))[0] == 200


async def test_anna_adds_something_once_and_the_enquiry_reopens(ticket: int, desk: Desk, browser: Browser) -> None:
    await close_ticket(ticket, "", by=desk.cast.jonas.id, now=datetime.now(UTC))
    path = await page_of(ticket)
    for _twice in range(2):
        answer = await browser.post(f"{path}/messages", {"text": "Noch nicht da!\x00"})
        assert answer.headers["location"] == f"{path}?done=sent"
    added = await fetch("SELECT * FROM ticket_message WHERE ticket = $1 AND channel = 'web'", ticket)
    assert [(row.text, row.kind, row.by_user) for row in added] == [("Noch nicht da!", "inbound", None)]
    assert await fetch_value("SELECT status FROM ticket WHERE id = $1", ticket) == "open"
    assert (await browser.post(f"{path}/messages", {"text": " "})).status_code == 422
    long = await browser.post(f"{path}/messages", {"text": "y" * 20_001})
    assert (long.status_code, "y" * 20_001 in long.text) == (422, True)
    for number in range(MOST_MESSAGES - 1):
        assert (await browser.post(f"{path}/messages", {"text": f"Und {number}"})).status_code == 303
    assert (await browser.post(f"{path}/messages", {"text": "Und noch eines"})).status_code == 429
    assert (await browser.post("/status/x/messages", {"text": "x"})).status_code == 404


async def test_anna_says_that_it_is_settled(ticket: int, desk: Desk, browser: Browser) -> None:
    path = await page_of(ticket)
    for _twice in range(2):
        assert (await browser.post(f"{path}/closure")).status_code == 303
    assert await fetch_value("SELECT status FROM ticket WHERE id = $1", ticket) == "solved"
    closed = await fetch("SELECT by_user FROM closure WHERE ticket = $1", ticket)
    assert [row.by_user for row in closed] == [None]
    await browser.log_in(desk.cast.jonas)
    assert (await browser.get(f"/tickets/{ticket}")).status_code == 200


async def test_whoever_asked_is_mailed_each_change_once(ticket: int, desk: Desk, browser: Browser) -> None:
    path, now = await page_of(ticket), datetime.now(UTC)
    assert await tell_status_changes(now=now) == 0
    await browser.post(f"{path}/mails", {"wants_mail": "1"})
    assert await tell_status_changes(now=now) == 0
    await close_ticket(ticket, "", by=desk.cast.jonas.id, now=now)
    assert [await tell_status_changes(now=now) for _twice in range(2)] == [1, 0]
    mail = await fetch_one("SELECT * FROM outbox_message ORDER BY id DESC LIMIT 1")
    assert mail is not None
    assert (mail.to_address, mail.purpose, mail.status) == ("anna@groessmann.example", "service", "queued")
    assert "Erledigt" in mail.text
    assert path in mail.text
    await browser.post(f"{path}/messages", {"text": "Doch nicht."})
    assert await tell_status_changes(now=now) == 1
    await reply(ticket, "Wie meinen Sie?", by=desk.cast.jonas.id, now=now, wait=True)
    assert await tell_status_changes(now=now) == 0, "the answer itself has told it"
    await browser.post(f"{path}/mails", {})
    await close_ticket(ticket, "", by=desk.cast.jonas.id, now=now)
    assert await tell_status_changes(now=now) == 0


async def test_an_address_that_is_no_longer_annas_gets_nothing(ticket: int, desk: Desk, browser: Browser) -> None:
    await browser.post(f"{await page_of(ticket)}/mails", {"wants_mail": "1"})
    await execute("UPDATE email_address SET address = 'neu@groessmann.example' WHERE person = $1", desk.anna)
    await close_ticket(ticket, "", by=desk.cast.jonas.id, now=datetime.now(UTC))
    assert await tell_status_changes(now=datetime.now(UTC)) == 0


async def test_an_order_is_followed_too(desk: Desk, browser: Browser) -> None:
    now = datetime.now(UTC)
    await execute(
        "INSERT INTO email_address (customer, address, position) VALUES ($1, 'g@groessmann.example', 9)",
        desk.groessmann,
    )
    order = await create_order(
        OrderRecord(desk.groessmann, "A-77", now.date(), Decimal(100)), by=desk.cast.petra.id, now=now
    )
    path = await status_path_of(Subject.ORDER, order, await signing_secret())
    shown = await browser.get(path)
    assert (shown.status_code, "A-77" in shown.text, "100" in shown.text.split("<main")[1]) == (200, True, False)
    assert (await browser.post(f"{path}/mails", {"wants_mail": "1"})).status_code == 303
    await execute("UPDATE customer_order SET status = 'shipped' WHERE id = $1", order)
    assert await tell_status_changes(now=now) == 1
    assert "Unterwegs" in await fetch_value("SELECT text FROM outbox_message ORDER BY id DESC LIMIT 1")
    for action in ("messages", "closure"):
        assert (await browser.post(f"{path}/{action}", {"text": "x"})).status_code == 404


@pytest.mark.parametrize(("status", "delivered"), [("paid", True), ("paid", False), ("cancelled", False)])
async def test_no_mail_leads_to_the_page_of_an_order_that_has_ended(
    status: str, delivered: bool, desk: Desk, browser: Browser
) -> None:
    now = datetime.now(UTC)
    await execute(
        "INSERT INTO email_address (customer, address, position) VALUES ($1, 'g@groessmann.example', 9)",
        desk.groessmann,
    )
    began = now - timedelta(days=60)
    order = await create_order(
        OrderRecord(desk.groessmann, "A-78", began.date(), Decimal(100)), by=desk.cast.petra.id, now=began
    )
    path = await status_path_of(Subject.ORDER, order, await signing_secret())
    assert (await browser.post(f"{path}/mails", {"wants_mail": "1"})).status_code == 303
    ended = now - timedelta(days=31)
    await execute(
        "UPDATE customer_order SET status = $2, delivered_on = $3 WHERE id = $1",
        order, status, ended.date() if delivered else None,
    )  # fmt: skip
    assert (await browser.get(path)).status_code == 404
    assert await tell_status_changes(now=now) == 0
    await record("order.changed", "order", order, by=desk.cast.petra.id, now=now - timedelta(days=1))
    assert (await browser.get(path)).status_code == (404 if delivered else 200)
    assert await tell_status_changes(now=now) == (0 if delivered else 1)


async def test_a_crash_is_logged_without_the_token_that_lets_its_reader_in(
    ticket: int, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_args: object) -> None:
        raise RuntimeError("nobody foresaw this")

    path, told = await page_of(ticket), list[dict[str, Any]]()
    monkeypatch.setattr("crm.tickets.handlers.following.followed", crash)
    monkeypatch.setattr("crm.web.problems.log.error", lambda what, **values: told.append({"what": what, **values}))
    assert (await browser.get(path)).status_code == 500
    assert [(one["what"], one["path"]) for one in told] == [("crash", "/status/{token}")]


async def test_staff_find_the_link_and_end_it(ticket: int, desk: Desk, browser: Browser) -> None:
    await browser.log_in(desk.cast.jonas)
    path = await page_of(ticket)
    assert path in (await browser.get(f"/tickets/{ticket}/status-page")).text
    told = (await browser.api("GET", f"/tickets/{ticket}/status-page")).json()
    assert (told["url"].endswith(path), told["wants_mail"]) == (True, False)
    assert (await browser.api("DELETE", f"/tickets/{ticket}/status-page")).status_code == 204
    assert (await browser.get(path)).status_code == 404
    path = await page_of(ticket)
    assert (await browser.post(f"/tickets/{ticket}/status-page/revocation")).status_code == 303
    assert path not in (await browser.get(f"/tickets/{ticket}/status-page")).text
    assert (await browser.get(path)).status_code == 404


async def test_a_merged_enquiry_goes_on_under_its_old_link(ticket: int, desk: Desk, browser: Browser) -> None:
    """Twice merged: the first link shows the conversation as it goes on, and nobody is told that it is settled."""
    now = datetime.now(UTC)
    path = await page_of(ticket)
    assert (await browser.post(f"{path}/mails", {"wants_mail": "1"})).status_code == 303
    others = []
    for text in ("Noch einmal: wann?", "Und wohin?"):
        asked = NewTicket(desk.groessmann, "Nachfrage", text, channel="email", person_id=desk.anna, language="de")
        others.append((await open_ticket(asked, by=None, now=now)).id)
    for gone, survivor in pairwise((ticket, *others)):
        await merge_tickets(gone, survivor, by=desk.cast.ali.id, now=now)
    assert await tell_status_changes(now=now) <= 1
    assert "erledigt" not in str(await fetch_value("SELECT string_agg(text, '') FROM outbox_message")).lower()
    shown = await browser.get(path)
    assert shown.status_code == 200
    for said in ("Wann kommt die Platte?", "Noch einmal: wann?", "Und wohin?", f"#{ticket}", "/closure"):
        assert said in shown.text
    assert (await browser.post(f"{path}/messages", {"text": "Bitte bald."})).status_code == 303
    assert await fetch_value("SELECT ticket FROM ticket_message WHERE text = 'Bitte bald.'") == others[1]
    assert "Bitte bald." in (await browser.get(path)).text
    assert (await browser.post(f"{path}/closure", {})).status_code == 303
    assert await fetch_value("SELECT status FROM ticket WHERE id = $1", others[1]) == "solved"


async def test_merged_with_a_colleagues_enquiry_each_reads_their_own(ticket: int, desk: Desk, browser: Browser) -> None:
    now = datetime.now(UTC)
    bert = await add_person(
        desk.groessmann, PersonData("Bert", "Quitterer", email="bert@groessmann.example"), by=desk.cast.ali.id, now=now
    )
    asked = NewTicket(desk.groessmann, "Gehalt", "GEHEIM: mein Gehalt", channel="email", person_id=bert, language="de")
    berts = (await open_ticket(asked, by=None, now=now)).id
    annas_page, berts_page = await page_of(ticket), await page_of(berts)
    await merge_tickets(ticket, berts, by=desk.cast.ali.id, now=now)
    replied = await reply(berts, "GEHEIM: eine Antwort", by=desk.cast.ali.id, now=now)
    await execute("UPDATE outbox_message SET status = 'sent' WHERE id = $1", replied.outbox_id)
    assert (await browser.post(f"{annas_page}/messages", {"text": "Von Anna allein."})).status_code == 303
    annas, of_bert = (await browser.get(annas_page)).text, (await browser.get(berts_page)).text
    assert "Wann kommt die Platte?" in annas
    assert "Von Anna allein." in annas
    assert "GEHEIM" not in annas
    assert "Gehalt" not in annas
    assert "GEHEIM: eine Antwort" in of_bert
    assert "Anna allein" not in of_bert
    assert "Wann kommt" not in of_bert
    assert (await browser.post(f"{annas_page}/closure", {})).status_code == 303
    assert await fetch_value("SELECT status FROM ticket WHERE id = $1", berts) == "open"


async def test_what_is_too_old_to_go_on_with_says_so_and_keeps_the_text(
    ticket: int, desk: Desk, browser: Browser
) -> None:
    await close_ticket(ticket, "", by=desk.cast.ali.id, now=datetime.now(UTC) - timedelta(days=20))
    await execute("UPDATE company SET reopens_within_days = 3")
    await execute(
        "UPDATE ticket SET status = 'closed', closed_at = $2 WHERE id = $1",
        ticket, datetime.now(UTC) - timedelta(days=10),
    )  # fmt: skip
    said = await browser.post(f"{await page_of(ticket)}/messages", {"text": "Doch nicht."})
    assert said.status_code == 409
    assert "Doch nicht." in said.text
    assert "E-Mail" in said.text
