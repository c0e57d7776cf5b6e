"""What an enquiry waits for: its status, and the stretches in which a status stops a clock."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry
from crm.database import Row, execute, fetch, transaction
from crm.errors import Invalid, RuleBroken
from crm.queue import enqueue
from crm.tickets.locking import lock_open_ticket, lock_ticket
from crm.tickets.promising import recompute_due_times
from crm.tickets.tables import TicketStatus
from crm.web.i18n import _

CHOSEN_BY_HAND = (TicketStatus.OPEN, TicketStatus.WAITING, TicketStatus.POSTPONED)
"""Statuses that a person sets; the others follow from what is done (opening, closing)."""

_PUT_ASIDE = (TicketStatus.WAITING, TicketStatus.POSTPONED)


async def move(
    ticket: Row, status: TicketStatus, *, now: datetime, until: datetime | None = None, after_change: bool = False
) -> None:
    """Give a locked ticket its next status: the stretch that ends is closed, a new one begins, due times follow. `after_change`: what
    is then due in the past was not promised until now, see recompute_due_times."""
    if ticket.status != status:
        await execute(
            "UPDATE ticket_pause SET ended_at = greatest(started_at, $2) WHERE ticket = $1 AND ended_at IS NULL",
            ticket.id,
            now,
        )
        if status in _PUT_ASIDE:
            await execute(
                "INSERT INTO ticket_pause (ticket, status, started_at) VALUES ($1, $2, $3)",
                ticket.id,
                status.value,
                now,
            )
    await execute(
        "UPDATE ticket SET status = $2, postponed_until = $3, version = version + 1 WHERE id = $1",
        ticket.id, status.value, until if status == TicketStatus.POSTPONED else None,
    )  # fmt: skip
    await recompute_due_times(ticket.id, now=now, after_change=after_change)
    if ticket.status != status:
        await change_entry(TimelineKind.TICKET, ticket.id, detail={"status": status.value})


async def set_status(
    ticket_id: int, status: TicketStatus, *, by: int, now: datetime, until: datetime | None = None
) -> None:
    """Work on it, wait for the customer (the clocks stand still), or put it back until a time (they run on).

    Raises NotFound, RuleBroken for a solved ticket, Invalid for a time that is missing or past.
    """
    if status not in CHOSEN_BY_HAND:
        raise RuleBroken(_("An enquiry is solved by closing it, and worked on again by reopening it."))
    if status == TicketStatus.POSTPONED and (until is None or until <= now):
        raise Invalid({"until": _("Say until when: a time that is still to come.")})
    async with transaction():
        ticket = await lock_open_ticket(ticket_id)
        await move(ticket, status, now=now, until=until)
        await record(
            "ticket.status", "ticket", ticket_id, by=by, now=now, fields={"status": [ticket.status, status.value]}
        )
        if status in _PUT_ASIDE:
            await enqueue("offer_waiting_tickets")


async def resume_postponed(*, now: datetime) -> int:
    """Bring back the tickets whose day has come; how many. Safe to run twice and at the same time."""
    due = await fetch(
        "SELECT id FROM ticket WHERE status = 'postponed' AND postponed_until <= $1 ORDER BY postponed_until", now
    )
    resumed = 0
    for row in due:
        async with transaction():
            ticket = await lock_ticket(row.id)
            if (
                ticket.status != TicketStatus.POSTPONED
                or ticket.postponed_until is None
                or ticket.postponed_until > now
            ):
                continue
            await move(ticket, TicketStatus.OPEN, now=now)
            resumed += 1
    return resumed
