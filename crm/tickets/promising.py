"""What was promised for a ticket and when it is due: computed from the original start with every pause, and stored on
the row. Watching over it is in watching.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.database import Row, execute, fetch_one
from crm.service_levels.calendar import Calendar
from crm.service_levels.promises import Target, recalculated_due
from crm.service_levels.queries import TERMS, Terms, terms_from
from crm.tickets.clocks import CLOCK_KINDS, Clock, ClockKind, Reached, StatusSpan, clock_of, clocks_of, pauses_of
from crm.tickets.merged import FAMILY

ASKED_AT = f"""
    (SELECT min(m.at) FROM ticket_message m WHERE m.ticket IN {FAMILY} AND m.kind = 'inbound' AND m.at >
        (SELECT max(r.at) FROM ticket_message r WHERE r.ticket IN {FAMILY} AND r.kind = 'reply' AND NOT r.is_automatic))
"""
"""The customer's oldest message since our last answer; none before the first answer, which has a promise of its own."""

PAUSES = f"""
    (SELECT coalesce(jsonb_agg(jsonb_build_array(p.status, p.started_at, p.ended_at) ORDER BY p.started_at), '[]') FROM (
        SELECT p.status, p.started_at, p.ended_at FROM ticket_pause p WHERE p.ticket = k.id
        UNION ALL SELECT p.status, p.started_at, least(coalesce(p.ended_at, k.opened_at), k.opened_at) FROM ticket_pause p
        WHERE k.promised_from IS NOT NULL AND p.ticket IN {FAMILY} AND p.ticket <> k.id AND p.started_at < k.opened_at) p)::text
"""
"""When a ticket `k` stood still; before it came in, when those did that are merged into it."""

CLOCK_COLUMNS = f"""
    k.opened_at, k.promised_from, k.first_response_min, k.next_response_min, k.solution_min, k.first_responded_at, k.solved_at,
    k.first_response_due_at, k.next_response_due_at, k.solution_due_at, k.first_breached_at, k.next_breached_at,
    k.solution_breached_at, k.first_overtaken_at, k.next_overtaken_at, k.solution_overtaken_at, {ASKED_AT} AS asked_at,
    {PAUSES} AS pauses, {TERMS.format(version="k.terms")} AS terms_stored,
    {TERMS.format(version="k.first_terms")} AS first_terms_stored
"""
"""What the clocks of a ticket `k` need; see clocks_from. They run by the version of the service level that applied to it, however
service level and calendar look today."""

COLUMNS: Mapping[ClockKind, str] = {"first_response": "first", "next_response": "next", "solution": "solution"}
"""How the columns of a clock begin, such as first_warn_at."""


@dataclass(frozen=True, slots=True)
class Running:
    """The clocks of a ticket and the calendar they run by."""

    clocks: tuple[Clock, ...]
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Promised:
    """What is to be stored of a ticket's clocks: when they are due, when the agent is warned, what a change has overtaken."""

    ticket_id: int
    due: Mapping[ClockKind, datetime | None]
    warn: Mapping[ClockKind, datetime | None]
    overtaken: Mapping[ClockKind, datetime | None]
    is_asked: bool


def terms_of(row: Row, now: datetime) -> Terms:
    """The terms that apply to a row with CLOCK_COLUMNS."""
    return terms_from(row.terms_stored, (row.promised_from or row.opened_at), now)


def target_of(row: Row) -> Target:
    """What was promised for a row with CLOCK_COLUMNS."""
    return Target(row.first_response_min, row.next_response_min, row.solution_min)


def clocks_from(row: Row, now: datetime) -> Running:
    """The clocks of a row with CLOCK_COLUMNS, as they stand at `now`."""
    terms = terms_of(row, now)
    return Running(_clocks(row, terms, _spans(row), now, _stored_overtaken(row)), terms.calendar)


def due_times(row: Row, now: datetime, *, terms: Terms, target: Target, after_change: bool = False) -> Promised:
    """The due times of a row with CLOCK_COLUMNS (and `id`) by these terms; see recompute_due_times."""
    spans = _spans(row)
    overtaken = _overtaken(row, terms, target, spans, now) if after_change else _stored_overtaken(row)
    clocks = {clock.kind: clock for clock in _clocks(row, terms, spans, now, overtaken, target)}
    return Promised(
        row.id,
        {kind: clock.due_at for kind, clock in clocks.items()},
        {kind: clock.warn_at for kind, clock in clocks.items()},
        overtaken,
        row.asked_at is not None,
    )


