"""The end of an enquiry, and its return: closing with the cause of the question, reopening."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.customers.figures import open_tickets_changed
from crm.database import Row, execute, transaction
from crm.errors import Invalid, RuleBroken
from crm.queue import enqueue
from crm.tickets.assigning import route_ticket, tell_assignee
from crm.tickets.gathering import case_of, routing_facts
from crm.tickets.locking import lock_open_ticket, lock_ticket, take_routing_lock
from crm.tickets.statuses import move
from crm.tickets.tables import OPEN_STATUSES, TicketStatus
from crm.tickets.words import CAUSES
from crm.web.i18n import _


async def close_ticket(ticket_id: int, cause: str, *, by: int | None, now: datetime) -> None:
    """Mark it as solved. The cause is why the question arose ("" if nobody says): it shows what to improve. `by` is None where the
    customer says so.

    Raises NotFound, Invalid for an unknown cause, RuleBroken if it is solved already.
    """
    if cause and cause not in CAUSES:
        raise Invalid({"cause": _("Please choose one of the options.")})
    async with transaction():
        ticket = await lock_open_ticket(ticket_id)
        await execute("UPDATE ticket SET solved_at = $2 WHERE id = $1", ticket_id, now)
        await move(ticket, TicketStatus.SOLVED, now=now)
        await execute(
            "INSERT INTO closure (ticket, by_user, at, cause) VALUES ($1, $2, $3, $4)", ticket_id, by, now, cause
        )
        await open_tickets_changed(ticket.customer, -1)
        await record("ticket.closed", "ticket", ticket_id, by=by, now=now, fields={"cause": cause})
        await enqueue("offer_waiting_tickets")


async def reopen_ticket(ticket_id: int, *, by: int, now: datetime) -> None:
    """Open a solved ticket again. Raises NotFound, RuleBroken if it isn't solved."""
    async with transaction():
        await take_routing_lock()
        ticket = await lock_ticket(ticket_id)
        if ticket.status in OPEN_STATUSES:
            raise RuleBroken(_("This enquiry is open already."))
        await reopen(ticket, by=by, now=now)


async def reopen(ticket: Row, *, by: int | None, now: datetime) -> None:
    """Continue a solved ticket that is locked, with the routing lock held: the solution clock goes on where it stopped,
    and whoever had it gets it back if present; else it is routed."""
    await execute(
        "INSERT INTO ticket_pause (ticket, status, started_at, ended_at) VALUES ($1, $2, $3, $4)",
        ticket.id, ticket.status, ticket.solved_at or now, now,
    )  # fmt: skip
    await execute("UPDATE ticket SET solved_at = NULL WHERE id = $1", ticket.id)
    await execute(
        "UPDATE closure SET reopened_at = $2, reopened_by = $3 WHERE ticket = $1 AND reopened_at IS NULL",
        ticket.id,
        now,
        by,
    )
    await move(ticket, TicketStatus.OPEN, now=now)
    await open_tickets_changed(ticket.customer, +1)
    await record("ticket.reopened", "ticket", ticket.id, by=by, now=now)
    if await _is_present(ticket, now):
        await tell_assignee(ticket.id, ticket.assignee, ticket.required_level, by=by, now=now)
    else:
        await route_ticket(ticket.id, "reopened", by=by, now=now)


async def _is_present(ticket: Row, now: datetime) -> bool:
    if ticket.assignee is None:
        return False
    facts = await routing_facts(await case_of(ticket.id, now), now)
    return any(agent.id == ticket.assignee and agent.presence == "present" for agent in facts.agents)
