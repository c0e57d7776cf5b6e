"""What a mail becomes: a message of an enquiry, a new enquiry, a prospect; and its files documents of the customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crm.customers.actions import create_customer
from crm.customers.data import MasterData, NewCustomer, PersonData
from crm.customers.documents import NewDocument, attach_document
from crm.customers.informing import owe_information
from crm.customers.tables import CustomerKind
from crm.database import execute, fetch_one, fetch_value
from crm.files.sniffing import media_type_of
from crm.interactions.addresses import Match
from crm.interactions.incoming.acknowledging import acknowledge, asker_of
from crm.interactions.incoming.bouncing import note_bounce
from crm.interactions.incoming.deciding import Place, Way
from crm.interactions.incoming.queries import our_addresses, was_asked
from crm.interactions.incoming.returning import tell_of_return
from crm.mail.boxes import ArrivedIn
from crm.mail.headers import Address
from crm.mail.message import Copy
from crm.mail.parse import Attachment, Message
from crm.tickets.answering import note_automatic_answer, receive_message
from crm.tickets.answers.giving import open_and_answer
from crm.tickets.copies import keep_recipients
from crm.tickets.forwarding import receive_from_outside
from crm.tickets.opening import NewTicket
from crm.tickets.references import plain_subject
from crm.web.forms import NOTE_LIMIT
from crm.web.i18n import _, speaking

SMALL_PICTURE = 10_000
"""Bytes: a smaller picture that the text itself shows is the logo of a signature, and no document."""
LARGEST_FILE = 20_000_000
_ORIGIN = {"de": "E-Mail", "en": "E-mail"}


async def file_mail(mail: Message, place: Place, box: ArrivedIn | None = None, *, now: datetime) -> int | None:
    """Do what was decided with what came by this letter box, in the caller's transaction; the enquiry that the mail went into, if any."""
    if place.way == Way.CAME_BACK:
        await note_bounce(mail, now=now)
        return place.ticket_id
    if place.way == Way.NOTE:
        assert place.ticket_id is not None
        await note_automatic_answer(place.ticket_id, _text(mail), now=now)
        return place.ticket_id
    if place.way == Way.OUTSIDE:
        assert place.ticket_id is not None
        await _from_outside(mail, place.ticket_id, now=now)
        return place.ticket_id
    if place.way == Way.APPEND:
        assert place.ticket_id is not None
        await append(mail, place.ticket_id, place.sender, now=now)
        return place.ticket_id
    if place.way == Way.PROSPECT:
        return await open_from(mail, await prospect_of(mail, now, box), None, box, now=now)
    if place.way == Way.OPEN:
        assert place.sender is not None
        return await open_from(mail, place.sender, place.ticket_id, box, now=now)
    return None


async def append(mail: Message, ticket_id: int, sender: Match | None, *, by: int | None = None, now: datetime) -> int:
    """The customer says more by mail, or somebody else who takes part (by a forward, or in copy): the message's id."""
    if sender is None and await was_asked(ticket_id, mail.sender.address):
        return await _from_outside(mail, ticket_id, by=by, now=now)
    message_id = await receive_message(ticket_id, _text(mail), channel="email", by=by, now=now)
    await _complete(mail, message_id, sender, now=now)
    return message_id


async def _from_outside(mail: Message, ticket_id: int, *, by: int | None = None, now: datetime) -> int:
    """What somebody outside says, to whom it was forwarded or whom the customer put in copy, with its files: never the customer's words."""
    message_id = await receive_from_outside(ticket_id, _text(mail), mail.sender.address, by=by, now=now)
    await _complete(mail, message_id, None, now=now)
    return message_id


async def open_from(
    mail: Message, sender: Match, continues: int | None, box: ArrivedIn | None = None, *, by: int | None = None, now: datetime
) -> int:  # fmt: skip
    """A new enquiry from a mail, acknowledged by itself; its id. `continues` is the solved one that it goes on from. It remembers the
    letter box, by which answers go to and fro, and has its topic and language where the mail tells nothing better."""
    language = mail.language if mail.language in _ORIGIN else box.language if box else ""
    with speaking(language or "de"):
        subject = plain_subject(mail.subject) or _text(mail).split("\n")[0][:80]
    data = NewTicket(
        sender.customer_id, subject[:300], _text(mail), channel="email", person_id=sender.person_id, language=language,
        sender=mail.sender.address, default_topic=box.topic if box else "", letter_box=box.id if box else None,
    )  # fmt: skip
    opened, is_answered = await open_and_answer(data, await asker_of(mail, continues), by=by, now=now)
    await _complete(mail, opened.message_id, sender, now=now)
    if continues is not None:
        await execute("UPDATE ticket SET continues = $2 WHERE id = $1", opened.id, continues)
    if not is_answered:
        await acknowledge(opened.id, mail, opened.case.language, now=now)
    return opened.id