def _stored_overtaken(row: Row) -> dict[ClockKind, datetime | None]:
    """An answered question takes along that its promise was overtaken."""
    return {
        "first_response": row.first_overtaken_at,
        "next_response": row.next_overtaken_at if row.asked_at else None,
        "solution": row.solution_overtaken_at,
    }


def _spans(row: Row) -> list[StatusSpan]:
    stored = msgspec.json.decode(row.pauses, type=list[tuple[str, datetime, datetime | None]])
    return [StatusSpan(*span) for span in stored]


def _clocks(
    row: Row,
    terms: Terms,
    spans: Sequence[StatusSpan],
    now: datetime,
    overtaken: Mapping[ClockKind, datetime | None],
    target: Target | None = None,
) -> tuple[Clock, ...]:
    set_at: dict[ClockKind, datetime] = {kind: at for kind, at in overtaken.items() if at is not None}
    clocks = clocks_of(
        target or target_of(row),
        terms.calendar,
        row.promised_from or row.opened_at,
        now,
        pauses=pauses_of(spans, _pausing(terms)),
        reached=Reached(first_response_at=row.first_responded_at, asked_at=row.asked_at, solved_at=row.solved_at),
        overtaken=set_at,
        warned_share=terms.level.warned_share / 100,
    )
    if row.first_terms_stored is None or not clocks:
        return clocks
    return (_first_clock(row, spans, now, set_at.get("first_response")), *clocks[1:])


def _first_clock(row: Row, spans: Sequence[StatusSpan], now: datetime, overtaken_at: datetime | None) -> Clock:
    """The first response was given under other terms than those of today: it stays judged by them."""
    terms = terms_from(row.first_terms_stored, (row.promised_from or row.opened_at), now)
    return clock_of(
        "first_response",
        row.first_response_min,
        terms.calendar,
        row.promised_from or row.opened_at,
        now,
        pauses=pauses_of(spans, _pausing(terms))["first_response"],
        reached_at=row.first_responded_at,
        overtaken_at=overtaken_at,
        warned_share=terms.level.warned_share / 100,
    )


def _pausing(terms: Terms) -> dict[ClockKind, frozenset[str]]:
    return {kind: terms.level.pauses(kind) for kind in CLOCK_KINDS}


def _overtaken(
    row: Row, terms: Terms, target: Target, spans: Sequence[StatusSpan], now: datetime
) -> dict[ClockKind, datetime | None]:
    """Which promises the change has overtaken, and since when. One that stands still is judged as if it ran on now; one that
    was broken before stays broken."""
    resumed = [span._replace(ended_at=span.ended_at or now) for span in spans]
    found = _stored_overtaken(row)
    due_before: dict[ClockKind, datetime | None] = {
        "first_response": row.first_response_due_at, "next_response": row.next_response_due_at, "solution": row.solution_due_at,
    }  # fmt: skip
    for clock in _clocks(row, terms, resumed, now, {}, target):
        if clock.reached_at is not None or clock.due_at is None:
            continue
        before, since = due_before[clock.kind], found[clock.kind]
        was_breached = row[f"{COLUMNS[clock.kind]}_breached_at"] is not None or (
            before is not None and before < now and since is None
        )
        is_overtaken = recalculated_due(clock.due_at, now, was_breached=was_breached).is_overtaken
        found[clock.kind] = (since or now) if is_overtaken else None
    return found


async def recompute_due_times(ticket_id: int, *, now: datetime, after_change: bool = False) -> None:
    """Compute the due times anew, from the original start and keeping all pauses, and store them. What was reached
    already keeps its due time for good, so that reports never change.

    `after_change` is for a new priority, service level or calendar: a due time that then lies in the past is due now and
    marked as recalculated, not a breach.
    """
    row = await fetch_one(f"SELECT k.id, {CLOCK_COLUMNS} FROM ticket k WHERE k.id = $1", ticket_id)
    assert row is not None
    promised = due_times(row, now, terms=terms_of(row, now), target=target_of(row), after_change=after_change)
    await store_due_times([promised], now=now, after_change=after_change)


