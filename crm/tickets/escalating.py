"""Giving an enquiry to a higher competence level."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from crm.accounts.audit import record
from crm.database import Row, execute, fetch_value, transaction
from crm.errors import Invalid, RuleBroken
from crm.queue import enqueue
from crm.tickets.assigning import route_ticket
from crm.tickets.clocks import ClockKind
from crm.tickets.locking import lock_open_ticket, lock_ticket, take_routing_lock
from crm.tickets.routing import HIGHEST_LEVEL, Decision
from crm.tickets.tables import OPEN_STATUSES
from crm.web.i18n import _


async def escalate(ticket_id: int, tried: str, *, by: int, now: datetime, wants_training: bool = False) -> Decision:
    """Raise the required level by one and route anew; who gives it up doesn't get it back by routing. What was tried
    is mandatory, because the next person depends on it. The clocks run on. `wants_training`: the next time they would like to
    be able to answer it themselves; the lead sees it beside the gaps.

    Raises NotFound, Invalid without a word about what was tried, RuleBroken for a solved ticket or where no level is higher.
    """
    if not tried.strip():
        raise Invalid({"tried": _("Say what you have tried: the next person starts from there.")})
    async with transaction():
        await take_routing_lock()
        ticket = await lock_open_ticket(ticket_id)
        await _refuse_at_the_top(ticket)
        await execute(
            "INSERT INTO escalation (ticket, by_user, at, tried, wants_training) VALUES ($1, $2, $3, $4, $5)",
            ticket_id, by, now, tried, wants_training,
        )  # fmt: skip
        await execute("UPDATE ticket SET escalations = escalations + 1 WHERE id = $1", ticket_id)
        decision = await route_ticket(ticket_id, "escalated", by=by, now=now)
        levels = [ticket.required_level, decision.required_level]
        await record("ticket.escalated", "ticket", ticket_id, by=by, now=now, fields={"level": levels})
        await enqueue("offer_waiting_tickets")
    return decision


@asynccontextmanager
async def escalate_by_rule(ticket_id: int, *, now: datetime) -> AsyncIterator[Callable[[ClockKind], Awaitable[None]]]:
    """One transaction with the ticket's locks in which it can be escalated because a promise was missed: nobody has to say
    what was tried, and whoever has it may keep it if their level suffices. At the highest level nothing is left to do."""
    async with transaction():
        await take_routing_lock()
        ticket = await lock_ticket(ticket_id)

        async def do(promise: ClockKind) -> None:
            if ticket.status not in OPEN_STATUSES or ticket.required_level >= HIGHEST_LEVEL:
                return
            await execute(
                "INSERT INTO escalation (ticket, at, tried, promise) VALUES ($1, $2, '', $3)", ticket_id, now, promise
            )
            await execute("UPDATE ticket SET escalations = escalations + 1 WHERE id = $1", ticket_id)
            decision = await route_ticket(ticket_id, "missed", by=None, now=now)
            levels = [ticket.required_level, decision.required_level]
            await record("ticket.escalated", "ticket", ticket_id, by=None, now=now, fields={"level": levels})
            await enqueue("offer_waiting_tickets")

        yield do


async def _refuse_at_the_top(ticket: Row) -> None:
    """At the highest level there is nobody above: only somebody below it, who got it by hand, may still give it up."""
    if ticket.required_level < HIGHEST_LEVEL:
        return
    level = await fetch_value(
        'SELECT level FROM competence WHERE "user" = $1 AND topic = $2', ticket.assignee, ticket.topic
    )
    if ticket.assignee is None or (level or 0) >= HIGHEST_LEVEL:
        raise RuleBroken(_("This is the highest level already. Assign the enquiry to a colleague instead."))
