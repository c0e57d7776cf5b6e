"""Enquiries in the background: offering those that wait for somebody, watching over promises."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.tickets import assigning, closing, repromising, standing_in, statuses, watching
from crm.tickets.answers import expiring, settling


async def offer_waiting_tickets(ctx: dict[str, Any]) -> None:
    """Somebody may be free now, or away: what an absent colleague cannot answer in time is passed on first."""
    now = datetime.now(UTC)
    await standing_in.pass_on_from_absent(now=now)
    await assigning.offer_waiting_tickets(now=now)


async def sweep_promises(ctx: dict[str, Any]) -> None:
    """Warn before a promise is missed and tell when it is; bring back what was put back until now, and give their due times
    to enquiries that a changed service level left behind."""
    now = datetime.now(UTC)
    await statuses.resume_postponed(now=now)
    await repromising.apply_new_terms(now=now)
    await watching.sweep_promises(now=now)


async def apply_new_terms(ctx: dict[str, Any]) -> None:
    """A service level or a calendar has changed."""
    await repromising.apply_new_terms(now=datetime.now(UTC))


async def settle_automatic_answers(ctx: dict[str, Any]) -> None:
    """What was answered automatically and to which nobody reacted counts as solved; what never arrived gets a person."""
    now = datetime.now(UTC)
    await settling.take_over_unreached(now=now)
    await settling.settle_automatic_answers(now=now)


async def remind_of_expiring_answers(ctx: dict[str, Any]) -> None:
    """Whoever approved an answer hears before it runs out."""
    await expiring.remind_of_expiring_answers(now=datetime.now(UTC))


async def close_solved_tickets(ctx: dict[str, Any]) -> None:
    """What was solved long enough ago is closed for good."""
    await closing.close_solved_tickets(now=datetime.now(UTC))
