"""Watching over promises: the agent is warned before one is missed, people are told when it is, and the enquiry is given to
a higher level if its service level says so; each once.

Every clock keeps when its agent is to be warned, so a sweep reads by an index what has something to be told, and nothing else.
Whoever tells holds the ticket's row and looks at it anew: what somebody answered meanwhile is told no more, and of two workers
one does it. What is left lying (a row that somebody else holds, a worker that dies) is found by the next sweep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from crm.accounts.permissions import Role
from crm.accounts.queries import staff_of
from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.notifications.actions import News, notify_many
from crm.notifications.kinds import Kind
from crm.notifications.quiet_times import is_night
from crm.service_levels.content import LevelContent
from crm.service_levels.queries import company_calendar, terms_from
from crm.tickets.clocks import CLOCK_KINDS, ClockKind
from crm.tickets.escalating import escalate_by_rule
from crm.tickets.promising import CLOCK_COLUMNS, COLUMNS, due_times, store_due_times, target_of, terms_of
from crm.tickets.tables import OPEN_SQL

log = structlog.get_logger()

TOLD_AT_ONCE = 500


def _look(name: str, column: str, still: str) -> str:
    """A clock of which it is not known when to warn is looked at at once, and gets it (see _with_warn_times)."""
    return (
        f"CASE WHEN {still}k.{name}_breached_at IS NULL AND k.{column}_due_at IS NOT NULL THEN "
        f"CASE WHEN k.{name}_warned_at IS NULL THEN coalesce(k.{name}_warn_at, '2000-01-01 00:00+00'::timestamptz) "
        f"WHEN k.{name}_overtaken_at IS NULL THEN k.{column}_due_at END END"
    )


LOOK_AT = (
    f"least({_look('first', 'first_response', 'k.first_responded_at IS NULL AND ')}, {_look('next', 'next_response', '')}, "
    f"{_look('solution', 'solution', '')})"
)
"""When the next thing is to be told of a ticket `k`, as the index ix_ticket_watch keeps it; null if nothing ever is."""

DUE_NOW = f"""
    SELECT k.id, {LOOK_AT} AS look_at FROM ticket k
    WHERE k.status IN {OPEN_SQL} AND ({LOOK_AT}, k.id) > ($2::timestamptz, $3::bigint) AND {LOOK_AT} <= $1
    ORDER BY {LOOK_AT}, k.id LIMIT {TOLD_AT_ONCE}
"""

_LOCKED = f"""
    SELECT k.id, k.subject, k.assignee, c.owner, c.name AS customer, k.first_warned_at, k.next_warned_at, k.solution_warned_at,
        k.first_warn_at, k.next_warn_at, k.solution_warn_at, k.required_level, {CLOCK_COLUMNS}
    FROM ticket k JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    WHERE k.id = ANY($1) AND k.status IN {OPEN_SQL} ORDER BY k.id FOR NO KEY UPDATE OF k SKIP LOCKED
