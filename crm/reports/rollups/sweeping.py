"""Counting marked days anew. The truth stays in the raw rows: losing the counted days loses nothing but time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from crm.database import Lock, execute, fetch, fetch_value, take_lock, transaction
from crm.interactions.counting import COUNTED, SHUT
from crm.reports.rollups.queries import ANSWER_COUNTED, local_day, marked_days, rows_of_days
from crm.web.i18n import zone

_TABLES = ("contact_day", "touchpoint_day", "answer_day", "score_day")

_TAKEN = f"""
    WITH taken AS (DELETE FROM rollup_mark RETURNING on_utc, customer, person)
    SELECT day FROM ({marked_days("taken", "$1::text")}) x ORDER BY day
"""

_EVERY_DAY = " UNION ".join(
    f"SELECT {local_day('at', '$1::text')} AS day FROM {table} WHERE at IS NOT NULL"
    for table in ("interaction", "survey_answer")
)

_DAYS = "days AS MATERIALIZED (SELECT day FROM unnest($2::date[]) AS day)"

_CONTACTS = f"""
    WITH {SHUT}, {_DAYS},
    row AS MATERIALIZED (
        SELECT d.day, i.channel, i.direction, i.touchpoint, i.phase, i.is_moment_of_truth AS marked, i.impression,
            count(*)::int AS n
        FROM {rows_of_days("interaction", "i", "days", "$1::text")} WHERE {COUNTED} GROUP BY 1, 2, 3, 4, 5, 6, 7
    ),
    by_channel AS (
        INSERT INTO contact_day (day, channel, direction, n) SELECT day, channel, direction, sum(n) FROM row GROUP BY 1, 2, 3
    )
    INSERT INTO touchpoint_day (day, touchpoint, phase, marked, impression, n)
    SELECT day, touchpoint, phase, marked, impression, sum(n) FROM row GROUP BY 1, 2, 3, 4, 5
"""

_ANSWERS = f"""
    WITH {SHUT}, {_DAYS},
    row AS MATERIALIZED (
        SELECT d.day, a.touchpoint, a.metric, a.score, count(*)::int AS n
        FROM {rows_of_days("survey_answer", "a", "days", "$1::text")} WHERE {ANSWER_COUNTED} GROUP BY 1, 2, 3, 4
    ),
    by_score AS (
        INSERT INTO score_day (day, metric, score, n) SELECT day, metric, score, sum(n) FROM row GROUP BY 1, 2, 3
    )
    INSERT INTO answer_day (day, touchpoint, metric, score, n) SELECT day, touchpoint, metric, score, n FROM row
"""


async def sweep_rollups() -> int:
    """Count the days anew that have changed since the last sweep; how many. In a zone other than that of the last sweep (and the
    very first time), all of them.

    The marks are taken away first. What is committed after that is read too, and marked as well: it is counted once more by
    the next sweep. One sweep at a time; readers and writers wait for none.
    """
    async with transaction():
        await take_lock(Lock.ROLLUPS)
        here = zone.get().key
        days = [row.day for row in await fetch(_TAKEN, here)]
        if await fetch_value("SELECT zone FROM rollup_zone") != here:
            await execute("UPDATE rollup_zone SET zone = $1", here)
            for table in _TABLES:
                await execute(f"DELETE FROM {table}")
            days = [row.day for row in await fetch(_EVERY_DAY, here)]
        if days:
            await _count_anew(days, here)
        return len(days)


async def _count_anew(days: Iterable[date], here: str) -> None:
    for table in _TABLES:
        await execute(f"DELETE FROM {table} WHERE day = ANY($1::date[])", days)
    await execute(_CONTACTS, here, days)
    await execute(_ANSWERS, here, days)
