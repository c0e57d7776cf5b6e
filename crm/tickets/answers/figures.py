"""First-contact resolution per competence level, level 0 among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.database import fetch
from crm.tickets.first_contact import AT_FIRST_CONTACT, REOPENED_WITHIN

LOOKED_BACK = timedelta(days=90)

# Level 0: of the enquiries that were answered automatically, those that are solved and that no person had to answer. Levels 1 to 3: of
# those solved, the ones solved at the first contact. What was solved less than 7 days ago is not known yet.
_PER_LEVEL = f"""
    WITH answered AS (
        SELECT 0 AS level, x.ended_at IS NULL AND NOT EXISTS (SELECT FROM ticket_message m WHERE m.ticket = x.ticket
            AND m.kind = 'reply' AND NOT m.is_automatic) AS is_at_once
        FROM automatic_answer x WHERE x.at >= $1 AND x.at < $2 AND (x.ended_at IS NOT NULL OR x.settled_at IS NOT NULL
            OR EXISTS (SELECT FROM closure c WHERE c.ticket = x.ticket AND c.reopened_at IS NULL))
    ), solved AS (
        SELECT DISTINCT c.ticket FROM closure c WHERE c.at >= $1 AND c.at < $2 - $3::interval
    ), by_people AS (
        SELECT k.required_level AS level, {AT_FIRST_CONTACT} AS is_at_once
        FROM solved s JOIN ticket k ON k.id = s.ticket
        WHERE NOT EXISTS (SELECT FROM automatic_answer x WHERE x.ticket = k.id AND x.ended_at IS NULL)
    )
    SELECT l.level, count(b.level) AS solved, count(b.level) FILTER (WHERE b.is_at_once) AS at_once
    FROM generate_series(0, 3) AS l (level) LEFT JOIN (SELECT * FROM answered UNION ALL SELECT * FROM by_people) b ON b.level = l.level
    GROUP BY l.level ORDER BY l.level
"""


@dataclass(frozen=True, slots=True)
class LevelResolution:
    """How many enquiries of a level were solved, and how many of them with the first answer."""

    level: int
    solved: int
    at_once: int

    @property
    def share(self) -> float | None:
        """From 0 to 1, or None without any."""
        return self.at_once / self.solved if self.solved else None


async def resolution_between(start: datetime, end: datetime) -> list[LevelResolution]:
    """First-contact resolution of levels 0 to 3, of what was answered automatically or solved in a period; one statement. `end` is
    when one looks, at the latest: the last seven days before it are not known yet."""
    rows = await fetch(_PER_LEVEL, start, end, REOPENED_WITHIN)
    return [LevelResolution(row.level, row.solved, row.at_once) for row in rows]


async def resolution_per_level(now: datetime) -> list[LevelResolution]:
    """The same for the last 90 days."""
    return await resolution_between(now - LOOKED_BACK, now)