async def apply_terms(ticket_ids: Sequence[int], terms_id: int) -> None:
    """Let this version of their service level apply to these tickets: its targets, and what stops its clocks. A first response
    that was given stays judged by the terms it was given under. The due times are computed afterwards."""
    await execute(
        "UPDATE ticket k SET terms = v.id, "
        "first_terms = CASE WHEN k.first_responded_at IS NULL THEN NULL WHEN k.first_terms IS NULL AND k.terms <> v.id "
        "THEN k.terms ELSE k.first_terms END, "
        "first_response_min = CASE WHEN k.first_responded_at IS NULL THEN (v.content -> 'targets' -> k.priority ->> 0)::int "
        "ELSE k.first_response_min END, "
        "next_response_min = (v.content -> 'targets' -> k.priority ->> 1)::int, "
        "solution_min = (v.content -> 'targets' -> k.priority ->> 2)::int "
        "FROM service_level_version v WHERE v.id = $2 AND k.id = ANY($1) AND v.content -> 'targets' ? k.priority",
        list(ticket_ids), terms_id,
    )  # fmt: skip


# What was told of a promise is forgotten where the change has given it a time that is still to come: then it is told anew.
_STORE = """
    UPDATE ticket k SET
        first_response_due_at = CASE WHEN k.first_responded_at IS NULL OR k.first_response_due_at IS NULL
            THEN n.first_due ELSE k.first_response_due_at END,
        first_warn_at = CASE WHEN k.first_responded_at IS NULL THEN n.first_warn ELSE k.first_warn_at END,
        next_response_due_at = n.next_due, next_warn_at = n.next_warn,
        solution_due_at = CASE WHEN k.solved_at IS NULL OR k.solution_due_at IS NULL THEN n.solution_due ELSE k.solution_due_at END,
        solution_warn_at = CASE WHEN k.solved_at IS NULL THEN n.solution_warn ELSE k.solution_warn_at END,
        first_overtaken_at = n.first_overtaken, next_overtaken_at = n.next_overtaken, solution_overtaken_at = n.solution_overtaken,
        is_recalculated = k.is_recalculated OR num_nonnulls(n.first_overtaken, n.solution_overtaken) > 0,
        first_warned_at = CASE WHEN $12 AND k.first_responded_at IS NULL AND n.first_warn > $13 THEN NULL ELSE k.first_warned_at END,
        first_breached_at = CASE WHEN $12 AND k.first_responded_at IS NULL AND n.first_due > $13 THEN NULL ELSE k.first_breached_at END,
        next_warned_at = CASE WHEN n.is_asked AND NOT ($12 AND coalesce(n.next_warn > $13, false)) THEN k.next_warned_at END,
        next_breached_at = CASE WHEN n.is_asked AND NOT ($12 AND coalesce(n.next_due > $13, false)) THEN k.next_breached_at END,
        solution_warned_at = CASE WHEN $12 AND k.solved_at IS NULL AND n.solution_warn > $13 THEN NULL ELSE k.solution_warned_at END,
        solution_breached_at = CASE WHEN $12 AND k.solved_at IS NULL AND n.solution_due > $13
            THEN NULL ELSE k.solution_breached_at END
    FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
        $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::bool[])
        AS n(id, first_due, first_warn, next_due, next_warn, solution_due, solution_warn, first_overtaken, next_overtaken,
            solution_overtaken, is_asked)
    WHERE k.id = n.id AND ($12::bool, $13::timestamptz) IS NOT NULL
"""


async def store_due_times(promised: Sequence[Promised], *, now: datetime, after_change: bool = False) -> None:
    """Write what was computed for these tickets, in one statement. The caller holds their rows."""
    columns: list[list[object]] = [[one.ticket_id for one in promised]]
    for kind in CLOCK_KINDS:
        columns += [[one.due.get(kind) for one in promised], [one.warn.get(kind) for one in promised]]
    columns += [[one.overtaken[kind] for one in promised] for kind in CLOCK_KINDS]
    await execute(_STORE, *columns, [one.is_asked for one in promised], after_change, now)