"""


class Step(NamedTuple):
    """Something to be told once: the column that remembers it, the kind of notification, the promise, its due time."""

    column: str
    kind: Kind
    promise: ClockKind
    due_at: datetime


async def sweep_promises(*, now: datetime) -> int:
    """Warn the agent when the share of a target is used that its service level names, and tell of a missed promise whom it
    names; each once, however many workers sweep. A due time that was recalculated into the past is a warning, not a breach.
    Nothing is told at night (quiet_times.is_night) unless the company wants it: what the night brought is told in the morning.
    How much was told."""
    if await _is_quiet(now):
        return 0
    leads = await staff_of(Role.LEAD)
    told, last = 0, (datetime(1970, 1, 1, tzinfo=UTC), 0)
    while rows := await fetch(DUE_NOW, now, *last):
        told += await _tell_safely([row.id for row in rows], leads, now)
        last = (rows[-1].look_at, rows[-1].id)
    return told


async def _is_quiet(now: datetime) -> bool:
    calendar = await company_calendar(now)
    if calendar is None or not is_night(now, calendar):
        return False
    company = await fetch_one("SELECT tells_at_night FROM company")
    return company is None or not company.tells_at_night


async def _tell_safely(ticket_ids: Sequence[int], leads: list[int], now: datetime) -> int:
    """One enquiry of which nothing can be told keeps nobody from hearing of the others."""
    try:
        return await _tell(ticket_ids, leads, now)
    except Exception:
        log.exception("watching over promises failed", tickets=len(ticket_ids), first=ticket_ids[0])
    told = 0
    for ticket_id in ticket_ids if len(ticket_ids) > 1 else ():
        told += await _tell_safely([ticket_id], leads, now)
    return told


async def _tell(ticket_ids: Sequence[int], leads: list[int], now: datetime) -> int:
    """Tell all of one lot, and escalate what is to be; what is to be escalated goes one by one, since each is routed."""
    told = 0
    async with transaction():
        rows = await fetch(_LOCKED, list(ticket_ids))
        rows = await _with_warn_times(rows, now)
        steps = {row.id: list(_steps(row, now)) for row in rows}
        alone = {row.id for row in rows if any(_escalates(row, step, now) for step in steps[row.id])}
        together = [row for row in rows if row.id not in alone and steps[row.id]]
        told += await _write(together, steps, leads, now)
    for ticket_id in sorted(alone):
        told += await _tell_and_escalate(ticket_id, leads, now)
    return told


async def _tell_and_escalate(ticket_id: int, leads: list[int], now: datetime) -> int:
    async with escalate_by_rule(ticket_id, now=now) as escalate:
        rows = await fetch(_LOCKED, [ticket_id])
        told = 0
        for row in rows:
            steps = list(_steps(row, now))
            told += await _write([row], {row.id: steps}, leads, now)
            missed = [step for step in steps if _escalates(row, step, now)]
            if missed:
                await escalate(missed[0].promise)
    return told


async def _with_warn_times(rows: list[Row], now: datetime) -> list[Row]:
    """Rows that were written without the time to warn at get it now, and are looked at again when it comes."""
    lacking = [
        row
        for row in rows
        if any(row[f"{COLUMNS[kind]}_warn_at"] is None and row[f"{kind}_due_at"] is not None for kind in CLOCK_KINDS)
    ]
    if not lacking:
        return rows
    promised = [due_times(row, now, terms=terms_of(row, now), target=target_of(row)) for row in lacking]
    await store_due_times(promised, now=now)
    return await fetch(_LOCKED, [row.id for row in rows])


def _level(row: Row, now: datetime) -> LevelContent:
    return terms_from(row.terms_stored, row.opened_at, now).level


def _steps(row: Row, now: datetime) -> Iterator[Step]:
    for kind in CLOCK_KINDS:
        name = COLUMNS[kind]
        due_at, warn_at = row[f"{kind}_due_at"], row[f"{name}_warn_at"]
        if kind == "first_response" and row.first_responded_at is not None:
            continue
        if due_at is None or row[f"{name}_breached_at"] is not None:
            continue
        if now > due_at and row[f"{name}_overtaken_at"] is None:
            yield Step(f"{name}_breached_at", Kind.PROMISE_MISSED, kind, due_at)
        elif row[f"{name}_warned_at"] is None and warn_at is not None and now >= warn_at:
            yield Step(f"{name}_warned_at", Kind.PROMISE_WARNING, kind, due_at)


def _escalates(row: Row, step: Step, now: datetime) -> bool:
    return step.kind == Kind.PROMISE_MISSED and step.promise in _level(row, now).escalates


_REMEMBER = """
    UPDATE ticket k SET
        first_warned_at = CASE WHEN 'first_warned_at' = ANY(n.told) THEN $3 ELSE k.first_warned_at END,
        first_breached_at = CASE WHEN 'first_breached_at' = ANY(n.told) THEN $3 ELSE k.first_breached_at END,
        next_warned_at = CASE WHEN 'next_warned_at' = ANY(n.told) THEN $3 ELSE k.next_warned_at END,
        next_breached_at = CASE WHEN 'next_breached_at' = ANY(n.told) THEN $3 ELSE k.next_breached_at END,
        solution_warned_at = CASE WHEN 'solution_warned_at' = ANY(n.told) THEN $3 ELSE k.solution_warned_at END,
        solution_breached_at = CASE WHEN 'solution_breached_at' = ANY(n.told) THEN $3 ELSE k.solution_breached_at END
    FROM (SELECT u.id, string_to_array(u.told, ',') AS told FROM unnest($1::bigint[], $2::text[]) AS u(id, told)) n
    WHERE k.id = n.id AND $3::timestamptz IS NOT NULL
"""


async def _write(rows: Sequence[Row], steps: dict[int, list[Step]], leads: list[int], now: datetime) -> int:
    """Remember on the tickets' rows, which are held, what is told now, and tell it. How many steps that were."""
    told = [(row, step) for row in rows for step in steps[row.id]]
    if not told:
        return 0
    await execute(
        _REMEMBER, [row.id for row in rows], [",".join(step.column for step in steps[row.id]) for row in rows], now
    )
    await notify_many([news for row, step in told for news in _news(row, step, leads, now)], now=now)
    return len(told)


def _news(row: Row, step: Step, leads: list[int], now: datetime) -> Iterator[News]:
    detail = {
        "number": row.id, "subject": row.subject, "customer": row.customer, "promise": step.promise, "due_at": step.due_at,
    }  # fmt: skip
    for user_id in sorted(_readers(row, step, leads, now)):
        key = f"promise {row.id} {step.column} {step.due_at.isoformat()} {user_id}"
        yield News(user_id, step.kind, detail, f"/tickets/{row.id}", key)


def _readers(row: Row, step: Step, leads: list[int], now: datetime) -> set[int]:
    """A warning goes to whoever has it, or to the leads if nobody does; a breach to whom the service level names."""
    if step.kind == Kind.PROMISE_WARNING:
        return {row.assignee} if row.assignee is not None else set(leads)
    tells = _level(row, now).tells
    readers = {row.assignee} if "assignee" in tells else set()
    readers |= {row.owner} if "owner" in tells else set()
    readers |= set(leads) if "leads" in tells else set()
    return {reader for reader in readers if reader is not None}
