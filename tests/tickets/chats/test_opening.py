"""An enquiry from a chat: both sides at their times, the clocks from the customer's first word, after a look at who is who."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.database import Row, fetch, fetch_one, fetch_value
from crm.errors import Invalid
from crm.tickets.chats.keeping import Talk, open_chat
from crm.tickets.chats.reading import read_chat
from crm.tickets.opening import NewTicket
from tests.browser import Browser
from tests.tickets.conftest import Desk, desk

__all__ = ["desk"]
TEXT = "09:10 Support Bot: Willkommen!\n09:12 Anna: Wo bleibt die Arbeitsplatte?\n09:15 Ali: Sie kommt am Dienstag.\n09:16 Anna: Danke!"
LATER = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


async def ticket(ticket_id: int) -> Row:
    row = await fetch_one("SELECT * FROM ticket WHERE id = $1", ticket_id)
    assert row is not None
    return row


async def said(ticket_id: int) -> list[tuple[str, str, str, bool]]:
    rows = await fetch(
        "SELECT kind, text, to_char(at AT TIME ZONE 'Europe/Berlin', 'HH24:MI') AS at, is_automatic FROM ticket_message "
        "WHERE ticket = $1 ORDER BY ticket_message.at, id",
        ticket_id,
    )
    return [(row.kind, row.text, row.at, row.is_automatic) for row in rows]


async def test_each_message_stands_on_its_side_at_its_time(desk: Desk) -> None:
    talk = Talk(read_chat(TEXT.replace("Support Bot", "Bot")), ["Anna"], LATER.date())
    new = NewTicket(desk.groessmann, "Chat", TEXT, person_id=desk.anna)
    opened = await open_chat(new, talk, by=desk.cast.ali.id, now=LATER)
    assert await said(opened.id) == [
        ("reply", "Willkommen!", "09:10", True),
        ("inbound", "Wo bleibt die Arbeitsplatte?", "09:12", False),
        ("reply", "Sie kommt am Dienstag.", "09:15", False),
        ("inbound", "Danke!", "09:16", False),
    ]
    row = await ticket(opened.id)
    assert row.channel == "chat"
    assert row.opened_at == datetime(2026, 11, 23, 8, 12, tzinfo=UTC)
    assert row.first_responded_at == datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
    assert row.status == "open"
    assert row.next_response_due_at is not None
    entry = await fetch_one("SELECT at, body FROM timeline_entry WHERE kind = 'ticket' AND ref_id = $1", opened.id)
    assert entry is not None
    assert (entry.at, "Dienstag" in entry.body) == (row.opened_at, True)


async def test_without_an_answer_in_it_the_first_response_is_still_owed(desk: Desk) -> None:
    talk = Talk(read_chat("09:12 Anna: Wo bleibt sie?\n09:14 Anna: Hallo?"), ["Anna"], LATER.date())
    opened = await open_chat(NewTicket(desk.groessmann, "Chat", "Wo?"), talk, by=desk.cast.ali.id, now=LATER)
    row = await ticket(opened.id)
    assert (row.status, row.first_responded_at) == ("new", None)
    assert row.first_response_due_at is not None


async def test_a_chat_of_tomorrow_and_one_without_a_customer_are_refused(desk: Desk) -> None:
    new = NewTicket(desk.groessmann, "Chat", TEXT)
    tomorrow = (LATER + timedelta(days=1)).date()
    with pytest.raises(Invalid) as future:
        await open_chat(new, Talk(read_chat(TEXT), ["Anna"], tomorrow), by=desk.cast.ali.id, now=LATER)
    assert list(future.value.errors) == ["chat_on"]
    with pytest.raises(Invalid) as nobody:
        await open_chat(new, Talk(read_chat(TEXT), [], LATER.date()), by=desk.cast.ali.id, now=LATER)
    assert list(nobody.value.errors) == ["chat_customer"]
    assert await fetch_value("SELECT count(*) FROM ticket") == 0


async def test_the_form_shows_who_is_who_before_anything_is_kept(desk: Desk, browser: Browser) -> None:
    await browser.log_in(desk.cast.ali)
    form = {
        "customer_id": str(desk.groessmann),
        "subject": "Chat",
        "text": TEXT,
        "channel": "chat",
        "chat_on": "2026-11-20",
    }
    first = await browser.post("/tickets", form)
    assert first.status_code == 200
    assert await fetch_value("SELECT count(*) FROM ticket") == 0
    assert "Wer davon ist der Kunde?" in first.text
    mark = first.text.split('name="chat_seen" value="')[1].split('"')[0]
    done = await browser.post("/tickets", form | {"chat_seen": mark, "chat_customer": "Anna"})
    ticket_id = int(done.headers["location"].split("/")[2].split("?")[0])
    assert [kind for kind, *_rest in await said(ticket_id)] == ["reply", "inbound", "reply", "inbound"]
    changed = await browser.post("/tickets", form | {"text": TEXT + "\n09:17 Eva: Gern", "chat_seen": mark})
    assert changed.status_code == 200
    as_one = await browser.post("/tickets", form | {"chat_as": "text"})
    assert [
        text for _kind, text, *_rest in await said(int(as_one.headers["location"].split("/")[2].split("?")[0]))
    ] == [TEXT]


async def test_a_chat_comes_over_the_api_as_text_or_as_messages(desk: Desk, browser: Browser) -> None:
    await browser.log_in(desk.cast.ali)
    body = {"customer_id": desk.groessmann, "subject": "Chat"}
    made = await browser.api(
        "POST", "/tickets", body | {"chat": {"text": TEXT, "customers": ["Anna"], "on": "2026-11-20"}}
    )
    assert made.status_code == 201
    assert [one["kind"] for one in made.json()["messages"]] == ["reply", "inbound", "reply", "inbound"]
    messages = [
        {"text": "Hallo?", "at": "2026-11-20T08:00:00Z"},
        {"text": "Ja?", "at": "2026-11-20T08:01:00Z", "direction": "outbound"},
    ]
    made = await browser.api("POST", "/tickets", body | {"chat": {"messages": messages}})
    assert [one["text"] for one in made.json()["messages"]] == ["Hallo?", "Ja?"]
    assert made.json()["first_responded_at"].startswith("2026-11-20T08:01")


async def test_files_come_along_when_an_enquiry_is_opened(desk: Desk, browser: Browser) -> None:
    await browser.log_in(desk.cast.petra)
    form = {"customer_id": str(desk.groessmann), "subject": "Maße", "text": "Siehe Plan.", "channel": "letter"}
    program = [("file", ("hilfe.exe", b"MZ" + bytes(100), "application/octet-stream"))]
    wrong = await browser.post("/tickets", form, files=program)
    assert wrong.status_code == 422
    assert "Siehe Plan." in wrong.text
    assert await fetch_value("SELECT count(*) FROM ticket") == 0
    plan = [("file", ("Maße.pdf", b"%PDF-1.7 Plan", "application/pdf"))]
    done = await browser.post("/tickets", form, files=plan)
    assert done.status_code == 303
    found = "SELECT d.name FROM message_document l JOIN document d ON d.id = l.document"
    assert await fetch_value(found) == "Maße.pdf"
    document = await fetch_value("SELECT id FROM document")
    body = {"customer_id": desk.groessmann, "subject": "Maße", "document_ids": [document]}
    made = await browser.api("POST", "/tickets", body)
    assert made.status_code == 201
    assert await fetch_value("SELECT count(*) FROM message_document WHERE document = $1", document) == 2
    strange = await browser.api("POST", "/tickets", body | {"customer_id": desk.emre})
    assert strange.status_code == 422
    assert await fetch_value("SELECT count(*) FROM ticket") == 2


async def test_a_year_that_is_a_slip_is_told_and_not_stumbled_over(desk: Desk, browser: Browser) -> None:
    new = NewTicket(desk.groessmann, "Chat", TEXT)
    long_ago = (LATER - timedelta(days=367)).date()
    with pytest.raises(Invalid) as old:
        await open_chat(new, Talk(read_chat(TEXT), ["Anna"], long_ago), by=desk.cast.ali.id, now=LATER)
    assert list(old.value.errors) == ["chat_on"]

    await browser.log_in(desk.cast.ali)
    body = {"customer_id": desk.groessmann, "subject": "Chat"}
    for chat in (
        {"text": TEXT, "customers": ["Anna"], "on": "0001-01-01"},
        {"text": TEXT, "customers": ["Anna"], "on": "9999-12-31"},
        {"messages": [{"text": "Hallo?", "at": "9999-12-31T23:30:00Z"}]},
    ):
        refused = await browser.api("POST", "/tickets", body | {"chat": chat})
        assert refused.status_code == 422, chat
        assert "Jahreszahl" in refused.json()["errors"]["chat"], chat
    form = {"customer_id": str(desk.groessmann), "subject": "Chat", "channel": "chat"}
    for text in ("0001-01-01 00:10 Anna: hallo", "[31.12.9999, 23:00] Anna: a\n01:00 Bob: b"):
        assert (await browser.post("/tickets", form | {"text": text})).status_code in (200, 303, 422), text
        taken = await browser.api("POST", "/tickets", body | {"chat": {"text": text}})
        assert taken.status_code in (201, 422), text
