"""The clocks of an enquiry: what was promised, when it is due, how much of it is used, and how it stands.

Source of the rules: "Service levels" in the domain description. Time is business time of the service level's calendar.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from crm.service_levels.calendar import Calendar, Pause
from crm.service_levels.content import ENDING, PAUSING
from crm.service_levels.promises import WARNED_SHARE, PromiseState, Target, promise_state

ClockKind: TypeAlias = Literal["first_response", "next_response", "solution"]
Pauses: TypeAlias = Mapping[ClockKind, Sequence[Pause]]

CLOCK_KINDS: tuple[ClockKind, ...] = ("first_response", "next_response", "solution")

PAUSING_STATUSES: Mapping[ClockKind, Collection[str]] = {
    "first_response": PAUSING["first_response"],
    "next_response": PAUSING["next_response"],
    "solution": (*PAUSING["solution"], *ENDING),
}
"""Which statuses stop which clock unless a service level says otherwise."""


class StatusSpan(NamedTuple):
    """A time in which a ticket had one status; no end while it still has it."""

    status: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reached:
    """What has happened so far, aware UTC.

    `asked_at` is the customer's oldest message that waits (or waited) for the next response. An automatic
    acknowledgement isn't a response; a phone call logged on the ticket is. `solved_at` is None after reopening.
    """

    first_response_at: datetime | None = None
    asked_at: datetime | None = None
    next_response_at: datetime | None = None
    solved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise of one ticket, in minutes of business time; no due time while the clock stands still."""

    kind: ClockKind
    state: PromiseState
    target_min: int
    used_min: float
    started_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    reached_at: datetime | None
    pauses: tuple[Pause, ...]
    is_recalculated: bool = False
    calendar: Calendar | None = None
    """The calendar it runs by, if it is known: a promise that was reached under earlier terms has its own."""


def pauses_of(
    history: Sequence[StatusSpan], pausing: Mapping[ClockKind, Collection[str]] = PAUSING_STATUSES
) -> dict[ClockKind, list[Pause]]:
    """When each clock stood still, from the statuses that the ticket has had."""
    return {
        kind: [(span.started_at, span.ended_at) for span in history if span.status in pausing.get(kind, ())]
        for kind in CLOCK_KINDS
    }


def clock_of(
    kind: ClockKind,
    target_min: int,
    calendar: Calendar,
    started_at: datetime,
    now: datetime,
    *,
    pauses: Sequence[Pause] = (),
    reached_at: datetime | None = None,
    overtaken_at: datetime | None = None,
    warned_share: float = WARNED_SHARE,
) -> Clock:
    """One clock as it stands at `now`.

    `overtaken_at` is the instant of a change after which the due time lay in the past: it is due then, marked as
    recalculated. Pauses after the promise was reached don't touch it. Raises as `Calendar.due_at` does.
    """
    counted = tuple(pause for pause in pauses if reached_at is None or pause[0] < reached_at)
    due_at = overtaken_at or calendar.due_at(started_at, target_min, counted)
    warn_at = overtaken_at or calendar.due_at(started_at, target_min * warned_share, counted)
    return Clock(
        kind=kind,
        state=promise_state(
            now,
            due_at=due_at,
            warn_at=warn_at,
            reached_at=reached_at,
            recalculated=overtaken_at is not None,
        ),
        target_min=target_min,
        used_min=calendar.minutes_between(started_at, reached_at or now, counted),
        started_at=started_at,
        due_at=due_at,
        warn_at=warn_at,
        reached_at=reached_at,
        pauses=counted,
        is_recalculated=overtaken_at is not None,
        calendar=calendar,
    )


def clocks_of(
    target: Target,
    calendar: Calendar,
    opened_at: datetime,
    now: datetime,
    *,
    pauses: Pauses | None = None,
    reached: Reached | None = None,
    overtaken: Mapping[ClockKind, datetime] | None = None,
    warned_share: float = WARNED_SHARE,
) -> tuple[Clock, ...]:
    """The clocks of a ticket that something is promised for, in the order first response, next response, solution.

    First response and solution run from `opened_at`, also when priority, service level or calendar have changed since;
    the next response runs from the message that it answers.
    """
    reached = reached or Reached()
    runs: tuple[tuple[ClockKind, int | None, datetime | None, datetime | None], ...] = (
        ("first_response", target.first_response_min, opened_at, reached.first_response_at),
        ("next_response", target.next_response_min, reached.asked_at, reached.next_response_at),
        ("solution", target.solution_min, opened_at, reached.solved_at),
    )
    return tuple(
        clock_of(
            kind,
            minutes,
            calendar,
            started_at,
            now,
            pauses=(pauses or {}).get(kind, ()),
            reached_at=reached_at,
            overtaken_at=(overtaken or {}).get(kind),
            warned_share=warned_share,
        )
        for kind, minutes, started_at, reached_at in runs
        if minutes is not None and started_at is not None
    )
