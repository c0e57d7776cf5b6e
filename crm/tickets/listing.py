"""The queues of enquiries: which views there are, their order, and their pages by keyset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.tickets.tables import BUSY_SQL, OPEN_SQL
from crm.web.paging import cursor_of, keys_of

PAGE = 50
SOON = timedelta(hours=24)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

NEXT_DUE = (
    "least(CASE WHEN k.first_responded_at IS NULL THEN k.first_response_due_at END, k.next_response_due_at, "
    "k.solution_due_at)"
)
"""What is due next on an open ticket `k`; null where nothing is."""

DUE = f"coalesce({NEXT_DUE}, '9999-01-01 00:00+00'::timestamptz)"
"""The same with NEVER for nothing, as the index ix_ticket_due keeps it."""

_OPEN = f"k.status IN {OPEN_SQL}"


def waits_for_staff(now: str) -> str:
    """An open ticket `k` that somebody must do something about, as SQL: new or in work, or put back although a promise is
    overdue; `now` is the parameter with the time. What the start page and the navigation count as "waits for you"; the
    queue "Mine" holds besides what rests."""
    return f"(k.status IN {BUSY_SQL} OR {_OPEN} AND {DUE} < {now})"


class View(StrEnum):
    """A queue; the word for each is in words.VIEWS."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    SOON = "soon"
    OVERDUE = "overdue"
    WAITING = "waiting"
    OPEN = "open"
    SOLVED = "solved"


_WHERE = {
    View.MINE: f"{_OPEN} AND k.assignee = $1",
    View.UNASSIGNED: f"{_OPEN} AND k.assignee IS NULL",
    View.SOON: f"{_OPEN} AND {DUE} >= $2 AND {DUE} < $3",
    View.OVERDUE: f"{_OPEN} AND {DUE} < $2",
    View.WAITING: "k.status IN ('waiting', 'postponed')",
    View.OPEN: _OPEN,
    View.SOLVED: "k.status IN ('solved', 'closed') AND k.solved_at IS NOT NULL",
}

_COLUMNS = f"""
    k.id, k.subject, k.status, k.priority, k.required_level, k.is_moment_of_truth, k.assignee, k.opened_at, k.solved_at,
    k.first_responded_at, k.first_response_due_at, k.next_response_due_at, k.solution_due_at, {DUE} AS due_at, k.customer,
    c.name AS customer_name, t.code AS topic_code, t.name_de, t.name_en, u.name AS assignee_name
"""


@dataclass(frozen=True)
class TicketPage:
    """Some tickets of a queue, and the cursor for the next ones."""

    rows: list[Row]
    next: str | None


async def tickets_in(
    view: View,
    *,
    user_id: int,
    now: datetime,
    cursor: str | None = None,
    limit: int = PAGE,
    sees_restricted: bool = False,
) -> TicketPage:
    """A queue: what is open by what is due next, what is solved by when, the newest first."""
    keys = keys_of(cursor, datetime, int)
    if view == View.SOLVED:
        start, key, after = (keys or (NEVER, HIGHEST_ID)), "k.solved_at", "<"
        order = "k.solved_at DESC, k.id DESC"
    else:
        start, key, after = (keys or (datetime(1970, 1, 1, tzinfo=UTC), 0)), DUE, ">"
        order = f"{DUE}, k.id"
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM ticket k JOIN customer c ON c.id = k.customer LEFT JOIN topic t ON t.id = k.topic "
        f"LEFT JOIN staff u ON u.id = k.assignee "
        f"WHERE {_WHERE[view]} AND ({key}, k.id) {after} ($4::timestamptz, $5::bigint) "
        "AND c.deleted_at IS NULL AND (c.restricted_at IS NULL OR $7) "
        "AND ($1::bigint, $2::timestamptz, $3::timestamptz) IS NOT NULL "
        f"ORDER BY {order} LIMIT $6",
        user_id, now, now + SOON, start[0], start[1], limit + 1, sees_restricted,
    )  # fmt: skip
    shown = rows[:limit]
    return TicketPage(shown, _cursor(view, shown[-1]) if len(rows) > limit else None)


def _cursor(view: View, row: Row) -> str:
    return cursor_of(row.solved_at if view == View.SOLVED else row.due_at, row.id)


async def counts(user_id: int, now: datetime) -> dict[str, int]:
    """How many are in each queue of open tickets."""
    row = await fetch_one(
        "SELECT count(*) FILTER (WHERE k.assignee = $1) AS mine, count(*) FILTER (WHERE k.assignee IS NULL) AS unassigned, "
        f"count(*) FILTER (WHERE {DUE} >= $2 AND {DUE} < $3) AS soon, count(*) FILTER (WHERE {DUE} < $2) AS overdue, "
        "count(*) FILTER (WHERE k.status IN ('waiting', 'postponed')) AS waiting, count(*) AS open "
        f"FROM ticket k JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL WHERE {_OPEN}",
        user_id, now, now + SOON,
    )  # fmt: skip
    return dict(row) if row else {}


async def tickets_matching(
    *,
    status: str | None,
    assignee_id: int | None,
    customer_id: int | None,
    cursor: str | None,
    limit: int,
    sees_restricted: bool,
) -> TicketPage:
    """For the API: the newest first, of one status, assignee or customer if asked."""
    keys = keys_of(cursor, int)
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM ticket k JOIN customer c ON c.id = k.customer LEFT JOIN topic t ON t.id = k.topic "
        "LEFT JOIN staff u ON u.id = k.assignee WHERE k.id < $1 AND ($2::text IS NULL OR k.status = $2) "
        "AND ($3::bigint IS NULL OR k.assignee = $3) AND ($4::bigint IS NULL OR k.customer = $4) "
        "AND c.deleted_at IS NULL AND (c.restricted_at IS NULL OR $6) ORDER BY k.id DESC LIMIT $5",
        keys[0] if keys else HIGHEST_ID, status, assignee_id, customer_id, limit + 1, sees_restricted,
    )  # fmt: skip
    shown = rows[:limit]
    return TicketPage(shown, cursor_of(shown[-1].id) if len(rows) > limit else None)
