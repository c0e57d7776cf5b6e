"""The reads of follow-ups: one's own, and those of an absent colleague for whom one stands in. Nobody else sees them."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound

_IS_ABSENT = """(p.absent_from IS NOT NULL OR p.absent_until IS NOT NULL)
    AND (p.absent_from IS NULL OR p.absent_from <= $2) AND (p.absent_until IS NULL OR p.absent_until > $2)"""
"""The same rule as `crm.tickets.routing.presence`: an absence without an end lasts, one without a start has begun."""

_OPEN_FOR = f"""(
    SELECT o.id FROM reminder o WHERE o."user" = $1 AND o.done_at IS NULL
    UNION ALL
    SELECT o.id FROM agent_profile p JOIN reminder o ON o."user" = p."user" AND o.done_at IS NULL
    JOIN customer d ON d.id = o.customer AND d.owner = o."user" AND d.deputy = $1
        AND d.deleted_at IS NULL AND d.restricted_at IS NULL
    WHERE o."user" <> $1 AND {_IS_ABSENT}
)"""
"""The open follow-ups that $1 sees at the moment $2: their own, and those about customers of an absent owner whose deputy they
are."""

_ROW = """
    SELECT r.id, r.text, r.due_at, r.done_at, r.customer, c.name AS customer_name, r."user" AS user_id, u.name AS user_name,
        r.repeat, r.series_from, r.planned_at, r.result, b.name AS given_by
    FROM reminder r JOIN staff u ON u.id = r."user"
    LEFT JOIN customer c ON c.id = r.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    LEFT JOIN LATERAL (SELECT g.by_user FROM reminder_given g WHERE g.reminder = r.id ORDER BY g.id DESC LIMIT 1) given ON true
    LEFT JOIN staff b ON b.id = given.by_user
"""

GIVEN_SHOWN = timedelta(days=30)
"""How long the giver still sees that what they handed over is done."""


async def due_reminders(user_id: int, until: datetime, now: datetime, limit: int = 50) -> list[Row]:
    """Open follow-ups that are due until then, the longest overdue first: of this user, and of those they stand in for."""
    return await fetch(
        _ROW + f"WHERE r.id IN {_OPEN_FOR} AND r.due_at <= $3 ORDER BY r.due_at, r.id LIMIT $4",
        user_id, now, until, limit,
    )  # fmt: skip


async def open_reminders(user_id: int, now: datetime, limit: int = 200) -> list[Row]:
    """All open follow-ups of this user and of those they stand in for, the next first."""
    return await fetch(_ROW + f"WHERE r.id IN {_OPEN_FOR} ORDER BY r.due_at, r.id LIMIT $3", user_id, now, limit)


async def given_reminders(user_id: int, now: datetime, limit: int = 50) -> list[Row]:
    """What this user gave to a colleague, or what a deputy gave away for them: with whom it is now, and whether it is done.
    Done ones for 30 days; the latest first. What the colleague wrote about it is theirs."""
    return await fetch(
        'SELECT r.id, r.text, r.due_at, r.done_at, r.customer, c.name AS customer_name, r."user" AS user_id, u.name AS user_name, '
        "max(g.at) AS given_at FROM reminder_given g JOIN reminder r ON r.id = g.reminder "
        'JOIN staff u ON u.id = r."user" '
        "LEFT JOIN customer c ON c.id = r.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        'WHERE (g.from_user = $1 OR g.by_user = $1) AND r."user" <> $1 AND (r.done_at IS NULL OR r.done_at > $2) '
        "GROUP BY r.id, c.name, u.name ORDER BY r.done_at IS NOT NULL, max(g.at) DESC, r.id DESC LIMIT $3",
        user_id, now - GIVEN_SHOWN, limit,
    )  # fmt: skip


async def reminder_for(user_id: int, reminder_id: int, now: datetime, *, lock: bool = False) -> Row:
    """A follow-up of this user, or of an absent colleague for whom they stand in; NotFound for anybody else's. `lock` holds it
    until the end of the transaction."""
    stands_in = (
        'r."user" = $1 OR EXISTS (SELECT 1 FROM agent_profile p JOIN customer d ON d.id = r.customer AND d.owner = r."user" '
        'AND d.deputy = $1 AND d.deleted_at IS NULL AND d.restricted_at IS NULL WHERE p."user" = r."user" AND '
        f"{_IS_ABSENT})"
    )
    row = None
    if 0 < reminder_id <= HIGHEST_ID:
        row = await fetch_one(
            f"{_ROW} WHERE r.id = $3 AND ({stands_in}){' FOR UPDATE OF r' if lock else ''}", user_id, now, reminder_id
        )
    if row is None:
        raise NotFound()
    return row
