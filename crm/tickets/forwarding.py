"""Forwarding what an enquiry is about: to an outside address by mail, whose answer comes back into the enquiry; to a colleague as a
notification with a link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import record
from crm.accounts.permissions import Role
from crm.consents.sending import queue_mail
from crm.database import Row, execute, fetch_one, transaction
from crm.errors import Invalid
from crm.mail.rendering import render_mail
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.tickets.answer_addresses import answers_for
from crm.tickets.answering import add_note, addressee_of, write_message
from crm.tickets.enclosing import enclose, enclosed_files
from crm.tickets.forms import numbers
from crm.tickets.locking import lock_ticket
from crm.tickets.merged import FAMILY, survivor_of
from crm.tickets.references import reference_of
from crm.tickets.tables import MessageKind
from crm.web.forms import NOTE_LIMIT, Fields
from crm.web.i18n import LANGUAGES, _


@dataclass(frozen=True, slots=True)
class Forward:
    """What is passed on: to an address outside the company (`to`), or to a colleague."""

    to: str
    colleague_id: int | None
    subject: str
    text: str
    language: str = "de"
    document_ids: tuple[int, ...] = ()


def parse_forward(values: Mapping[str, Any], ticked: Sequence[str] = ()) -> Forward:
    """As it was typed. Raises Invalid with all errors."""
    fields = Fields(values)
    colleague_id = fields.reference("colleague_id")
    to = fields.email("to")
    if bool(to) == bool(colleague_id) and not fields.errors:
        fields.error("to", _("Say to whom it goes: an e-mail address, or a colleague."))
    forward = Forward(
        to=to, colleague_id=colleague_id, subject=fields.text("subject", required=bool(to), limit=300),
        text=fields.text("text", required=True, limit=NOTE_LIMIT, many_lines=True),
        language=fields.one_of("language", LANGUAGES, "de"), document_ids=numbers(ticked),
    )  # fmt: skip
    fields.check()
    return forward


async def forward(ticket_id: int, what: Forward, *, by: int, now: datetime) -> int:
    """Pass it on; the id of the message in the conversation. Outside it goes by mail through the gate, for the purpose of the
    enquiry: what is restricted goes nowhere, and a refusal stays visible. It is no answer to the customer: no clock stops. A
    colleague, also one who was named by their address, gets a notification with a link, and what was said stays as a note.

    One that was merged is forwarded where it goes on.

    Raises NotFound, Invalid for the customer's own address, files that cannot go along, or a colleague who is not there.
    """
    async with transaction():
        ticket = await lock_ticket(await survivor_of(ticket_id))
        colleague = await _colleague(what)
        if colleague is not None:
            await _refuse_restricted(ticket, colleague)
            return await _show(ticket, colleague, what, by=by, now=now)
        await _refuse_the_customers_own(ticket, what.to)
        files = await enclosed_files(ticket.customer, what.document_ids, for_mail=True)
        message_id = await write_message(ticket, MessageKind.FORWARD, what.text, at=now, by=by, channel="email")
        await enclose(message_id, what.document_ids)
        ours = await addressee_of(ticket.id, by)
        mail = render_mail(
            "ticket_forward", what.language, subject_line=what.subject, reference=reference_of(ticket.id, bytes(ours.secret)),
            body=what.text, author=ours.author, company=ours.company,
        )  # fmt: skip
        # Person and customer are whose data it tells of: the gate refuses what is restricted, when it is written and when it leaves.
        outbox_id = await queue_mail(
            purpose="service", to_address=what.to, subject=mail.subject, text=mail.text, html=mail.html, language=what.language,
            now=now, by=by, person_id=ticket.person, customer_id=ticket.customer, dedupe_key=f"ticket message {message_id}",
            attachments=files, answers=await answers_for(ticket.id),
        )  # fmt: skip
        await execute("UPDATE ticket_message SET outbox_id = $2 WHERE id = $1", message_id, outbox_id)
        await record("ticket.forwarded", "ticket", ticket.id, by=by, now=now, fields={"recipient": what.to})
        return message_id


async def _colleague(what: Forward) -> Row | None:
    """The member of staff who is meant. Raises Invalid for one who is not there any more."""
    row = await fetch_one(
        "SELECT id, name, role FROM staff WHERE deactivated_at IS NULL AND (id = $1 OR $1 IS NULL AND lower(email) = lower($2))",
        what.colleague_id, what.to,
    )  # fmt: skip
    if row is None and what.colleague_id is not None:
        raise Invalid({"colleague_id": _("This colleague is not there any more. Choose somebody else.")})
    return row


async def _refuse_restricted(ticket: Row, colleague: Row) -> None:
    """Of restricted customers the data protection officer alone hears: a notification would tell others their name."""
    restricted = await fetch_one("SELECT restricted_at IS NOT NULL AS it FROM customer WHERE id = $1", ticket.customer)
    if restricted is not None and restricted.it and colleague.role != Role.DPO:
        raise Invalid({"colleague_id": _("The data of this customer are restricted. Nobody else may be told of them.")})


async def _refuse_the_customers_own(ticket: Row, address: str) -> None:
    own = await fetch_one(
        "SELECT 1 AS one FROM email_address e WHERE lower(e.address) = lower($2) AND (e.customer = $1 OR e.person = $3 OR e.person IN "
        "(SELECT a.person FROM affiliation a WHERE a.customer = $1)) LIMIT 1",
        ticket.customer, address, ticket.person,
    )  # fmt: skip
    if own is not None:
        raise Invalid({"to": _("This is an address of the customer. Write an answer instead.")})


async def _show(ticket: Row, colleague: Row, what: Forward, *, by: int, now: datetime) -> int:
    note = _("For %(name)s: %(text)s") % {"name": colleague.name, "text": what.text}
    message_id = await add_note(ticket.id, note, by=by, now=now, document_ids=what.document_ids)
    ours = await addressee_of(ticket.id, by)
    await notify(
        colleague.id, Kind.TICKET_SHOWN,
        detail={"number": ticket.id, "subject": ticket.subject, "customer": ours.customer, "from": ours.author},
        link=f"/tickets/{ticket.id}#message-{message_id}", now=now,
    )  # fmt: skip
    await record("ticket.shown", "ticket", ticket.id, by=by, now=now)
    return message_id


async def receive_from_outside(ticket_id: int, text: str, sender: str, *, by: int | None = None, now: datetime) -> int:
    """Somebody to whom the enquiry was forwarded answers: kept beside the conversation, never as the customer's words. No clock
    moves and nothing is reopened; whoever forwarded it and whoever has it now are told. The message's id. Raises NotFound."""
    async with transaction():
        ticket = await lock_ticket(await survivor_of(ticket_id))
        ticket_id = ticket.id
        message_id = await write_message(ticket, MessageKind.OUTSIDE, text, at=now, by=by, channel="email")
        await execute("UPDATE ticket_message SET sender = $2 WHERE id = $1", message_id, sender[:254])
        await execute("UPDATE ticket SET version = version + 1 WHERE id = $1", ticket_id)
        row = await fetch_one(
            "SELECT c.name AS customer, (SELECT m.by_user FROM ticket_message m JOIN staff s ON s.id = m.by_user "
            f"AND s.deactivated_at IS NULL WHERE m.ticket IN {FAMILY} AND m.kind = 'forward' ORDER BY m.id DESC LIMIT 1) AS asked "
            "FROM ticket k JOIN customer c ON c.id = k.customer WHERE k.id = $1",
            ticket_id,
        )  # fmt: skip
        assert row is not None
        detail = {"number": ticket_id, "subject": ticket.subject, "customer": row.customer, "who": sender}
        for user_id in sorted({each for each in (row.asked, ticket.assignee) if each is not None}):
            await notify(
                user_id,
                Kind.OUTSIDER_ANSWERED,
                detail=detail,
                link=f"/tickets/{ticket_id}#message-{message_id}",
                now=now,
            )
        await record("ticket.outsider_answered", "ticket", ticket_id, by=by, now=now)
        return message_id
