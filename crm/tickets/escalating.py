"""Giving an enquiry to a higher competence level."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from crm.accounts.audit import record
from crm.database import Row, execute, fetch_value, transaction
from crm.errors import Invalid, RuleBroken
from crm.queue import enqueue
from crm.tickets.answers.taking import taken_by_hand
from crm.tickets.assigning import route_ticket
from crm.tickets.clocks import ClockKind
from crm.tickets.gathering import case_of
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
        await taken_by_hand(ticket, now=now)
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


async def give_back(ticket_id: int, known: str, *, by: int, now: datetime) -> Decision:
    """Lower the required level by one, by what is known now, and route anew; never below what the rules demand of themselves. Who
    gives it back doesn't get it again by routing; who had given it up may have it. The clocks run on.

    Raises NotFound, Invalid without a word about what is known, RuleBroken for a solved ticket or where the rules demand the level.
    """
    if not known.strip():
        raise Invalid({"known": _("Say what is known by now: the next person starts from there.")})
    async with transaction():
        await take_routing_lock()
        ticket = await lock_open_ticket(ticket_id)
        raised = await _raised_by_hand(ticket_id, now)
        if raised < 1:
            words = {"level": ticket.required_level}
            raise RuleBroken(
                _("The rules demand level %(level)s for this enquiry. Assign it to a colleague instead.") % words
            )
        await execute(
            "INSERT INTO escalation (ticket, by_user, at, tried, is_back) VALUES ($1, $2, $3, $4, true)", ticket_id, by, now, known
        )  # fmt: skip
        await execute("UPDATE ticket SET escalations = $2 WHERE id = $1", ticket_id, raised - 1)
        decision = await route_ticket(ticket_id, "given_back", by=by, now=now)
        levels = [ticket.required_level, decision.required_level]
        await record("ticket.given_back", "ticket", ticket_id, by=by, now=now, fields={"level": levels})
        await enqueue("offer_waiting_tickets")
    return decision


async def _raised_by_hand(ticket_id: int, now: datetime) -> int:
    """By how many levels the escalations raise the ticket above what the rules demand of themselves; those beyond the highest
    level raise nothing."""
    required = (await case_of(ticket_id, now)).required
    raised = sum(int(part.params["raise"]) for part in required.parts if part.code == "escalations")
    floor = max(
        int(part.params["level"]) for part in required.parts if part.code in ("topic", "first_contact", "service_level")
    )
    own = floor + sum(
        1 for part in required.parts if part.code in ("complaint", "moment_of_truth", "complaint_at_moment_of_truth")
    )
    return max(0, min(raised, required.level - own))


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
