"""Petra writes to customers: through the gate, into the outbox, into the history; once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.consents.actions import record_event
from crm.consents.sending import Outcome, send_message, sweep_outbox
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.documents import NewDocument, attach_document
from crm.customers.history import history_of
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound
from crm.interactions.mails.queries import desk_for, mail_behind
from crm.interactions.mails.telling import tell_writers
from crm.interactions.mails.writing import NewMail, demand_permission, send_again, write_mail
from tests.cast import Cast, introduce
from tests.consents import conftest as clients
from tests.consents.conftest import Client
from tests.mail.conftest import Postman, use

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def to(client: Client, **fields: Any) -> NewMail:
    mail = NewMail(
        client.customer,
        client.person,
        client.email,
        "correspondence",
        "de",
        "Ihre Küche",
        "{Anrede}\n\ndanke für das Gespräch.",
    )
    return replace(mail, **fields)


async def outbox(outbox_id: int) -> Row:
    row = await fetch_one("SELECT * FROM outbox_message WHERE id = $1", outbox_id)
    assert row is not None
    return row


async def test_a_mail_leaves_as_it_was_shown_and_stands_in_the_history(
    cast: Cast, anna: Client, signed: None, post_office: Postman
) -> None:
    await execute("UPDATE company SET imprint = 'Küchen Kern GmbH'")
    written = await write_mail(to(anna), by=cast.petra.id, now=NOW)

    assert await send_message(written.outbox_id, now=NOW) == Outcome.SENT

    [mail] = post_office.received
    assert (mail["from"], mail["to"]) == ("Küchen Kern <crm@kern.example>", "Anna Größmann <Anna@groessmann.example>")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == (
        "Sehr geehrte Frau Größmann,\n\ndanke für das Gespräch.\n\nHerzliche Grüße\nPetra Lang\n\n-- \nKüchen Kern GmbH\n"
    )
    assert "Herzliche Grüße<br>" in html.get_content()
    contact = await fetch_one("SELECT * FROM interaction WHERE id = $1", written.interaction_id)
    assert contact is not None
    assert (contact.channel, contact.direction, contact.by_user) == ("email", "outbound", cast.petra.id)
    assert contact.text == "Ihre Küche\n\nSehr geehrte Frau Größmann,\n\ndanke für das Gespräch."
    [line] = (await history_of(anna.customer)).entries
    assert (line.kind, line.id, line.detail["delivery"]) == ("interaction", written.interaction_id, "sent")
    behind = await mail_behind(written.interaction_id)
    assert behind is not None
    assert behind.status == "sent"
    assert "Herzliche Grüße" in behind.text


async def test_writing_is_a_personal_contact(cast: Cast, anna: Client) -> None:
    await write_mail(to(anna, follow_up_at=NOW + timedelta(days=2)), by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT last_contact_at FROM customer_figures WHERE customer = $1", anna.customer) == NOW
    assert await fetch_value("SELECT due_at FROM reminder WHERE customer = $1", anna.customer) == NOW + timedelta(
        days=2
    )
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'mail.written'") == 1


async def test_documents_go_along(cast: Cast, anna: Client, post_office: Postman) -> None:
    plan = NewDocument("Plan Küche ß.pdf", b"%PDF-1.7 plan", "application/pdf")
    letter = NewDocument("alt.eml", b"From: x\r\n\r\ny", "message/rfc822")
    ids = [
        (await attach_document(anna.customer, each, by=cast.petra.id, now=NOW)).document_id for each in (plan, letter)
    ]
    written = await write_mail(to(anna, document_ids=tuple(ids)), by=cast.petra.id, now=NOW)
    await execute("UPDATE document SET deleted_at = now()")  # what goes along is held by the mail itself
    assert await send_message(written.outbox_id, now=NOW) == Outcome.SENT
    [mail] = post_office.received
    files = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    assert files == {"Plan Küche ß.pdf": b"%PDF-1.7 plan", "alt.eml": b"From: x\r\n\r\ny"}


async def test_files_that_are_too_many_or_somebody_elses_are_refused(cast: Cast, anna: Client, studio: Client) -> None:
    big = NewDocument("gross.bin", b"x" * 20, "application/octet-stream")
    document = (await attach_document(anna.customer, big, by=cast.petra.id, now=NOW)).document_id
    with pytest.raises(Invalid) as refused:
        await write_mail(to(studio, document_ids=(document,)), by=cast.petra.id, now=NOW)
    assert set(refused.value.errors) == {"documents"}
    await execute("UPDATE document SET size = 16000000 WHERE id = $1", document)
    with pytest.raises(Invalid) as refused:
        await write_mail(to(anna, document_ids=(document,)), by=cast.petra.id, now=NOW)
    assert "16 MB" in refused.value.errors["documents"]


async def test_advertising_needs_consent_and_the_refusal_is_on_record(cast: Cast, anna: Client) -> None:
    advert = to(anna, purpose="offers")
    with pytest.raises(Invalid) as refused:
        await demand_permission(advert, by=cast.petra.id, now=NOW)
    assert "Es wurde nichts verschickt" in refused.value.errors["purpose"]
    assert "Korrespondenz" in refused.value.errors["purpose"]
    rows = await fetch("SELECT status, purpose FROM outbox_message")
    assert [(row.status, row.purpose) for row in rows] == [("refused", "offers")]
    assert await fetch_value("SELECT count(*) FROM interaction") == 0
    await record_event(
        person_id=anna.person, purpose="offers", channel="email", event=ConsentEventKind.GIVEN, source=ConsentSource.PAPER,
        wording_version=1, by=cast.petra.id, now=NOW,
    )  # fmt: skip
    await demand_permission(advert, by=cast.petra.id, now=NOW)
    assert (await outbox((await write_mail(advert, by=cast.petra.id, now=NOW)).outbox_id)).status == "queued"


async def test_who_objected_to_letters_gets_none(cast: Cast, anna: Client) -> None:
    await record_event(
        person_id=anna.person, purpose="correspondence", channel="email", event=ConsentEventKind.OBJECTED,
        source=ConsentSource.PHONE, by=cast.petra.id, now=NOW,
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await demand_permission(to(anna), by=cast.petra.id, now=NOW)
    assert "Widerspruch" in refused.value.errors["purpose"]
    await demand_permission(to(anna, purpose="service"), by=cast.petra.id, now=NOW)


@pytest.mark.parametrize("purpose", ["account", "privacy", "newsletter", "survey", "", "x" * 50])
async def test_what_is_not_for_letters_is_refused(cast: Cast, anna: Client, purpose: str) -> None:
    with pytest.raises(Invalid):
        await demand_permission(to(anna, purpose=purpose), by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


@pytest.mark.parametrize(
    "address", ["emre@yildiz.example", "", "anna@groessmann.example\r\nBcc: x@y.example", "kein", "info@yildiz.example"]
)
async def test_only_addresses_of_the_customer_are_written_to(
    cast: Cast, anna: Client, studio: Client, address: str
) -> None:
    for person in (anna.person, None, studio.person):
        with pytest.raises(Invalid) as refused:
            await write_mail(to(anna, address=address, person_id=person), by=cast.petra.id, now=NOW)
        assert "to" in refused.value.errors


async def test_no_header_can_be_smuggled_in(cast: Cast, anna: Client, post_office: Postman) -> None:
    written = await write_mail(to(anna, subject="Hallo\r\nBcc: x@y.example\r\n\r\nText"), by=cast.petra.id, now=NOW)
    await send_message(written.outbox_id, now=NOW)
    [mail] = post_office.received
    assert mail["bcc"] is None
    assert mail["subject"] == "Hallo Bcc: x@y.example Text"
    assert post_office.recipients == ["Anna@groessmann.example"]


async def test_gaps_and_placeholders_without_a_value_are_named(cast: Cast, anna: Client) -> None:
    text = "{Anrede} {meine Telefonnummer} {?Termin}"
    with pytest.raises(Invalid) as refused:
        await write_mail(to(anna, text=text, subject="{Angebotsnummer}"), by=cast.petra.id, now=NOW)
    assert "{?Termin}" in refused.value.errors["text"]
    assert "Telefonnummer" in refused.value.errors["text"]
    assert "Angebot" in refused.value.errors["subject"]


@pytest.mark.parametrize("column", ["restricted_at", "deleted_at"])
async def test_nobody_writes_to_a_hidden_customer(cast: Cast, anna: Client, column: str) -> None:
    await execute(f"UPDATE customer SET {column} = now() WHERE id = $1", anna.customer)
    with pytest.raises(NotFound):
        await write_mail(to(anna), by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


async def test_a_restricted_person_is_not_among_the_recipients(cast: Cast, studio: Client) -> None:
    await execute("UPDATE person SET restricted_at = now() WHERE id = $1", studio.person)
    desk = await desk_for(cast.petra.id, studio.customer)
    assert [each.address for each in desk.recipients] == ["info@yildiz.example"]


async def test_the_same_words_go_out_once_a_day(cast: Cast, anna: Client) -> None:
    first = await write_mail(to(anna), by=cast.petra.id, now=NOW)
    again = await write_mail(to(anna), by=cast.petra.id, now=NOW + timedelta(minutes=1))
    assert (again.interaction_id, again.is_new) == (first.interaction_id, False)
    assert (await write_mail(to(anna), by=cast.petra.id, now=NOW + timedelta(days=1))).is_new
    assert (await write_mail(to(anna), by=cast.eva.id, now=NOW)).is_new


async def test_who_wrote_is_told_once_that_a_mail_failed(cast: Cast, anna: Client, post_office: Postman) -> None:
    post_office.answers = ["550 no such user"]
    written = await write_mail(to(anna), by=cast.petra.id, now=NOW)
    assert await send_message(written.outbox_id, now=NOW) == Outcome.FAILED
    assert [await tell_writers(NOW) for _ in range(2)] == [1, 0]
    note = await fetch_one("SELECT * FROM notification WHERE kind = 'mail_failed'")
    assert note is not None
    assert note.user == cast.petra.id
    assert note.link == f"/interactions/{written.interaction_id}"
    [line] = (await history_of(anna.customer)).entries
    assert line.detail["delivery"] == "failed"
    await send_again(written.interaction_id, by=cast.petra.id, now=NOW)
    assert await send_message(written.outbox_id, now=NOW) == Outcome.SENT


async def test_a_withdrawal_before_it_leaves_stops_it(cast: Cast, anna: Client, post_office: Postman) -> None:
    written = await write_mail(to(anna), by=cast.petra.id, now=NOW)
    await record_event(
        person_id=anna.person, purpose="correspondence", channel="email", event=ConsentEventKind.OBJECTED,
        source=ConsentSource.PHONE, by=cast.petra.id, now=NOW,
    )  # fmt: skip
    await sweep_outbox(NOW + timedelta(minutes=1))
    assert post_office.received == []
    behind = await mail_behind(written.interaction_id)
    assert behind is not None
    assert behind.status == "refused"
    assert "Widerspruch" in behind.because
    assert await tell_writers(NOW) == 1


async def test_two_tabs_at_the_same_moment_send_one_mail(own_database: str, postman: Postman) -> None:
    cast = await introduce()
    await use(postman.port)
    row = await clients.customer("Anna Größmann", "person", "T-1")
    person = await clients.person_at(row, "Anna", "Größmann", "anna@groessmann.example", is_self=True)
    mail = to(Client(row, person, "anna@groessmann.example"))
    written = await asyncio.gather(*(write_mail(mail, by=cast.petra.id, now=NOW) for _ in range(4)))
    assert len({each.interaction_id for each in written}) == 1
    assert sum(each.is_new for each in written) == 1
    await sweep_outbox(NOW)
    assert len(postman.received) == 1
    assert await fetch_value("SELECT count(*) FROM interaction") == 1
