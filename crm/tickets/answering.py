"""What is said on an enquiry: our answers, notes among ourselves, and what the customer adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.accounts.audit import record
from crm.consents.sending import queue_mail
from crm.customers.data import first_address_sql, full_name_sql
from crm.customers.figures import contact_happened
from crm.customers.tables import TimelineKind
from crm.customers.timeline import more_was_said
from crm.customers.words import TICKET_STATUSES
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Invalid
from crm.mail.message import Attachment, Copy
from crm.mail.rendering import render_mail
from crm.queue import enqueue
from crm.tickets.answer_addresses import answers_for
from crm.tickets.answers.ending import take_over
from crm.tickets.answers.tables import EndedBy
from crm.tickets.closing import demand_returning, reopen
from crm.tickets.copies import chosen_copies
from crm.tickets.enclosing import enclose, enclosed_files
from crm.tickets.locking import lock_open_ticket, lock_ticket, take_routing_lock
from crm.tickets.merged import FAMILY, survivor_of
from crm.tickets.order_links import connect_named_orders
from crm.tickets.outdated import Overtaken, Seen, overtaken
from crm.tickets.product_links import connect_named_products
from crm.tickets.promising import recompute_due_times
from crm.tickets.queries import newest_message
from crm.tickets.references import reference_of
from crm.tickets.status_links import Subject, status_path_of
from crm.tickets.statuses import move
from crm.tickets.tables import OPEN_STATUSES, MessageKind, TicketStatus
from crm.web.i18n import _

NOTHING = Seen()

_ADDRESSEE = f"""
    SELECT c.name AS customer, p.id AS person_id, {full_name_sql("p")} AS person,
        u.name AS author, o.name AS company, o.secret,
        {first_address_sql("c.id", "p.id")} AS address,
        (SELECT coalesce(nullif(m.mail_id, ''), x.message_id) FROM ticket_message m LEFT JOIN outbox_message x ON x.id = m.outbox_id
            WHERE m.ticket IN {FAMILY} AND (m.mail_id <> '' OR x.id IS NOT NULL)
            AND NOT m.is_automatic AND m.kind IN ('inbound', 'reply')
            ORDER BY m.id DESC LIMIT 1) AS earlier
    FROM ticket k JOIN customer c ON c.id = k.customer LEFT JOIN person p ON p.id = k.person
    JOIN staff u ON u.id = $2 CROSS JOIN company o
    WHERE k.id = $1
