"""What was promised for a ticket and when it is due: computed from the original start with every pause, and stored on
the row. Watching over it is in watching.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.database import Row, execute, fetch_one
from crm.service_levels.calendar import Calendar
from crm.service_levels.promises import Target, recalculated_due
from crm.service_levels.queries import CALENDAR, calendar_from
from crm.tickets.clocks import Clock, ClockKind, Reached, StatusSpan, clocks_of, pauses_of

ASKED_AT = """
    (SELECT min(m.at) FROM ticket_message m WHERE m.ticket = k.id AND m.kind = 'inbound' AND m.at >
        (SELECT max(r.at) FROM ticket_message r WHERE r.ticket = k.id AND r.kind = 'reply' AND NOT r.is_automatic))
"""
"""The customer's oldest message since our last answer; none before the first answer, which has a promise of its own."""

PAUSES = """
    (SELECT coalesce(jsonb_agg(jsonb_build_array(p.status, p.started_at, p.ended_at) ORDER BY p.started_at), '[]')
        FROM ticket_pause p WHERE p.ticket = k.id)::text
"""

CLOCK_COLUMNS = f"""
    k.opened_at, k.first_response_min, k.next_response_min, k.solution_min, k.first_responded_at, k.solved_at,
    k.first_overtaken_at, k.solution_overtaken_at, {ASKED_AT} AS asked_at, {PAUSES} AS pauses,
    {CALENDAR.format(calendar="s.calendar")} AS calendar
"""
"""What the clocks of a ticket `k` with its service level `s` need; see clocks_from."""


@dataclass(frozen=True, slots=True)
class Running:
    """The clocks of a ticket and the calendar they run by."""

    clocks: tuple[Clock, ...]
    calendar: Calendar


def clocks_from(row: Row, now: datetime) -> Running:
    """The clocks of a row with CLOCK_COLUMNS, as they stand at `now`."""
    calendar = calendar_from(row.calendar, now)
    overtaken: dict[ClockKind, datetime] = {}
    if row.first_overtaken_at:
        overtaken["first_response"] = row.first_overtaken_at
    if row.solution_overtaken_at:
        overtaken["solution"] = row.solution_overtaken_at
    return Running(_clocks(row, _spans(row), calendar, now, overtaken), calendar)


def _spans(row: Row) -> list[StatusSpan]:
    stored = msgspec.json.decode(row.pauses, type=list[tuple[str, datetime, datetime | None]])
    return [StatusSpan(*span) for span in stored]


def _clocks(
    row: Row, spans: list[StatusSpan], calendar: Calendar, now: datetime, overtaken: dict[ClockKind, datetime]
) -> tuple[Clock, ...]:
    return clocks_of(
        Target(row.first_response_min, row.next_response_min, row.solution_min),
        calendar,
        row.opened_at,
        now,
        pauses=pauses_of(spans),
        reached=Reached(first_response_at=row.first_responded_at, asked_at=row.asked_at, solved_at=row.solved_at),
        overtaken=overtaken,
    )


async def recompute_due_times(ticket_id: int, *, now: datetime, after_change: bool = False) -> None:
    """Compute the due times anew, from the original start and keeping all pauses, and store them. What was reached
    already keeps its due time for good, so that reports never change.

    `after_change` is for a new priority, service level or calendar: a due time that then lies in the past is due now and
    marked as recalculated, not a breach.
    """
    row = await fetch_one(
        f"SELECT k.first_breached_at, k.solution_breached_at, {CLOCK_COLUMNS} "
        "FROM ticket k JOIN service_level s ON s.id = k.service_level WHERE k.id = $1",
        ticket_id,
    )
    assert row is not None
    overtaken = _overtaken(row, now) if after_change else {
        "first_response": row.first_overtaken_at, "solution": row.solution_overtaken_at
    }  # fmt: skip
    set_at: dict[ClockKind, datetime] = {kind: at for kind, at in overtaken.items() if at is not None}  # type: ignore[misc]
    due = {
        clock.kind: clock.due_at for clock in _clocks(row, _spans(row), calendar_from(row.calendar, now), now, set_at)
    }
    await execute(
        "UPDATE ticket SET "
        "first_response_due_at = CASE WHEN first_responded_at IS NULL OR first_response_due_at IS NULL "
        "  THEN $2 ELSE first_response_due_at END, "
        "next_response_due_at = $3, "
        "solution_due_at = CASE WHEN solved_at IS NULL OR solution_due_at IS NULL THEN $4 ELSE solution_due_at END, "
        "first_overtaken_at = $5::timestamptz, solution_overtaken_at = $6::timestamptz, "
        "is_recalculated = is_recalculated OR num_nonnulls($5::timestamptz, $6::timestamptz) > 0, "
        "next_warned_at = CASE WHEN $7::bool THEN next_warned_at END, "
        "next_breached_at = CASE WHEN $7::bool THEN next_breached_at END "
        "WHERE id = $1",
        ticket_id, due["first_response"], due.get("next_response"), due["solution"], overtaken["first_response"],
        overtaken["solution"], row.asked_at is not None,
    )  # fmt: skip


def _overtaken(row: Row, now: datetime) -> dict[str, datetime | None]:
    """Which promises the change has overtaken, and since when. One that stands still is judged as if it ran on now."""
    resumed = [span._replace(ended_at=span.ended_at or now) for span in _spans(row)]
    found: dict[str, datetime | None] = {
        "first_response": row.first_overtaken_at,
        "solution": row.solution_overtaken_at,
    }
    breached = {"first_response": row.first_breached_at, "solution": row.solution_breached_at}
    for clock in _clocks(row, resumed, calendar_from(row.calendar, now), now, {}):
        if clock.kind == "next_response" or clock.reached_at is not None or clock.due_at is None:
            continue
        is_overtaken = recalculated_due(clock.due_at, now, was_breached=breached[clock.kind] is not None).is_overtaken
        found[clock.kind] = (found[clock.kind] or now) if is_overtaken else None
    return found
