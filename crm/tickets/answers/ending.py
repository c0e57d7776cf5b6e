"""A person takes over from an automatic answer: the customer wrote again. The clocks run on from the original start less the pause."""

from __future__ import annotations

from datetime import datetime

from crm.database import fetch_one, fetch_value
from crm.tickets.answers.tables import EndedBy
from crm.tickets.assigning import route_ticket


async def take_over(ticket_id: int, how: EndedBy, *, now: datetime) -> bool:
    """Note that the automatic answer did not suffice, and route the enquiry at the level that it needs (1 or above); False if there
    was none. In the caller's transaction, which holds the routing lock and has opened the enquiry again."""
    ended = await fetch_value(
        "UPDATE automatic_answer SET ended_at = $2, ended_by = $3 WHERE ticket = $1 AND ended_at IS NULL RETURNING id",
        ticket_id, now, how.value,
    )  # fmt: skip
    if ended is None:
        return False
    ticket = await fetch_one("SELECT assignee FROM ticket WHERE id = $1", ticket_id)
    if ticket is not None and ticket.assignee is None:
        await route_ticket(ticket_id, "reopened", by=None, now=now)
    return True
