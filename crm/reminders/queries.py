"""The reads of follow-ups: one's own, and those of an absent colleague for whom one stands in. Nobody else sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.reminders.causes import caused_text
from crm.tickets.merged import FAMILY
from crm.tickets.standing_in import absent_sql
from crm.web.paging import cursor_of, keys_of

PAGE = 40

IS_ABSENT = absent_sql("$2")

_STANDS_IN = """EXISTS (SELECT FROM customer d WHERE d.deputy = $1 AND d.owner = p."user" AND d.deleted_at IS NULL
    AND d.restricted_at IS NULL)"""

OPEN_FOR = f"""(
    SELECT o.id FROM reminder o WHERE o."user" = $1 AND o.done_at IS NULL
    UNION ALL
    SELECT o.id FROM agent_profile p JOIN reminder o ON o."user" = p."user" AND o.done_at IS NULL
    JOIN customer d ON d.id = o.customer AND d.owner = o."user" AND d.deputy = $1
        AND d.deleted_at IS NULL AND d.restricted_at IS NULL
    WHERE o."user" <> $1 AND {IS_ABSENT}
    UNION ALL
    SELECT o.id FROM agent_profile p JOIN reminder o ON o."user" = p."user" AND o.done_at IS NULL AND o.customer IS NULL
    WHERE o."user" <> $1 AND {IS_ABSENT} AND {_STANDS_IN}
)"""
"""The open follow-ups that $1 sees at the moment $2: their own, those about customers of an absent owner whose deputy they
are, and those about no customer of an absent colleague for whom they stand in anywhere."""

_ROW = """
    SELECT r.id, r.text, r.due_at, r.done_at, r.customer, c.name AS customer_name, r."user" AS user_id, u.name AS user_name,
        r.repeat, r.series_from, r.planned_at, r.result, r.cause, r.cause_detail::text AS cause_detail, r.withdrawn_at,
        b.name AS given_by, k.id AS ticket, k.subject AS ticket_subject
    FROM reminder r JOIN staff u ON u.id = r."user"
    LEFT JOIN customer c ON c.id = r.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    LEFT JOIN ticket k ON k.id = r.ticket AND k.customer = c.id
    LEFT JOIN LATERAL (SELECT g.by_user FROM reminder_given g WHERE g.reminder = r.id ORDER BY g.id DESC LIMIT 1) given ON true
    LEFT JOIN staff b ON b.id = given.by_user
