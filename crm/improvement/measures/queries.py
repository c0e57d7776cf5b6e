"""The reads of measures: the list, one with its tasks, what it answers and could answer."""

from __future__ import annotations

from dataclasses import dataclass

from crm.database import HIGHEST_ID, Arguments, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.improvement.measures.tables import OPEN_STATUSES, MeasureStatus
from crm.improvement.queries import points_where
from crm.web.i18n import language

MOST = 200
SORTS = {
    "rank": "m.status NOT IN ('planned', 'running'), array_position(ARRAY['basic', 'expected', 'delight'], m.level::text), m.due_on, m.id",
    "due": "m.status NOT IN ('planned', 'running'), m.due_on, m.id",
    "newest": "m.created_at DESC, m.id DESC",
}
"""Unmet basic expectations come before delight; within a level what is due first."""

_COLUMNS = """
    m.*, t.code AS touchpoint_code, t.name_{lang} AS touchpoint_name, o.name AS owner_name, p.starts_on AS programme_starts_on,
    (SELECT count(*)::int FROM measure_task x WHERE x.measure = m.id) AS tasks,
    (SELECT count(*)::int FROM measure_task x WHERE x.measure = m.id AND x.done_at IS NOT NULL) AS tasks_done
"""
_FROM = """
    FROM measure m LEFT JOIN touchpoint t ON t.id = m.touchpoint JOIN staff o ON o.id = m.owner
    LEFT JOIN improvement_programme p ON p.id = m.programme
"""


@dataclass(frozen=True, slots=True)
class MeasuresWanted:
    """`status` is one of MeasureStatus, `open` (planned or under way) or empty for all; `touchpoint` a code."""

    status: str = ""
    touchpoint: str = ""
    owner_id: int | None = None
    programme_id: int | None = None
    sort: str = "rank"


async def measures(wanted: MeasuresWanted, limit: int = MOST) -> list[Row]:
    """Measures that fit, in their order."""
    arguments = Arguments()
    where = _narrowed(wanted, arguments)
    if wanted.status:
        statuses = OPEN_STATUSES if wanted.status == "open" else (wanted.status,)
        where.append(f"m.status = ANY({arguments([str(one) for one in statuses])})")
    return await fetch(
        f"SELECT {_columns()} {_FROM} WHERE {' AND '.join(where)} ORDER BY {SORTS[wanted.sort]} LIMIT {limit}",
        *arguments,
    )


def _narrowed(wanted: MeasuresWanted, arguments: Arguments) -> list[str]:
    """What is asked for beside the status."""
    where = ["true"]
    if wanted.touchpoint:
        where.append(f"t.code = {arguments(wanted.touchpoint)}")
    if wanted.owner_id is not None:
        where.append(f"m.owner = {arguments(wanted.owner_id)}")
    if wanted.programme_id is not None:
        where.append(f"m.programme = {arguments(wanted.programme_id)}")
    return where


async def counts_by_status(wanted: MeasuresWanted) -> dict[str, int]:
    """How many there are of each status, of those that fit otherwise."""
    arguments = Arguments()
    where = _narrowed(wanted, arguments)
    rows = await fetch(
        f"SELECT m.status, count(*)::int AS n {_FROM} WHERE {' AND '.join(where)} GROUP BY 1", *arguments
    )
    return {status.value: 0 for status in MeasureStatus} | {row.status: row.n for row in rows}


async def measure_for(measure_id: int) -> Row:
    """One measure; all staff see all of them. Raises NotFound."""
    row = None
    if 0 < measure_id <= HIGHEST_ID:
        row = await fetch_one(
            f"SELECT {_columns()}, c.name AS created_by_name {_FROM} JOIN staff c ON c.id = m.created_by WHERE m.id = $1",
            measure_id,
        )  # fmt: skip
    if row is None:
        raise NotFound()
    return row


async def touchpoint_id(code: str) -> int | None:
    """The id of the touchpoint with this code."""
    found = await fetch_one("SELECT id FROM touchpoint WHERE code = $1", code)
    return None if found is None else int(found.id)


async def tasks_of(measure_id: int) -> list[Row]:
    """Its tasks, open ones first, by their day."""
    return await fetch(
        "SELECT x.*, a.name AS assignee_name, d.name AS done_by_name, r.due_at AS reminded_at FROM measure_task x "
        "JOIN staff a ON a.id = x.assignee LEFT JOIN staff d ON d.id = x.done_by "
        "LEFT JOIN reminder r ON r.id = x.reminder_id AND r.done_at IS NULL "
        "WHERE x.measure = $1 ORDER BY x.done_at IS NOT NULL, x.due_on, x.id",
        measure_id,
    )  # fmt: skip


async def points_of(measure_id: int) -> list[Row]:
    """The criticism and the expectations that it answers; those of restricted people are left out."""
    return await points_where("f.id IN (SELECT x.feedback FROM measure_feedback x WHERE x.measure = $1)", measure_id)


async def open_points(touchpoint_id: int | None, limit: int = 30) -> list[Row]:
    """Criticism and expectations that no measure answers yet (one that was given up answers nothing) and nobody has closed, the newest
    first: at this touchpoint, or anywhere."""
    return await points_where(  # y: the measure that answers it, z: its closing (crm.improvement.queries)
        "f.kind <> 'praise' AND y.id IS NULL AND z.id IS NULL AND ($1::bigint IS NULL OR f.touchpoint = $1)",
        touchpoint_id, limit=limit,
    )  # fmt: skip


async def measures_to_follow() -> list[Row]:
    """Measures whose effect is still to be measured: those under way or carried out whose period is not over, or was not measured to its
    end. Those never measured come first, then those that have waited the longest."""
    return await fetch(
        "SELECT m.* FROM measure m WHERE m.metric <> '' AND m.before_until IS NOT NULL AND m.status IN ('running', 'done') "
        "AND (m.after_at IS NULL OR m.after_at < (CASE m.status WHEN 'done' THEN m.ended_at ELSE m.started_at END) "
        "+ make_interval(days => m.days)) ORDER BY m.after_at NULLS FIRST, m.id LIMIT 2000"
    )


def _columns() -> str:
    return _COLUMNS.format(lang="de" if language.get() == "de" else "en")


async def measures_in_hands_of(user_id: int) -> list[Row]:
    """The measures planned or running (id, name, is_owner, tasks) that somebody owns or in which they have open tasks."""
    return await fetch(
        "SELECT m.id, m.name, m.owner = $1 AS is_owner, count(t.id)::int AS tasks FROM measure m "
        "LEFT JOIN measure_task t ON t.measure = m.id AND t.assignee = $1 AND t.done_at IS NULL "
        "WHERE m.status IN ('planned', 'running') GROUP BY m.id HAVING m.owner = $1 OR count(t.id) > 0 ORDER BY m.due_on, m.id",
        user_id,
    )
