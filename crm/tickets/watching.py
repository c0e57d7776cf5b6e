"""Watching over promises: the agent is warned before one is missed, the leads are told when it is; each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from crm.accounts.permissions import Role
from crm.accounts.queries import staff_of
from crm.database import Row, fetch, transaction
from crm.notifications.actions import notify
from crm.notifications.sentences import Kind
from crm.service_levels.calendar import Calendar
from crm.service_levels.promises import WARNED_SHARE
from crm.service_levels.queries import CALENDAR, calendar_from
from crm.tickets.tables import OPEN_SQL

SWEPT_AT_ONCE = 1000

_WATCHED = f"""
    SELECT k.id, k.subject, k.assignee, k.service_level, c.name AS customer,
        k.first_responded_at, k.first_response_due_at, k.first_response_min, k.first_warned_at, k.first_breached_at, k.first_overtaken_at,
        k.next_response_due_at, k.next_response_min, k.next_warned_at, k.next_breached_at,
        k.solution_due_at, k.solution_min, k.solution_warned_at, k.solution_breached_at, k.solution_overtaken_at
    FROM ticket k JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    WHERE k.status IN {OPEN_SQL} AND k.id > $1 AND (
        (k.first_responded_at IS NULL AND k.first_breached_at IS NULL
            AND (k.first_response_due_at < $2 OR (k.first_response_due_at IS NOT NULL AND k.first_warned_at IS NULL)))
        OR (k.next_breached_at IS NULL
            AND (k.next_response_due_at < $2 OR (k.next_response_due_at IS NOT NULL AND k.next_warned_at IS NULL)))
        OR (k.solution_breached_at IS NULL
            AND (k.solution_due_at < $2 OR (k.solution_due_at IS NOT NULL AND k.solution_warned_at IS NULL))))
    ORDER BY k.id LIMIT {SWEPT_AT_ONCE}
"""


class Step(NamedTuple):
    """Something to be told once: the column that remembers it, the kind of notification, the promise, its due time."""

    column: str
    kind: Kind
    promise: str
    due_at: datetime


async def sweep_promises(*, now: datetime) -> int:
    """Warn the agent when 75 % of a target is used, and tell the leads when a promise is missed; each once, however
    many workers sweep. A due time that was recalculated into the past is a warning, not a breach. How many were told."""
    leads = await staff_of(Role.LEAD)
    levels = await fetch("SELECT s.id, " + CALENDAR.format(calendar="s.calendar") + " AS calendar FROM service_level s")
    calendars = {level.id: calendar_from(level.calendar, now) for level in levels}
    told = last = 0
    while rows := await fetch(_WATCHED, last, now):
        for row in rows:
            for step in _steps(row, calendars[row.service_level], now):
                told += await _tell_once(row, step, leads, now)
        last = rows[-1].id
    return told


def _steps(row: Row, calendar: Calendar, now: datetime) -> Iterator[Step]:
    first_due_at = row.first_response_due_at if row.first_responded_at is None else None
    promises = (
        ("first", "first_response", first_due_at, row.first_response_min, row.first_overtaken_at),
        ("next", "next_response", row.next_response_due_at, row.next_response_min, None),
        ("solution", "solution", row.solution_due_at, row.solution_min, row.solution_overtaken_at),
    )  # fmt: skip
    for column, promise, due_at, minutes, overtaken_at in promises:
        if due_at is None or row[f"{column}_breached_at"] is not None:
            continue
        if now > due_at and overtaken_at is None:
            yield Step(f"{column}_breached_at", Kind.PROMISE_MISSED, promise, due_at)
        elif row[f"{column}_warned_at"] is None:
            left = calendar.minutes_between(now, due_at)
            if left <= minutes * (1 - WARNED_SHARE):
                yield Step(f"{column}_warned_at", Kind.PROMISE_WARNING, promise, due_at)


async def _tell_once(row: Row, step: Step, leads: list[int], now: datetime) -> bool:
    async with transaction():
        marked = await fetch(
            f"UPDATE ticket SET {step.column} = $2 WHERE id = $1 AND {step.column} IS NULL RETURNING id", row.id, now
        )
        if not marked:
            return False
        readers = {row.assignee} if step.kind == Kind.PROMISE_WARNING else {row.assignee, *leads}
        detail = {
            "number": row.id, "subject": row.subject, "customer": row.customer, "promise": step.promise, "due_at": step.due_at,
        }  # fmt: skip
        for user_id in sorted(reader for reader in readers if reader is not None):
            await notify(user_id, step.kind, detail=detail, link=f"/tickets/{row.id}", now=now, mail=False)
    return True
