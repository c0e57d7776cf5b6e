"""What looks like spam lies apart: it is looked through, rescued or dropped at once; its files are never kept, and a flood of a form
waits instead of filling the queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts.permissions import Role
from crm.accounts.queries import staff_of
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import NotFound
from crm.interactions.incoming.queries import quarantined, spam, spam_count, waiting_mails
from crm.interactions.incoming.spam import dismiss_spam, rescue
from crm.interactions.incoming.tables import IncomingState
from crm.interactions.web_forms.guarding import OVERRUN, Sent, Token, is_new_wave, suspicion
from tests.browser import Browser
from tests.interactions.web_forms.conftest import called, desk, site, written
from tests.interactions.web_forms.test_sending import filed, send, token
from tests.tickets.conftest import NOW, Desk

__all__ = ["called", "desk", "site", "written"]
TOKEN = Token(NOW - timedelta(minutes=5), "0" * 16)


def test_what_a_form_brings_beyond_the_usual_waits() -> None:
    assert suspicion(Sent(TOKEN, "", "Guten Tag", by_form=59), NOW) == ""
    assert suspicion(Sent(TOKEN, "", "Guten Tag", by_form=60), NOW) == OVERRUN
    assert suspicion(Sent(TOKEN, "", "Guten Tag", by_form=60, limit=61), NOW) == ""
    assert suspicion(Sent(TOKEN, "x", "Guten Tag", by_form=60), NOW) == "trap"


def test_a_flood_is_told_once_and_again_after_an_hour_of_quiet() -> None:
    assert is_new_wave(None, NOW)
    assert not is_new_wave(NOW - timedelta(minutes=59), NOW)
    assert is_new_wave(NOW - timedelta(hours=1), NOW)


async def test_spam_lies_apart_from_what_has_to_be_decided(written: str, site: Desk, browser: Browser) -> None:
    await send(browser, written, further_note="x")
    entry = await filed()
    assert await quarantined() == 0
    assert await waiting_mails(["quarantine", "aside", "officer"]) == []
    assert [row.id for row in (await spam())[0]] == [entry.id]
    await browser.log_in(site.cast.ali)
    assert f"/incoming-mails/{entry.id}/rescue" in (await browser.get("/incoming-mails/spam")).text
    listed = await browser.api("GET", "/incoming-mails/spam")
    assert [one["reason"] for one in listed.json()["items"]] == ["trap"]


async def test_a_rescued_entry_becomes_what_it_would_have_been(written: str, site: Desk, browser: Browser) -> None:
    await send(browser, written, further_note="x")
    entry = await filed()
    await browser.log_in(site.cast.ali)
    answer = await browser.post(f"/incoming-mails/{entry.id}/rescue", {})
    ticket_id = await fetch_value("SELECT ticket FROM incoming_mail WHERE id = $1", entry.id)
    assert answer.headers["location"] == f"/tickets/{ticket_id}"
    assert await fetch_value("SELECT customer FROM ticket WHERE id = $1", ticket_id) == site.groessmann
    assert await fetch_value("SELECT count(*) FROM outbox_message WHERE dedupe_key = $1", f"received {ticket_id}") == 1
    with pytest.raises(NotFound):
        await rescue(entry.id, by=site.cast.ali.id, now=NOW)


async def test_whose_a_rescued_entry_is_may_still_have_to_be_said(written: str, site: Desk, browser: Browser) -> None:
    await execute("UPDATE staff SET email = 'ali@kern.example' WHERE id = $1", site.cast.ali.id)
    await send(browser, written, email="ali@kern.example", further_note="x")
    entry = await filed()
    assert await rescue(entry.id, by=site.cast.ali.id, now=NOW) == (IncomingState.QUARANTINE, None)
    assert [row.reason for row in await waiting_mails(["quarantine"])] == ["colleague"]
    assert await spam_count() == 0


async def test_a_rescued_wish_to_be_called_is_a_call_to_return(called: str, site: Desk, browser: Browser) -> None:
    await send(
        browser, called, {"name": "Anna", "phone": "0911 5550100", "privacy_read": "1", "text": ""}, further_note="x"
    )
    entry = await filed()
    assert await rescue(entry.id, by=site.cast.ali.id, now=datetime.now(UTC)) == (IncomingState.FILED, None)
    assert await fetch_value("SELECT count(*) FROM call_back WHERE number = '+499115550100'") == 1


async def test_all_spam_is_dropped_as_far_as_it_was_seen(written: str, site: Desk, browser: Browser) -> None:
    entries = []
    for number in range(3):
        await send(browser, written, text=f"Klick {number}", further_note="x")
        entries.append(await filed())
    await browser.log_in(site.cast.ali)
    await browser.post("/incoming-mails/spam/dismissal", {"until": str(entries[1].id)})
    assert [row.id for row in (await spam())[0]] == [entries[2].id]
    gone = await fetch_one("SELECT state, content, text, sender FROM incoming_mail WHERE id = $1", entries[0].id)
    assert gone is not None
    assert (gone.state, bytes(gone.content), gone.text, gone.sender) == ("dropped", b"", "", "")
    assert await dismiss_spam(entries[1].id, by=site.cast.ali.id, now=NOW) == 0
    told = "SELECT count(*) FROM audit_entry WHERE action = 'incoming_mail.spam_dismissed'"
    assert await fetch_value(told) == 1


async def test_much_spam_is_shown_page_by_page(written: str, browser: Browser) -> None:
    ids = []
    for number in range(5):
        await send(browser, written, text=f"Klick {number}", further_note="x")
        ids.append((await filed()).id)
    first, more = await spam(limit=3)
    second, end = await spam(more, limit=3)
    assert [row.id for row in (*first, *second)] == ids[::-1]
    assert end is None


async def test_a_machines_files_are_never_kept_and_named_to_whoever_rescues_it(
    written: str, site: Desk, browser: Browser
) -> None:
    plan = ("Plan.pdf", b"%PDF-1.7 " + b"x" * 4_000_000, "application/pdf")
    await send(browser, written, further_note="x", files={"file": plan})
    entry = await filed()
    assert len(bytes(entry.content)) < 2000
    _state, ticket_id = await rescue(entry.id, by=site.cast.ali.id, now=NOW)
    text = await fetch_value("SELECT text FROM ticket_message WHERE ticket = $1 ORDER BY id LIMIT 1", ticket_id)
    assert "Plan.pdf" in text
    assert await fetch_value("SELECT count(*) FROM document") == 0


async def test_the_same_file_again_is_the_same_entry_and_another_one_is_not(written: str, browser: Browser) -> None:
    once = {"token": await token(written)}
    for content in (b"%PDF-1.7 eins", b"%PDF-1.7 eins", b"%PDF-1.7 zwei"):
        await send(browser, written, files={"file": ("Plan.pdf", content, "application/pdf")}, **once)
    assert await fetch_value("SELECT count(*) FROM incoming_mail") == 2


async def test_a_flood_waits_and_the_lead_is_told_once(written: str, site: Desk, browser: Browser) -> None:
    await execute("UPDATE web_form SET hourly_limit = 2")
    reasons = []
    for number in range(4):
        await send(browser, written, text=f"Nachricht {number}")
        reasons.append((await filed()).reason)
    assert reasons == ["", "", "overrun", "overrun"]
    told = await fetch("SELECT \"user\" FROM notification WHERE kind = 'form_overrun'")
    assert sorted(row.user for row in told) == await staff_of(Role.LEAD)
    assert told


async def test_what_is_spam_anyhow_leaves_room_for_customers(written: str, browser: Browser) -> None:
    await execute("UPDATE web_form SET hourly_limit = 2")
    for number in range(3):
        await send(browser, written, text=f"Klick {number}", further_note="x")
    await send(browser, written, text="Wann kommen Sie?")
    assert (await filed()).reason == ""


async def test_the_limit_of_a_form_is_set_by_who_keeps_it(written: str, site: Desk, browser: Browser) -> None:
    form_id = await fetch_value("SELECT id FROM web_form")
    await browser.log_in(site.cast.eva)
    changed = await browser.api("PATCH", f"/web-forms/{form_id}", {"hourly_limit": 5})
    assert changed.json()["hourly_limit"] == 5
    refused = await browser.api("PATCH", f"/web-forms/{form_id}", {"hourly_limit": 0})
    assert refused.status_code == 422
    assert await fetch_value("SELECT hourly_limit FROM web_form WHERE id = $1", form_id) == 5


@pytest.mark.parametrize("known_by", ["phone", "customer_number"])
async def test_who_was_restricted_since_is_the_officers_also_if_known_by_number_alone(
    known_by: str, written: str, site: Desk, browser: Browser
) -> None:
    await execute("INSERT INTO phone_number (person, number, position) VALUES ($1, '+49911777', 0)", site.anna)
    number = await fetch_value("SELECT number FROM customer WHERE id = $1", site.groessmann)
    said = {"phone": "0911 777"} if known_by == "phone" else {"customer_number": str(number).lower()}
    await send(browser, written, email="neu@anders.example", further_note="x", **said)
    entry = await filed()
    if known_by == "phone":
        await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", site.anna, NOW)
    else:
        await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", site.groessmann, NOW)
    assert (await spam())[0] == []
    assert [row.id for row in await waiting_mails(["quarantine", "officer"])] == [entry.id]
    with pytest.raises(NotFound):
        await rescue(entry.id, by=site.cast.ali.id, now=NOW)
    assert await dismiss_spam(entry.id, by=site.cast.ali.id, now=datetime.now(UTC)) == 0
