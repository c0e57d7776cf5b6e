"""What a service level promises: the targets of an enquiry, how a promise stands, and the rhythm of contacts.

Source of the rules: "Service levels" in the domain description.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

PromiseState: TypeAlias = Literal["running", "warning", "breached", "kept", "missed", "paused"]

WARNED_SHARE = 0.75
"""The part of a target after which the agent is warned, unless the service level says otherwise."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised for one priority, in minutes of business time; None where nothing is promised."""

    first_response_min: int | None
    next_response_min: int | None
    solution_min: int | None


def promise_state(
    now: datetime,
    *,
    due_at: datetime | None,
    warn_at: datetime | None = None,
    reached_at: datetime | None = None,
    recalculated: bool = False,
) -> PromiseState:
    """How a promise stands at `now`; all times aware UTC.

    A promise is broken only when the time is later than the due time. No due time means that the clock stands still.
    A due time that was recalculated into the past is due, not broken: it stays a warning until it is reached.
    """
    if reached_at is not None:
        return "missed" if due_at is not None and reached_at > due_at and not recalculated else "kept"
    if due_at is None:
        return "paused"
    if now > due_at:
        return "warning" if recalculated else "breached"
    if recalculated or (warn_at is not None and now >= warn_at):
        return "warning"
    return "running"


@dataclass(frozen=True, slots=True)
class Recalculated:
    """A due time after priority, service level or calendar changed; `is_overtaken` when it lay in the past."""

    due_at: datetime
    is_overtaken: bool


def recalculated_due(due_at: datetime, now: datetime, *, was_breached: bool = False) -> Recalculated:
    """The due time that counts after a change: a new one that lies in the past is due now, and not a breach.

    A promise that was broken before the change stays broken: its new due time in the past is taken as it is.
    """
    if due_at < now and not was_breached:
        return Recalculated(now, is_overtaken=True)
    return Recalculated(due_at, is_overtaken=False)


def contact_due_at(last_personal_contact_at: datetime, rhythm_days: int | None) -> datetime | None:
    """When the promised rhythm asks for the next personal contact; None when no rhythm is promised.

    Calendar days, and only a personal contact counts, in either direction: no automatic mail, mailing or survey answer.
    """
    return None if rhythm_days is None else last_personal_contact_at + timedelta(days=rhythm_days)


def days_overdue(due_at: datetime | None, now: datetime) -> int:
    """Whole days since a contact was due; 0 when it isn't overdue."""
    return 0 if due_at is None else max(0, (now - due_at).days)