"""


@dataclass(frozen=True, slots=True)
class Replied:
    """An answer that was written. `outbox_id` is None when there was no address to send it to."""

    message_id: int
    outbox_id: int | None


async def reply(
    ticket_id: int, text: str, *, by: int, now: datetime, wait: bool = False, document_ids: Sequence[int] = (),
    seen: Seen = NOTHING, cc: Sequence[str] = (),
) -> Replied:  # fmt: skip
    """Answer the customer. The first answer keeps the promise of a first response, a later one that of a next response.

    It goes out by e-mail through the gate if there is an address, these documents of the customer with it; what the gate refuses
    stays visible as refused. With `wait` the enquiry waits for the customer from now on, and its clocks stand still. `seen` is
    what the writer had in front of them. `cc`: people whom the customer wrote to together with us, and who get a copy.
    Raises NotFound, Invalid for an empty text or files that cannot go along, RuleBroken for a solved ticket, Conflict if the
    enquiry has gone on since (outdated.py): its `version` is the newest message.
    """
    _refuse_empty(text)
    async with transaction():
        ticket = await lock_open_ticket(ticket_id)
        await _refuse_outdated(ticket, seen, by)
        files = await enclosed_files(ticket.customer, document_ids, for_mail=True)
        copies = await chosen_copies(ticket_id, cc)
        message_id = await write_message(ticket, MessageKind.REPLY, text, at=now, by=by)
        await enclose(message_id, document_ids)
        outbox_id = await _send(ticket, message_id, text, files, copies, by=by, now=now)
        await _answered(ticket, now=now, status=TicketStatus.WAITING if wait else TicketStatus.OPEN)
        await contact_happened(ticket.customer, now)
        await record("ticket.replied", "ticket", ticket_id, by=by, now=now)
    return Replied(message_id, outbox_id)


async def answer_by_phone(ticket_id: int, *, at: datetime, by: int, now: datetime, text: str = "") -> None:
    """A talk that was logged on the ticket answers it as a written reply does; `at` is when it took place. The contact
    itself, with what was said, is in the history; a solved ticket is left as it is, a merged one is answered in its survivor."""
    async with transaction():
        ticket = await lock_ticket(await survivor_of(ticket_id))
        if ticket.status not in OPEN_STATUSES:
            return
        spoken_at = max(at, ticket.opened_at)
        await write_message(ticket, MessageKind.REPLY, text, at=spoken_at, by=by, channel="phone", is_ordered=False)
        await _answered(ticket, now=now, at=spoken_at, status=TicketStatus.OPEN)


async def correct_spoken_answer(ticket_id: int, *, at: datetime, by: int | None, before: str, text: str) -> None:
    """The talk that answered the enquiry was noted wrongly: what was said reads `text` from now on. That it was an answer, and
    which promise it kept, stays as it was."""
    goes_on = await survivor_of(ticket_id)
    await execute(
        f"UPDATE ticket_message m SET text = $5 FROM ticket k, ticket g WHERE k.id = $1 AND m.ticket IN {FAMILY} AND g.id = m.ticket "
        "AND m.kind = 'reply' AND m.channel = 'phone' AND m.at = greatest($2, g.opened_at) AND m.by_user = $3 AND m.text = $4",
        goes_on, at, by, before, text,
    )  # fmt: skip
    for number in {ticket_id, goes_on}:
        await more_was_said(TimelineKind.TICKET, number)


async def add_note(ticket_id: int, text: str, *, by: int, now: datetime, document_ids: Sequence[int] = ()) -> int:
    """A note among colleagues, with documents of the customer; the customer never sees it, and it stops no clock."""
    _refuse_empty(text)
    async with transaction():
        ticket = await lock_ticket(ticket_id)
        await enclosed_files(ticket.customer, document_ids, for_mail=False)
        message_id = await write_message(ticket, MessageKind.NOTE, text, at=now, by=by)
        await enclose(message_id, document_ids)
        return message_id


async def note_automatic_answer(ticket_id: int, text: str, *, now: datetime) -> int:
    """The customer's mail program answered (out of office): noted for whoever works on it. It ends no waiting, moves no clock and
    is never answered."""
    async with transaction():
        ticket = await lock_ticket(ticket_id)
        return await write_message(ticket, MessageKind.NOTE, text, at=now, by=None, channel="email", is_automatic=True)


async def note_acknowledgement(ticket_id: int, text: str, outbox_id: int, *, now: datetime) -> None:
    """The sender was told by itself that the mail arrived: it stands among the answers, and is none."""
    async with transaction():
        ticket = await lock_ticket(ticket_id)
        message_id = await write_message(
            ticket, MessageKind.REPLY, text, at=now, by=None, channel="email", is_automatic=True
        )
        await execute("UPDATE ticket_message SET outbox_id = $2 WHERE id = $1", message_id, outbox_id)


async def receive_message(
    ticket_id: int, text: str, *, channel: str = "", by: int | None, now: datetime, document_ids: Sequence[int] = ()
) -> int:
    """The customer says more: waiting ends, the next response is due from the first message that is unanswered, and a
    solved ticket is open again. What is said to a merged one is said to its survivor, by the person of the merged one."""
    _refuse_empty(text)
    async with transaction():
        await take_routing_lock()
        speaker = await fetch_value("SELECT person FROM ticket WHERE id = $1", ticket_id)
        ticket = await lock_ticket(await survivor_of(ticket_id))
        ticket_id = ticket.id
        await demand_returning(ticket, now)
        await enclosed_files(ticket.customer, document_ids, for_mail=False)
        message_id = await write_message(
            ticket, MessageKind.INBOUND, text, at=now, by=by, channel=channel or ticket.channel, person_id=speaker
        )
        await enclose(message_id, document_ids)
        await contact_happened(ticket.customer, now)
        await connect_named_orders(ticket_id, text, now=now)
        await connect_named_products(ticket_id, text, now=now)
        if ticket.status not in OPEN_STATUSES:
            await reopen(ticket, by=by, now=now)
        elif ticket.status in (TicketStatus.WAITING, TicketStatus.POSTPONED):
            await move(ticket, TicketStatus.OPEN, now=now)
        else:
            await recompute_due_times(ticket_id, now=now)
            await execute("UPDATE ticket SET version = version + 1 WHERE id = $1", ticket_id)
        await record("ticket.message_received", "ticket", ticket_id, by=by, now=now)
        if not await take_over(ticket_id, EndedBy.MESSAGE, now=now) and ticket.assignee is None:
            await enqueue("offer_waiting_tickets")
    return message_id


def _refuse_empty(text: str) -> None:
    if not text.strip():
        raise Invalid({"text": _("Please fill this in.")})


async def _refuse_outdated(ticket: Row, seen: Seen, by: int) -> None:
    newest = await newest_message(ticket.id, besides=by) if seen.message_id else 0
    what = overtaken(seen, newest_message=newest, ticket=ticket, by=by)
    if what is None:
        return
    if what == Overtaken.MESSAGE:
        sentence = _("Something new came in while you were writing.")
    elif what == Overtaken.ASSIGNEE:
        name = await fetch_value("SELECT name FROM staff WHERE id = $1", ticket.assignee)
        sentence = _("%(name)s has this enquiry now.") % {"name": name}
    else:
        sentence = _("This enquiry was put aside while you were writing: %(status)s.") % {
            "status": _(TICKET_STATUSES[ticket.status])
        }
    raise Conflict(sentence, version=max(newest, seen.message_id))


async def write_message(
    ticket: Row,
    kind: MessageKind,
    text: str,
    *,
    at: datetime,
    by: int | None,
    channel: str = "",
    person_id: int | None = None,
    is_ordered: bool = True,
    is_automatic: bool = False,
) -> int:
    """Write what was said on a locked ticket, by this person of the customer's; the message's id. Messages of a ticket have strictly
    rising times, whatever the clocks of two servers say: what is unanswered is told by them. A talk that is entered late keeps its own
    time."""
    message_id = int(
        await fetch_value(
            "INSERT INTO ticket_message (ticket, kind, channel, by_user, person_id, text, at, is_automatic) "
            "SELECT $1, $2, $3, $4, $5, $6, CASE WHEN $8 THEN greatest($7::timestamptz, (SELECT max(m.at) FROM ticket_message m "
            "WHERE m.ticket = $1) + interval '1 microsecond') ELSE $7 END, $9 RETURNING id",
            ticket.id,
            kind.value,
            channel,
            by,
            person_id,
            text,
            at,
            is_ordered,
            is_automatic,
        )
    )
    await more_was_said(TimelineKind.TICKET, ticket.id)
    return message_id


async def _answered(ticket: Row, *, now: datetime, status: TicketStatus, at: datetime | None = None) -> None:
    """Note the first response, and give the ticket its next status."""
    if ticket.first_responded_at is None:
        await execute("UPDATE ticket SET first_responded_at = $2 WHERE id = $1", ticket.id, at or now)
    await move(ticket, status, now=now)
    if status == TicketStatus.WAITING and ticket.status != TicketStatus.WAITING:
        await enqueue("offer_waiting_tickets")


async def addressee_of(ticket_id: int, by: int) -> Row:
    """To whom an answer of this member of staff goes: `address` (None without one), `person_id`, `person`, `customer`; and the
    Message-ID of what was said last (`earlier`)."""
    row = await fetch_one(_ADDRESSEE, ticket_id, by)
    assert row is not None
    return row


async def _send(
    ticket: Row,
    message_id: int,
    text: str,
    files: Sequence[Attachment],
    copies: Sequence[Copy],
    *,
    by: int,
    now: datetime,
) -> int | None:
    """Queue the answer as a mail and note it on the message; None if there is no address."""
    to = await addressee_of(ticket.id, by)
    if not to.address:
        await execute("UPDATE ticket_message SET channel = $2 WHERE id = $1", message_id, ticket.channel)
        return None
    link = await status_path_of(Subject.TICKET, ticket.id, bytes(to.secret))
    mail = render_mail(
        "ticket_reply", ticket.language, number=ticket.id, reference=reference_of(ticket.id, bytes(to.secret)),
        ticket_subject=ticket.subject, reply=text, author=to.author, company=to.company, link=link,
    )  # fmt: skip
    outbox_id = await queue_mail(
        purpose="service", to_address=to.address, to_name=to.person or to.customer, subject=mail.subject, text=mail.text,
        html=mail.html, language=ticket.language, now=now, by=by, person_id=to.person_id, customer_id=ticket.customer,
        dedupe_key=f"ticket message {message_id}", in_reply_to=to.earlier or "", attachments=files,
        copies=copies, answers=await answers_for(ticket.id),
    )  # fmt: skip
    await execute("UPDATE ticket_message SET channel = 'email', outbox_id = $2 WHERE id = $1", message_id, outbox_id)
    return outbox_id
