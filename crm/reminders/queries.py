"""The reads of follow-ups: one's own, never anybody else's."""

from __future__ import annotations

from datetime import datetime

from crm.database import Row, fetch, fetch_one
from crm.errors import NotFound

_ROW = """
    SELECT r.id, r.text, r.due_at, r.done_at, r.customer, c.name AS customer_name
    FROM reminder r LEFT JOIN customer c ON c.id = r.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
"""


async def due_reminders(user_id: int, until: datetime, limit: int = 50) -> list[Row]:
    """Open follow-ups of this user that are due until then, the longest overdue first."""
    return await fetch(
        _ROW + 'WHERE r."user" = $1 AND r.done_at IS NULL AND r.due_at <= $2 ORDER BY r.due_at, r.id LIMIT $3',
        user_id, until, limit,
    )  # fmt: skip


async def open_reminders(user_id: int, limit: int = 200) -> list[Row]:
    """All open follow-ups of this user, the next first."""
    return await fetch(
        _ROW + 'WHERE r."user" = $1 AND r.done_at IS NULL ORDER BY r.due_at, r.id LIMIT $2', user_id, limit
    )


async def reminder_for(user_id: int, reminder_id: int) -> Row:
    """One of this user's own follow-ups; NotFound for anybody else's."""
    row = await fetch_one(_ROW + 'WHERE r.id = $1 AND r."user" = $2', reminder_id, user_id)
    if row is None:
        raise NotFound()
    return row
