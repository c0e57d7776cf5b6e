"""Mails of customers that come in: into their enquiry, or one of their own; each once."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from crm.accounts.company import signing_secret
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound
from crm.interactions.incoming.queries import quarantined, waiting_mails
from crm.interactions.incoming.receiving import (
    file_incoming_mail,
    forget_incoming,
    receive_incoming,
    sweep_incoming,
)
from crm.interactions.incoming.sorting import dismiss_mail, open_from_mail, put_into_ticket
from crm.tickets.answering import reply
from crm.tickets.closing import close_ticket
from crm.tickets.references import reference_of
from tests.browser import Browser
from tests.mail.test_parse import report
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["desk"]
LATER = NOW + timedelta(hours=1)
ANNA = "Anna Größmann <anna@groessmann.example>"


def mail(
    text: str = "Wann kommt die Arbeitsplatte?", sender: str = ANNA, subject: str = "Lieferung", **headers: str
) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "post@kern.example", subject
    made["Message-ID"] = headers.pop("Message_ID", f"<{abs(hash((text, sender, subject, tuple(headers))))}@x.example>")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


async def take_in(made: EmailMessage | bytes, now: datetime = NOW) -> Row:
    """The mail as it stands after it was received and filed."""
    mail_id = await receive_incoming(made if isinstance(made, bytes) else made.as_bytes(), now=now)
    assert mail_id is not None
    await file_incoming_mail(mail_id, now=now)
    row = await fetch_one("SELECT * FROM incoming_mail WHERE id = $1", mail_id)
    assert row is not None
    return row


@pytest.fixture
async def box(desk: Desk) -> Desk:
    await execute("UPDATE company SET mail_from = 'post@kern.example', name = 'Kern Küchen', acknowledges_mail = true")
    await execute("UPDATE email_address SET address = 'anna@groessmann.example' WHERE person = $1", desk.anna)
    if not await fetch_value("SELECT EXISTS (SELECT FROM email_address WHERE person = $1)", desk.anna):
        await execute(
            "INSERT INTO email_address (person, address, position) VALUES ($1, 'anna@groessmann.example', 0)", desk.anna
        )
    return desk


async def messages(ticket_id: int) -> list[Row]:
    return await fetch("SELECT * FROM ticket_message WHERE ticket = $1 ORDER BY at, id", ticket_id)


async def test_a_first_mail_of_a_customer_becomes_a_routed_enquiry(box: Desk) -> None:
    row = await take_in(mail(subject="AW: Lieferung"))
    ticket = await fetch_one("SELECT * FROM ticket WHERE id = $1", row.ticket)
    assert ticket is not None
    assert (row.state, bytes(row.content), row.sender, row.text) == ("filed", b"", "", "")
    assert (ticket.customer, ticket.person, ticket.subject, ticket.channel) == (
        box.groessmann,
        box.anna,
        "Lieferung",
        "email",
    )
    assert ticket.assignee is not None
    assert ticket.opened_by is None
    assert ticket.first_response_due_at is not None
    first, said = await messages(ticket.id)
    assert (first.kind, first.text.strip(), first.by_user) == ("inbound", "Wann kommt die Arbeitsplatte?", None)
    assert (said.kind, said.is_automatic) == ("reply", True)


async def test_the_acknowledgement_is_automatic_signed_and_no_first_response(box: Desk) -> None:
    row = await take_in(mail(Message_ID="<q1@x.example>"))
    sent = await fetch_one("SELECT * FROM outbox_message WHERE dedupe_key = $1", f"received {row.ticket}")
    assert sent is not None
    assert (sent.status, sent.to_address, sent.in_reply_to) == ("queued", "anna@groessmann.example", "<q1@x.example>")
    assert reference_of(row.ticket, await signing_secret()) in sent.subject
    assert "auto-replied" in str(sent.headers)
    assert "automatisch" in sent.text
    assert await fetch_value("SELECT first_responded_at FROM ticket WHERE id = $1", row.ticket) is None


async def test_a_reply_address_of_our_own_is_no_loop(box: Desk) -> None:
    row = await take_in(mail(Reply_To="Kern <POST@kern.example>"))
    sent = await fetch_value("SELECT to_address FROM outbox_message WHERE dedupe_key = $1", f"received {row.ticket}")
    assert sent == "anna@groessmann.example"


async def test_who_writes_in_her_name_and_wants_the_answer_elsewhere_learns_nothing(box: Desk) -> None:
    row = await take_in(mail(sender="x <anna@groessmann.example>", Reply_To="Spion <spion@fremd.example>"))
    sent = await fetch_one("SELECT * FROM outbox_message WHERE dedupe_key = $1", f"received {row.ticket}")
    assert sent is not None
    assert (sent.to_address, sent.to_name) == ("spion@fremd.example", "")
    for secret in ("Anna", "Größmann", "/status/"):
        assert secret not in sent.text + sent.html, secret
    own = await take_in(mail("Und sonst?"))
    sent = await fetch_one("SELECT * FROM outbox_message WHERE dedupe_key = $1", f"received {own.ticket}")
    assert sent is not None
    assert "Anna Größmann" in sent.text
    assert "/status/" in sent.text


@pytest.mark.parametrize("why", ["switched off", "wants a person", "had several", "automatic reply-to"])
async def test_who_gets_no_acknowledgement(box: Desk, why: str) -> None:
    made = mail()
    if why == "switched off":
        await execute("UPDATE company SET acknowledges_mail = false")
    elif why == "wants a person":
        await execute("UPDATE customer SET no_automatic_answers = true WHERE id = $1", box.groessmann)
    elif why == "had several":
        for number in range(3):
            await take_in(mail(f"Frage {number}"))
    else:
        made["Auto-Submitted"] = "auto-generated"
    before = await fetch_value("SELECT count(*) FROM outbox_message")
    await take_in(made)
    assert await fetch_value("SELECT count(*) FROM outbox_message") == before


async def test_who_writes_for_the_first_time_is_a_prospect_and_owed_information(box: Desk) -> None:
    row = await take_in(
        mail("Guten Tag, ich suche eine neue Küche.", '"Yıldız, Emine" <Emine@neu.example>', "Neue Küche")
    )
    made = await fetch_one(
        "SELECT c.*, p.id AS person, p.given_name, p.family_name FROM ticket k JOIN customer c ON c.id = k.customer "
        "JOIN person p ON p.id = k.person WHERE k.id = $1",
        row.ticket,
    )
    assert made is not None
    assert (made.status, made.kind, made.given_name, made.family_name, made.origin) == (
        "prospect", "person", "Emine", "Yıldız", "E-Mail",
    )  # fmt: skip
    duty = await fetch_one("SELECT status, source FROM information_duty WHERE person = $1", made.person)
    assert duty is not None
    assert (duty.status, duty.source) == ("pending", "E-Mail")
    again = await take_in(mail("Noch etwas anderes.", "emine@neu.example", "Zweite Frage"))
    assert await fetch_value("SELECT customer FROM ticket WHERE id = $1", again.ticket) == made.id


async def test_a_reply_finds_its_enquiry_by_its_headers_and_ends_the_waiting(box: Desk) -> None:
    row = await take_in(mail(Message_ID="<first@x.example>"))
    answered = await reply(row.ticket, "Am Freitag.", by=box.cast.ali.id, now=LATER, wait=True)
    ours = await fetch_one(
        "SELECT message_id, in_reply_to, subject FROM outbox_message WHERE id = $1", answered.outbox_id
    )
    assert ours is not None
    assert ours.in_reply_to == "<first@x.example>"
    body = "Danke, passt.\n\nAm 23.11.2026 um 11:00 schrieb Kern Küchen:\n> Am Freitag."
    back = await take_in(mail(body, subject="ganz anders", In_Reply_To=ours.message_id), LATER + timedelta(hours=1))
    assert (back.state, back.ticket) == ("filed", row.ticket)
    last = (await messages(row.ticket))[-1]
    assert (last.kind, last.text, "Am Freitag." in last.quoted) == ("inbound", "Danke, passt.", True)
    assert await fetch_value("SELECT status FROM ticket WHERE id = $1", row.ticket) == "open"


async def test_a_colleague_of_the_customer_answers_and_is_named(box: Desk) -> None:
    row = await take_in(mail())
    ours = await fetch_value("SELECT message_id FROM outbox_message WHERE dedupe_key = $1", f"received {row.ticket}")
    back = await take_in(mail("Ich übernehme das.", "Max <max@groessmann.example>", References=f"<other@x> {ours}"))
    assert back.ticket == row.ticket
    last = (await messages(row.ticket))[-1]
    assert (last.sender, last.person_id) == ("max@groessmann.example", None)
    assert await fetch_value("SELECT count(*) FROM customer WHERE name LIKE 'Max%'") == 0


async def test_a_stranger_who_knows_a_number_gets_into_nobodys_enquiry(box: Desk) -> None:
    row = await take_in(mail())
    for subject in (
        f"AW: [#{row.ticket}]",
        f"Zu {reference_of(row.ticket, await signing_secret())}",
        f"wegen #{row.ticket}",
    ):
        strange = await take_in(mail(f"Hallo zu {subject}", "Fremd <fremd@spam.example>", subject))
        assert (strange.state, strange.reason, strange.named_ticket_id) == ("quarantine", "unknown_sender", row.ticket)
        assert strange.ticket is None
    assert len(await messages(row.ticket)) == 2
    assert not await fetch_value("SELECT EXISTS (SELECT FROM email_address WHERE address LIKE 'fremd@%')")


async def test_a_customer_may_name_their_own_number(box: Desk) -> None:
    row = await take_in(mail())
    assert (await take_in(mail("Noch etwas.", subject=f"zu #{row.ticket}"))).ticket == row.ticket


async def test_a_solved_enquiry_is_reopened_and_after_a_month_goes_on_in_a_new_one(box: Desk) -> None:
    row = await take_in(mail())
    ours = await fetch_value("SELECT message_id FROM outbox_message WHERE dedupe_key = $1", f"received {row.ticket}")
    await close_ticket(row.ticket, "", by=box.cast.ali.id, now=LATER)
    back = await take_in(mail("Doch noch eine Frage.", In_Reply_To=ours), LATER + timedelta(days=2))
    assert back.ticket == row.ticket
    assert await fetch_value("SELECT status FROM ticket WHERE id = $1", row.ticket) == "open"
    await close_ticket(row.ticket, "", by=box.cast.ali.id, now=LATER + timedelta(days=3))
    late = await take_in(mail("Wieder eine.", In_Reply_To=ours), LATER + timedelta(days=40))
    assert late.ticket != row.ticket
    assert await fetch_value("SELECT continues FROM ticket WHERE id = $1", late.ticket) == row.ticket


async def test_an_out_of_office_note_moves_nothing_and_is_never_answered(box: Desk) -> None:
    row = await take_in(mail())
    ours = await fetch_value("SELECT message_id FROM outbox_message WHERE dedupe_key = $1", f"received {row.ticket}")
    await reply(row.ticket, "Am Freitag.", by=box.cast.ali.id, now=LATER, wait=True)
    sent = await fetch_value("SELECT count(*) FROM outbox_message")
    back = await take_in(
        mail(
            "Ich bin bis Montag nicht da.", subject="Abwesenheitsnotiz", In_Reply_To=ours, Auto_Submitted="auto-replied"
        ),
        LATER,
    )
    assert (back.state, back.ticket) == ("filed", row.ticket)
    last = (await messages(row.ticket))[-1]
    assert (last.kind, last.is_automatic) == ("note", True)
    assert await fetch_value("SELECT status FROM ticket WHERE id = $1", row.ticket) == "waiting"
    assert await fetch_value("SELECT count(*) FROM outbox_message") == sent


async def test_a_mail_that_came_back_marks_the_answer_and_the_address_and_tells_the_writer(box: Desk) -> None:
    row = await take_in(mail())
    answered = await reply(row.ticket, "Am Freitag.", by=box.cast.ali.id, now=LATER)
    await execute("UPDATE outbox_message SET status = 'sent', message_id = '<out7@nahbar.example>', to_address = 'weg@kunde.example' "
        "WHERE id = $1", answered.outbox_id)  # fmt: skip
    await execute("UPDATE email_address SET address = 'weg@kunde.example' WHERE person = $1", box.anna)
    back = await take_in(report("4.2.2", "delayed"), LATER)
    assert back.state == "aside"
    assert await fetch_value("SELECT status FROM outbox_message WHERE id = $1", answered.outbox_id) == "sent"
    await take_in(report("5.1.1").replace(b"I could", b"We could"), LATER)
    failed = await fetch_one("SELECT status, error FROM outbox_message WHERE id = $1", answered.outbox_id)
    assert failed is not None
    assert (failed.status, failed.error[:5]) == ("failed", "5.1.1")
    assert await fetch_value("SELECT returned_at FROM email_address WHERE person = $1", box.anna) == LATER
    assert (
        await fetch_value(
            "SELECT count(*) FROM notification WHERE kind = 'mail_failed' AND \"user\" = $1", box.cast.ali.id
        )
        == 1
    )


async def test_a_made_up_report_marks_nobodys_address(box: Desk) -> None:
    await execute("UPDATE email_address SET address = 'weg@kunde.example' WHERE person = $1", box.anna)
    await take_in(report("5.1.1"))
    assert await fetch_value("SELECT returned_at FROM email_address WHERE person = $1", box.anna) is None


async def test_files_come_along_once_and_the_logo_of_a_signature_does_not(box: Desk) -> None:
    made = mail()
    made.add_attachment(b"%PDF-1.7 plan", maintype="application", subtype="pdf", filename="plan.pdf")
    made.add_attachment(b"%PDF-1.7 plan", maintype="application", subtype="pdf", filename="kopie.pdf")
    made.add_attachment(b"\x89PNG" + b"0" * 200, maintype="image", subtype="png", cid="<logo@x>")
    row = await take_in(made)
    kept = await fetch("SELECT d.* FROM document d JOIN message_document l ON l.document = d.id JOIN ticket_message m ON m.id = l.message "
        "WHERE m.ticket = $1", row.ticket)  # fmt: skip
    assert [(one.name, one.customer, one.person) for one in kept] == [("plan.pdf", box.groessmann, box.anna)]


async def test_a_restricted_persons_mail_is_for_the_officer_alone(box: Desk) -> None:
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", box.anna, NOW)
    row = await take_in(mail("Bitte löschen Sie meine Daten."))
    assert (row.state, row.ticket) == ("officer", None)
    with pytest.raises(NotFound):
        await open_from_mail(row.id, None, by=box.cast.ali.id, now=NOW)
    with pytest.raises(NotFound):
        await dismiss_mail(row.id, by=box.cast.ali.id, may_work=True, is_officer=False, now=NOW)
    await dismiss_mail(row.id, by=box.cast.sven.id, may_work=False, is_officer=True, now=NOW)


async def test_the_same_mail_comes_in_once(box: Desk) -> None:
    made = mail(Message_ID="<same@x.example>").as_bytes()
    first = await take_in(made)
    assert await receive_incoming(made, now=LATER) is None
    assert await file_incoming_mail(first.id, now=LATER) is None
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    nameless = b"From: anna@groessmann.example\r\nSubject: x\r\n\r\nohne Kennung"
    assert await receive_incoming(nameless, now=NOW) is not None
    assert await receive_incoming(nameless, now=NOW) is None


async def test_what_is_no_mail_is_refused(box: Desk) -> None:
    for raw in (b"", b"  \r\n", b"x" * 50_000_001):
        with pytest.raises(Invalid):
            await receive_incoming(raw, now=NOW)


async def test_a_mail_that_cannot_be_filed_waits_for_a_person(box: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    mail_id = await receive_incoming(mail().as_bytes(), now=NOW)

    async def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("crm.interactions.incoming.receiving.facts_of", broken)
    for _attempt in range(5):
        await sweep_incoming(NOW)
    row = await fetch_one("SELECT state, reason, sender FROM incoming_mail WHERE id = $1", mail_id)
    assert row is not None
    assert (row.state, row.reason, row.sender) == ("quarantine", "broken", "anna@groessmann.example")
    monkeypatch.undo()
    assert mail_id is not None
    ticket_id = await open_from_mail(mail_id, None, by=box.cast.ali.id, now=NOW)
    assert await fetch_value("SELECT person FROM ticket WHERE id = $1", ticket_id) == box.anna


async def test_a_waiting_mail_is_put_into_an_enquiry_by_hand_once(box: Desk) -> None:
    row = await take_in(mail())
    strange = await take_in(mail("Ich bin es, privat.", "anna@privat.example", f"zu #{row.ticket}"))
    with pytest.raises(Invalid):
        await put_into_ticket(strange.id, 999_999, by=box.cast.ali.id, now=NOW)
    await put_into_ticket(strange.id, row.ticket, by=box.cast.ali.id, now=LATER)
    assert (await messages(row.ticket))[-1].sender == "anna@privat.example"
    with pytest.raises(NotFound):
        await put_into_ticket(strange.id, row.ticket, by=box.cast.ali.id, now=LATER)


async def test_what_was_put_aside_is_forgotten_after_thirty_days(box: Desk) -> None:
    row = await take_in(mail(sender="news@shop.example", List_Unsubscribe="<mailto:x@shop.example>"))
    assert (row.state, row.reason) == ("aside", "newsletter")
    await forget_incoming(now=NOW + timedelta(days=29))
    assert await fetch_value("SELECT sender FROM incoming_mail WHERE id = $1", row.id) == "news@shop.example"
    await forget_incoming(now=NOW + timedelta(days=31))
    assert await fetch_value("SELECT sender FROM incoming_mail WHERE id = $1", row.id) == ""


async def test_the_page_shows_what_waits_and_takes_the_decision(box: Desk, browser: Browser) -> None:
    row = await take_in(mail())
    strange = await take_in(mail("Ich bin es, privat.", "anna@privat.example", f"zu #{row.ticket}"))
    await browser.log_in(box.cast.ali)
    shown = await browser.get("/incoming-mails")
    assert "anna@privat.example" in shown.text
    wrong = await browser.post(f"/incoming-mails/{strange.id}/ticket", {"ticket": "viele"})
    assert wrong.status_code == 422
    assert "viele" in wrong.text
    done = await browser.post(f"/incoming-mails/{strange.id}/ticket", {"ticket": f"#{row.ticket}"})
    assert done.status_code == 303
    await execute("UPDATE email_address SET returned_at = $2 WHERE person = $1", box.anna, NOW)
    assert "anna@groessmann.example kamen zurück" in (await browser.get(f"/customers/{box.groessmann}")).text
    page = (await browser.get(f"/tickets/{row.ticket}")).text
    assert "anna@groessmann.example kamen zurück" in page
    assert "anna@privat.example" in page
    assert "Automatische Antwort" in page


async def test_a_stranger_who_answers_a_restricted_customers_enquiry_reaches_the_officer_alone(box: Desk) -> None:
    row = await take_in(mail())
    ours = await fetch_value("SELECT message_id FROM outbox_message WHERE dedupe_key = $1", f"received {row.ticket}")
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", box.groessmann, NOW)
    before = await fetch_value("SELECT count(*) FROM customer")
    back = await take_in(mail("Von daheim.", "privat@daheim.example", In_Reply_To=ours))
    assert (back.state, back.ticket) == ("officer", None)
    assert await fetch_value("SELECT count(*) FROM customer") == before


async def test_machines_get_no_acknowledgement_even_when_somebody_opens_an_enquiry_for_them(box: Desk) -> None:
    row = await take_in(report("5.1.1"))
    assert row.state == "aside"
    await open_from_mail(row.id, box.groessmann, by=box.cast.ali.id, now=NOW)
    responder = b"Return-Path: <>\r\n" + mail("Wir sind im Urlaub.").as_bytes()
    assert (await take_in(responder)).state == "aside"
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


@pytest.mark.parametrize("header", [b"Message-ID: <a\x00b@x.example>", b"From: an\x00na@groessmann.example"])
async def test_a_nul_in_a_header_stops_nothing(box: Desk, header: bytes) -> None:
    row = await take_in(header + b"\r\nSubject: x\r\n\r\nHallo")
    assert row.state in ("filed", "quarantine")


async def test_who_was_restricted_since_is_not_shown_among_what_waits(box: Desk) -> None:
    row = await take_in(mail())
    await execute("UPDATE email_address SET address = 'anna@privat.example' WHERE person = $1", box.anna)
    await take_in(mail("Ich bin es.", "fremd@spam.example", f"zu #{row.ticket}"))
    assert await quarantined() == 1
    await execute("UPDATE email_address SET address = 'fremd@spam.example' WHERE person = $1", box.anna)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", box.anna, NOW)
    assert await quarantined() == 0
    assert await waiting_mails(["quarantine"]) == []
    (theirs,) = await waiting_mails(["officer"])
    assert theirs.state == "officer"
    with pytest.raises(NotFound):
        await open_from_mail(theirs.id, box.groessmann, by=box.cast.ali.id, now=NOW)
    with pytest.raises(NotFound):
        await dismiss_mail(theirs.id, by=box.cast.ali.id, may_work=True, is_officer=False, now=NOW)
    await dismiss_mail(theirs.id, by=box.cast.sven.id, may_work=False, is_officer=True, now=NOW)


async def test_many_mails_put_aside_hide_none_that_waits(box: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.interactions.incoming.queries.SHOWN", 2)
    row = await take_in(mail())
    await take_in(mail("Ich bin es.", "fremd@spam.example", f"zu #{row.ticket}"))
    for number in range(3):
        await take_in(mail(f"Angebot {number}", "news@shop.example", List_Unsubscribe="<mailto:x@shop.example>"))
    found = await waiting_mails(["quarantine", "aside"])
    assert [one.state for one in found] == ["aside", "aside", "quarantine"]


async def test_a_mail_without_sender_is_opened_for_a_customer_and_told_to_nobody(box: Desk) -> None:
    row = await take_in(b"Subject: Frage\r\nMessage-ID: <no@sender>\r\n\r\nWann kommt sie?")
    assert (row.state, row.reason) == ("quarantine", "no_sender")
    with pytest.raises(Invalid):
        await open_from_mail(row.id, None, by=box.cast.ali.id, now=NOW)
    ticket = await open_from_mail(row.id, box.groessmann, by=box.cast.ali.id, now=NOW)
    assert [one.kind for one in await messages(ticket)] == ["inbound"]
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


async def test_the_officer_is_led_to_what_is_theirs(box: Desk, browser: Browser) -> None:
    await browser.log_in(box.cast.sven)
    assert 'href="/incoming-mails"' in (await browser.get("/tickets")).text
    await browser.log_in(box.cast.karin)
    assert 'href="/incoming-mails"' not in (await browser.get("/tickets")).text
