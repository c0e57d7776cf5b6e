"""A person of ours takes over from an automatic answer, by hand: it is no longer settled by itself, and is theirs to answer."""

from __future__ import annotations

from datetime import datetime

from crm.database import Row, fetch_value
from crm.tickets.answers.tables import EndedBy
from crm.tickets.statuses import move
from crm.tickets.tables import TicketStatus


async def taken_by_hand(ticket: Row, *, now: datetime) -> None:
    """Somebody took the enquiry, handed it over or gave it to a higher level. Without an automatic answer nothing happens. In the
    caller's transaction, which holds the ticket's locks."""
    ended = await fetch_value(
        "UPDATE automatic_answer SET ended_at = $2, ended_by = $3 WHERE ticket = $1 AND ended_at IS NULL AND settled_at IS NULL "
        "RETURNING id",
        ticket.id, now, EndedBy.STAFF.value,
    )  # fmt: skip
    if ended is not None and ticket.status == TicketStatus.WAITING:
        await move(ticket, TicketStatus.OPEN, now=now)
