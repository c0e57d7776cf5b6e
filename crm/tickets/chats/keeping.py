"""An enquiry from a chat that somebody had with a customer: each message at its time and on its side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from crm.accounts.audit import record
from crm.customers.data import full_name_sql
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry
from crm.database import Row, execute, fetch, transaction
from crm.errors import Invalid
from crm.tickets.answering import write_message
from crm.tickets.chats.reading import ROBOTS, Said, folded_name, is_same_name, read_chat
from crm.tickets.chats.timing import moments
from crm.tickets.locking import lock_ticket
from crm.tickets.opening import NewTicket, Opened, open_ticket
from crm.tickets.statuses import move
from crm.tickets.tables import MessageKind, TicketStatus
from crm.web.i18n import _, zone

CHANNEL = "chat"
LONGEST_AGO = timedelta(days=366)
"""An older chat is a slip of the year: its clocks would have run out before anybody read it."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A chat as it is kept: its messages, who of their names speaks for the customer, and the day of what has none."""

    said: Sequence[Said]
    customers: Collection[str]
    on: date


async def names_around(customer_id: int | None) -> tuple[list[str], list[str]]:
    """Who may take part in a chat with a customer: the customer's name and persons, and everybody who works here."""
    rows = await fetch(
        "SELECT name, true AS is_customer FROM customer WHERE id = $1 AND restricted_at IS NULL "
        f"UNION ALL SELECT {full_name_sql('p')}, true FROM affiliation a JOIN person p ON p.id = a.person AND p.restricted_at IS NULL "
        "WHERE a.customer = $1 UNION ALL SELECT name, false FROM staff",
        customer_id,
    )  # fmt: skip
    ours = [row.name for row in rows if not row.is_customer and row.name]
    return [row.name for row in rows if row.is_customer and row.name], ours


async def chat_of(text: str, customer_id: int | None) -> tuple[list[Said], list[str], list[str]]:
    """A pasted chat: its messages, and the names of the customer's side and of ours that help to read it."""
    customers, staff = await names_around(customer_id)
    return read_chat(text, (*customers, *staff)), customers, staff


async def open_chat(data: NewTicket, talk: Talk, *, by: int, now: datetime) -> Opened:
    """Open an enquiry from a chat. It came in when the customer first spoke: its clocks run from then, and our first message after that
    is the first response, at its time. What a machine of ours said is none. What stood before the first message is a note.

    Raises what open_ticket raises; Invalid where the customer says nothing, and for a chat that would lie in the future or more than
    a year back.
    """
    times = moments(talk.said, talk.on, zone.get(), now)
    if times and times[-1].replace(microsecond=0) > now:
        raise Invalid({"chat_on": _("This chat would lie in the future. Give the day on which it was.")})
    if times and times[0] < now - LONGEST_AGO:
        raise Invalid({"chat_on": _("This chat would lie more than a year back. Check the day on which it was.")})
    asked = next((number for number, one in enumerate(talk.said) if one.name in talk.customers and one.shown), None)
    if asked is None:
        raise Invalid({"chat_customer": _("Say who of them is the customer.")})
    async with transaction():
        opened = await open_ticket(replace(data, channel=CHANNEL), by=by, now=now)
        at = times[asked]
        await execute("UPDATE ticket SET opened_at = $2 WHERE id = $1", opened.id, at)
        await execute(
            "UPDATE ticket_message SET text = $2, at = $3 WHERE id = $1", opened.message_id, talk.said[asked].shown, at
        )
        await change_entry(TimelineKind.TICKET, opened.id, at=at)
        ticket = await lock_ticket(opened.id)
        responded = await _write(ticket, talk, times, asked, by=by)
        if responded is not None:
            await execute("UPDATE ticket SET first_responded_at = $2 WHERE id = $1", opened.id, responded)
        await move(ticket, TicketStatus.OPEN if responded else TicketStatus(ticket.status), now=now, after_change=True)
        await record("ticket.chat_kept", "ticket", opened.id, by=by, now=now)
    return opened


async def _write(ticket: Row, talk: Talk, times: Sequence[datetime], asked: int, *, by: int) -> datetime | None:
    """Write all but the message that the enquiry was opened with; when we first answered."""
    staff = await fetch("SELECT id, name FROM staff ORDER BY id")
    responded = None
    for number, (one, at) in enumerate(zip(talk.said, times, strict=True)):
        if number == asked or not one.shown:
            continue
        kind = (
            MessageKind.NOTE
            if not one.name
            else MessageKind.INBOUND
            if one.name in talk.customers
            else MessageKind.REPLY
        )
        is_robot = kind == MessageKind.REPLY and folded_name(one.name) in ROBOTS
        author = None if is_robot else _author(one.name, staff) or by
        await write_message(
            ticket, kind, one.shown, at=at, by=by if kind != MessageKind.REPLY else author, channel=CHANNEL, is_ordered=False,
            is_automatic=is_robot, person_id=ticket.person if kind == MessageKind.INBOUND else None,
        )  # fmt: skip
        if kind == MessageKind.REPLY and not is_robot and number > asked and responded is None:
            responded = at
    return responded


def _author(name: str, staff: Sequence[Row]) -> int | None:
    """The member of staff who is called so, if only one is."""
    found = [row.id for row in staff if is_same_name(name, row.name)]
    return found[0] if len(found) == 1 else None
