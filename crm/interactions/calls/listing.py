"""The reads of calls to return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.customers.data import full_name_sql
from crm.database import Arguments, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.interactions.calls.whose import callers_of
from crm.web.paging import cursor_of, keys_of

PAGE = 40
TODAY = 12
VIEWS = {
    "mine": 'b.done_at IS NULL AND b."user" = {me}',
    "free": 'b.done_at IS NULL AND b."user" IS NULL',
    "open": "b.done_at IS NULL",
    "done": "b.done_at IS NOT NULL",
}
_ROW = f"""
    SELECT b.id, b.kind, b.number, b.name, b.about, b.at, b.from_at, b.until_at, b.due_at, b.tries, b.customer,
        c.name AS customer_name, b.person AS person_id, {full_name_sql("p")} AS person_name, b."user" AS user_id, u.name AS user_name,
        b.done_at, d.name AS done_by_name, b.outcome, coalesce(i.text, b.result) AS result, i.id AS interaction_id, b.reminder_id
    FROM call_back b LEFT JOIN customer c ON c.id = b.customer LEFT JOIN person p ON p.id = b.person
    LEFT JOIN staff u ON u.id = b."user" LEFT JOIN staff d ON d.id = b.done_by LEFT JOIN interaction i ON i.id = b.interaction_id
    WHERE (c.id IS NULL OR c.deleted_at IS NULL AND c.restricted_at IS NULL) AND p.restricted_at IS NULL
"""


WAITING = """
    SELECT count(*) FROM call_back b LEFT JOIN customer c ON c.id = b.customer LEFT JOIN person p ON p.id = b.person
    WHERE b.done_at IS NULL AND b.due_at <= {until} AND (b."user" = {me} OR b."user" IS NULL)
        AND (c.id IS NULL OR c.deleted_at IS NULL AND c.restricted_at IS NULL) AND p.restricted_at IS NULL
"""
"""How many calls somebody should return until a moment: their own and those for anybody. `me` and `until` are placeholders."""


@dataclass(frozen=True)
class CallBacks:
    """A page of calls; `next` is the cursor of the following page."""

    rows: list[Row]
    next: str | None
    callers: dict[str, list[Row]]
    """Whose numbers of the calls without a customer could be."""


async def open_call_backs(user_id: int, until: datetime, limit: int = TODAY) -> list[Row]:
    """Whom this user calls back until a moment, and whom anybody should, the longest due first. One statement; calls of
    restricted or deleted customers are left out (GDPR Art. 18)."""
    return await fetch(
        f'{_ROW} AND b.done_at IS NULL AND b.due_at <= $2 AND (b."user" = $1 OR b."user" IS NULL) ORDER BY b.due_at, b.id LIMIT $3',
        user_id, until, limit,
    )  # fmt: skip


async def call_backs(view: str, user_id: int, *, after: str | None = None, limit: int = PAGE) -> CallBacks:
    """The calls of a view: open ones by when they are due, done ones the latest first. Two statements."""
    place = Arguments([limit + 1])
    where = VIEWS[view].format(me=place(user_id)) if view == "mine" else VIEWS[view]
    column, order, beyond = ("b.done_at", "DESC", "<") if view == "done" else ("b.due_at", "ASC", ">")
    keys = keys_of(after, datetime, int)
    if keys:
        where += f" AND ({column}, b.id) {beyond} ({place(keys[0])}, {place(keys[1])})"
    rows = await fetch(f"{_ROW} AND {where} ORDER BY {column} {order}, b.id {order} LIMIT $1", *place)
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    unknown = sorted({row.number for row in shown if row.customer is None and row.number})
    following = cursor_of(last.done_at if view == "done" else last.due_at, last.id) if last else None
    return CallBacks(shown, following, await callers_of(unknown))


async def call_back(call_back_id: int) -> Row:
    """One call. NotFound if it isn't there, or its customer is restricted or deleted."""
    row = await fetch_one(f"{_ROW} AND b.id = $1", min(call_back_id, 2**62))
    if row is None:
        raise NotFound()
    return row