async def _complete(mail: Message, message_id: int, sender: Match | None, *, now: datetime) -> None:
    """What the message was called, what it quoted, who sent it, and its files."""
    row = await fetch_one(
        "UPDATE ticket_message m SET mail_id = $2, quoted = $3, sender = $4, "
        "person_id = CASE WHEN $5::bigint IS NULL AND $6 THEN NULL ELSE coalesce($5, m.person_id) END "
        "FROM ticket k WHERE m.id = $1 AND k.id = m.ticket RETURNING k.customer",
        message_id, mail.message_id[:320], mail.quoted[:NOTE_LIMIT], mail.sender.address[:254] if sender is None else "",
        sender.person_id if sender else None, sender is None,
    )  # fmt: skip
    assert row is not None
    if sender is not None:
        await keep_recipients(
            message_id, _people(mail.to), _people(mail.cc), besides={*await our_addresses(), mail.sender.address}
        )
    await attach_files(mail, row.customer, message_id, sender.person_id if sender else None, now=now)


def _people(addresses: Sequence[Address]) -> list[Copy]:
    return [Copy(one.address, one.name) for one in addresses]


async def attach_files(
    mail: Message, customer_id: int, message_id: int, person_id: int | None, *, now: datetime
) -> None:
    for file in mail.attachments:
        if not is_decoration(file) and 0 < len(file.content) <= LARGEST_FILE:
            await _attach(file, customer_id, message_id, person_id, now=now)


async def _attach(file: Attachment, customer_id: int, message_id: int, person_id: int | None, *, now: datetime) -> None:
    kind = media_type_of(file.content, file.name)
    attached = await attach_document(
        customer_id, NewDocument(file.name, file.content, kind, person_id), by=None, now=now
    )
    await execute(
        "INSERT INTO message_document (message, document) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        message_id,
        attached.document_id,
    )


def is_decoration(file: Attachment) -> bool:
    """Whether a file is only the look of the mail: a small picture that its own text shows."""
    return bool(file.content_id) and file.media_type.startswith("image/") and len(file.content) < SMALL_PICTURE


async def prospect_of(mail: Message, now: datetime, box: ArrivedIn | None = None) -> Match:
    """Who writes for the first time is a prospect from now on, and owed the information about it (GDPR Art. 13)."""
    given, family = name_of(mail.sender)
    language = mail.language if mail.language in _ORIGIN else (box.language if box else "") or "de"
    person = PersonData(given_name=given, family_name=family, email=mail.sender.address, language=language)
    master = MasterData(language=language, origin=_ORIGIN[language])
    created = await create_customer(NewCustomer(CustomerKind.PERSON, None, person, master), by=None, now=now)
    assert created.person_id is not None
    await owe_information([created.person_id], _ORIGIN[language], now=now)
    await tell_of_return(created.customer_id, email=mail.sender.address, now=now)
    return Match(created.customer_id, created.person_id)


def name_of(sender: Address) -> tuple[str, str]:
    """(given name, family name) of whoever writes: as the mail says, else what stands before the "@"."""
    called = sender.name.strip("'\" ")
    if not called or "@" in called:
        called = " ".join(part for part in sender.address.partition("@")[0].replace("_", ".").split(".") if part)
        called = called.title()
    if "," in called:
        family, _comma, given = called.partition(",")
        return given.strip()[:100], family.strip()[:100]
    given, _space, family = called.rpartition(" ")
    return given.strip()[:100], (family or sender.address)[:100]


def _text(mail: Message) -> str:
    """What the customer wrote; a mail that only carries files or a quotation says so."""
    text = mail.text.strip() or mail.subject.strip()
    if not text:
        return _("(An e-mail without text.)")
    if len(text) > NOTE_LIMIT:
        return text[: NOTE_LIMIT - 200] + "\n\n" + _("(Shortened: this e-mail is longer than an enquiry can be.)")
    return text


async def customer_of(ticket_id: int) -> int | None:
    found = await fetch_value("SELECT customer FROM ticket WHERE id = $1", ticket_id)
    return int(found) if found is not None else None