"""

GIVEN_SHOWN = timedelta(days=30)
"""How long the giver still sees that what they handed over is done."""


@dataclass(frozen=True, slots=True)
class ShownReminder:
    """A follow-up with what it says (`text`) in the language of the moment: as somebody wrote it, or made of its `cause`."""

    id: int
    text: str
    due_at: datetime
    done_at: datetime | None
    customer: int | None
    customer_name: str | None
    user_id: int
    user_name: str
    repeat: str
    series_from: datetime | None
    planned_at: datetime | None
    result: str
    cause: str
    withdrawn_at: datetime | None
    given_by: str | None
    ticket: int | None = None
    ticket_subject: str | None = None
    given_at: datetime | None = None


def shown(row: Row, now: datetime) -> ShownReminder:
    values = dict(row)
    detail = values.pop("cause_detail")
    if row.cause:
        values["text"] = caused_text(row.cause, msgspec.json.decode(detail), row.customer_name or "", now)
    return ShownReminder(**values)


async def due_reminders(user_id: int, until: datetime, now: datetime, limit: int = 50) -> list[ShownReminder]:
    """Open follow-ups that are due until then, the longest overdue first: of this user, and of those they stand in for."""
    rows = await fetch(
        _ROW + f"WHERE r.id IN {OPEN_FOR} AND r.due_at <= $3 ORDER BY r.due_at, r.id LIMIT $4",
        user_id, now, until, limit,
    )  # fmt: skip
    return [shown(row, now) for row in rows]


async def open_reminders(user_id: int, now: datetime, limit: int = 200) -> list[ShownReminder]:
    """All open follow-ups of this user and of those they stand in for, the next first."""
    rows = await fetch(_ROW + f"WHERE r.id IN {OPEN_FOR} ORDER BY r.due_at, r.id LIMIT $3", user_id, now, limit)
    return [shown(row, now) for row in rows]


async def given_reminders(user_id: int, now: datetime, limit: int = 50) -> list[ShownReminder]:
    """What this user gave to a colleague, or what a deputy gave away for them: with whom it is now, and whether it is done.
    Done ones for 30 days; the latest first. What the colleague wrote about it is theirs."""
    rows = await fetch(
        'SELECT r.id, r.text, r.due_at, r.done_at, r.customer, c.name AS customer_name, r."user" AS user_id, u.name AS user_name, '
        "r.repeat, r.series_from, r.planned_at, '' AS result, r.cause, r.cause_detail::text AS cause_detail, r.withdrawn_at, "
        "NULL AS given_by, k.id AS ticket, k.subject AS ticket_subject, "
        "max(g.at) AS given_at FROM reminder_given g JOIN reminder r ON r.id = g.reminder "
        'JOIN staff u ON u.id = r."user" '
        "LEFT JOIN customer c ON c.id = r.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        "LEFT JOIN ticket k ON k.id = r.ticket AND k.customer = c.id "
        'WHERE (g.from_user = $1 OR g.by_user = $1) AND r."user" <> $1 AND (r.done_at IS NULL OR r.done_at > $2) '
        "GROUP BY r.id, c.name, u.name, k.id ORDER BY r.done_at IS NOT NULL, max(g.at) DESC, r.id DESC LIMIT $3",
        user_id, now - GIVEN_SHOWN, limit,
    )  # fmt: skip
    return [shown(row, now) for row in rows]


@dataclass(frozen=True, slots=True)
class OnTicket:
    """The next follow-up on an enquiry. `text` is empty for a reader who neither has it nor gave it; `is_mine`: who reads may
    settle it."""

    id: int
    text: str
    due_at: datetime
    user_name: str
    is_mine: bool


async def next_on_ticket(user_id: int, ticket_id: int, now: datetime) -> OnTicket | None:
    """The next open follow-up on an enquiry or on what was merged into it, this user's own before a colleague's. One statement."""
    row = await fetch_one(
        f'SELECT r.id, r.text, r.due_at, u.name AS user_name, r.id IN {OPEN_FOR} AS is_mine, r.created_by = $1 AS is_from_me '
        'FROM ticket k JOIN reminder r ON r.done_at IS NULL JOIN staff u ON u.id = r."user" '
        f"WHERE k.id = $3 AND r.ticket IN {FAMILY} ORDER BY is_mine DESC, r.due_at, r.id LIMIT 1",
        user_id, now, ticket_id,
    )  # fmt: skip
    if row is None:
        return None
    text = row.text if row.is_mine or row.is_from_me else ""
    return OnTicket(row.id, text, row.due_at, row.user_name, row.is_mine)


async def reminder_for(user_id: int, reminder_id: int, now: datetime, *, lock: bool = False) -> ShownReminder:
    """A follow-up of this user, or of an absent colleague for whom they stand in; NotFound for anybody else's. `lock` holds it
    until the end of the transaction."""
    stands_in = (
        'r."user" = $1 OR EXISTS (SELECT 1 FROM agent_profile p JOIN customer d ON d.id = r.customer AND d.owner = r."user" '
        'AND d.deputy = $1 AND d.deleted_at IS NULL AND d.restricted_at IS NULL WHERE p."user" = r."user" AND '
        f'{IS_ABSENT}) OR r.customer IS NULL AND EXISTS (SELECT 1 FROM agent_profile p WHERE p."user" = r."user" '
        f"AND {IS_ABSENT} AND {_STANDS_IN})"
    )
    row = None
    if 0 < reminder_id <= HIGHEST_ID:
        row = await fetch_one(
            f"{_ROW} WHERE r.id = $3 AND ({stands_in}){' FOR UPDATE OF r' if lock else ''}", user_id, now, reminder_id
        )
    if row is None:
        raise NotFound()
    return shown(row, now)


async def past_reminders(user_id: int, before: str = "", limit: int = PAGE) -> tuple[list[ShownReminder], str | None]:
    """A page of what this user has done, or what was withdrawn because nobody needs it any more, the latest first; and the cursor of
    the next page."""
    done_at, last = keys_of(before, datetime, int) or (None, None)
    rows = await fetch(
        _ROW + 'WHERE r."user" = $1 AND r.done_at IS NOT NULL AND ($2::timestamptz IS NULL OR (r.done_at, r.id) < ($2, $3)) '
        "ORDER BY r.done_at DESC, r.id DESC LIMIT $4",
        user_id, done_at, last, limit + 1,
    )  # fmt: skip
    more = rows[limit - 1] if len(rows) > limit else None
    return [shown(row, row.done_at) for row in rows[:limit]], cursor_of(more.done_at, more.id) if more else None


async def deputy_for(customer_id: int, owner_id: int, now: datetime) -> Row | None:
    """Who stands in for the owner with this customer while they are absent (`deputy`), and whom for (`name`); None otherwise."""
    return await fetch_one(
        'SELECT d.deputy, u.name FROM customer d JOIN staff u ON u.id = d.owner JOIN agent_profile p ON p."user" = d.owner '
        "WHERE d.id = $1 AND d.owner = $3 AND d.deputy <> $3 AND d.deleted_at IS NULL AND d.restricted_at IS NULL "
        f"AND {IS_ABSENT}",
        customer_id, now, owner_id,
    )  # fmt: skip


async def deputies_for(owner_id: int, now: datetime) -> list[Row]:
    """Who stands in for an absent colleague with any customer (`deputy`), and the colleague's name: their follow-ups that are about no
    customer are seen by all of them."""
    return await fetch(
        'SELECT DISTINCT d.deputy, u.name FROM agent_profile p JOIN staff u ON u.id = p."user" JOIN customer d ON d.owner = p."user" '
        "JOIN staff s ON s.id = d.deputy AND s.deactivated_at IS NULL "
        'WHERE p."user" = $1 AND d.deputy <> $1 AND d.deleted_at IS NULL AND d.restricted_at IS NULL '
        f"AND {IS_ABSENT} ORDER BY 1",
        owner_id, now,
    )  # fmt: skip
