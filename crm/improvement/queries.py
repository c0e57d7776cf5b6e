"""The reads of criticism, praise and expectations: those of one contact or enquiry, the list, the balance per touchpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from crm.accounts.current import CurrentUser
from crm.database import HIGHEST_ID, Row, fetch, fetch_one, fetch_value
from crm.errors import NotFound
from crm.improvement.tables import FeedbackKind
from crm.touchpoints.statistics import UNCERTAIN_BELOW
from crm.web.i18n import language
from crm.web.paging import cursor_of, keys_of

PAGE = 40

# Restricted people and customers are neither listed nor counted (GDPR Art. 18), deleted customers neither.
_OPEN = """
    f.deleted_at IS NULL AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    AND NOT EXISTS (SELECT FROM person p WHERE p.id = coalesce(i.person, k.person) AND p.restricted_at IS NOT NULL)
"""
_SOURCES = """
    LEFT JOIN interaction i ON i.id = f.interaction LEFT JOIN ticket k ON k.id = f.ticket
    LEFT JOIN customer c ON c.id = coalesce(i.customer, k.customer)
"""
_COLUMNS = (
    "f.id, f.kind, f.category, f.heading, f.level, f.text, c.id AS customer, f.interaction, f.ticket, f.at, f.by_user, "
    "u.name AS by_name, c.name AS customer_name, t.code AS touchpoint, t.name_{lang} AS touchpoint_name, "
    "z.reason AS closed_reason, z.text AS closed_text, z.at AS closed_at, w.name AS closed_by_name, y.id AS measure_id, "
    "y.name AS measure_name, f.kind = 'criticism' AND z.id IS NULL AND y.id IS NULL AS is_open"
)
# A measure that was given up answers nothing.
_NAMED = """
    LEFT JOIN staff u ON u.id = f.by_user LEFT JOIN touchpoint t ON t.id = f.touchpoint
    LEFT JOIN feedback_closure z ON z.feedback = f.id LEFT JOIN staff w ON w.id = z.by_user
    LEFT JOIN LATERAL (SELECT m.id, m.name FROM measure_feedback x JOIN measure m ON m.id = x.measure
        WHERE x.feedback = f.id AND m.status <> 'dropped' ORDER BY m.id DESC LIMIT 1) y ON true
"""


class State(StrEnum):
    """What became of a criticism: it waits, a measure answers it, it was closed with a reason. REST: everything that waits for nothing."""

    OPEN = "open"
    MEASURE = "measure"
    REASON = "reason"
    REST = "rest"


_WAITS = "f.kind = 'criticism' AND z.id IS NULL AND y.id IS NULL"
_STATES = {
    State.OPEN: _WAITS, State.MEASURE: "f.kind = 'criticism' AND y.id IS NOT NULL", State.REASON: "z.id IS NOT NULL",
    State.REST: f"NOT ({_WAITS})",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedbackPage:
    """A page of points, newest first (open criticism: what has waited longest first); `next` is the cursor of the following page."""

    rows: list[Row]
    next: str | None


def _columns() -> str:
    return _COLUMNS.format(lang="de" if language.get() == "de" else "en")


async def feedback_for(user: CurrentUser, feedback_id: int) -> Row:
    """The point, if this user may see what it is about. Raises NotFound also for a deleted one."""
    row = None
    if 0 < feedback_id <= HIGHEST_ID:
        row = await fetch_one(
            f"SELECT {_columns()} FROM feedback f {_SOURCES} {_NAMED} WHERE f.id = $1 AND {_OPEN}", feedback_id
        )
    if row is None:
        raise NotFound()
    return row


async def feedback_about(*, interaction_id: int | None = None, ticket_id: int | None = None) -> list[Row]:
    """What was noted from one contact or enquiry, oldest first; one statement."""
    column = "f.interaction" if interaction_id is not None else "f.ticket"
    return await fetch(
        f"SELECT {_columns()} FROM feedback f {_SOURCES} {_NAMED} WHERE {column} = $1 AND {_OPEN} ORDER BY f.at, f.id LIMIT 100",
        interaction_id if interaction_id is not None else ticket_id,
    )  # fmt: skip


async def points_where(condition: str, *arguments: Any, limit: int = 100) -> list[Row]:
    """Points for which a condition over `f` holds, the newest first; for the parts of this package."""
    return await fetch(
        f"SELECT {_columns()} FROM feedback f {_SOURCES} {_NAMED} WHERE {_OPEN} AND {condition} "
        f"ORDER BY f.at DESC, f.id DESC LIMIT {limit}",
        *arguments,
    )


async def feedback_page(
    *, kind: str = "", category: str = "", touchpoint: str = "", customer_id: int | None = None, state: str = "",
    before: str | None = None, limit: int = PAGE,
) -> FeedbackPage:  # fmt: skip
    """Criticism, praise and expectations, narrowed; one statement."""
    arguments: list[Any] = [limit + 1]
    where = [_OPEN]
    given = (("f.kind", kind), ("f.category", category), ("t.code", touchpoint), ("c.id", customer_id))
    for column, value in given:
        if value:
            arguments.append(value)
            where.append(f"{column} = ${len(arguments)}")
    if state:
        where.append(_STATES[State(state)])
    sign, way = (">", "ASC") if state == State.OPEN else ("<", "DESC")
    if keys := keys_of(before, datetime, int):
        arguments.extend(keys)
        where.append(f"(f.at, f.id) {sign} (${len(arguments) - 1}, ${len(arguments)})")
    rows = await fetch(
        f"SELECT {_columns()} FROM feedback f {_SOURCES} {_NAMED} WHERE {' AND '.join(where)} "
        f"ORDER BY f.at {way}, f.id {way} LIMIT $1",
        *arguments,
    )
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return FeedbackPage(shown, cursor_of(last.at, last.id) if last else None)


async def open_criticism() -> int:
    """How many points of criticism wait for a measure or a reason; one statement."""
    return int(await fetch_value(f"SELECT count(*) FROM feedback f {_SOURCES} {_NAMED} WHERE {_OPEN} AND {_WAITS}"))


@dataclass(frozen=True, slots=True)
class Balance:
    """Praise and criticism at one touchpoint (None: at none that is known)."""

    code: str | None
    name_de: str
    name_en: str
    praise: int
    criticism: int
    expectations: int

    @property
    def difference(self) -> int:
        return self.praise - self.criticism

    @property
    def is_uncertain(self) -> bool:
        return self.praise + self.criticism < UNCERTAIN_BELOW


async def balance(since: datetime) -> list[Balance]:
    """The balance per touchpoint since then, the worst first; one statement."""
    rows = await fetch(
        "SELECT t.code, coalesce(t.name_de, '') AS name_de, coalesce(t.name_en, '') AS name_en, f.kind, count(*)::int AS n "
        f"FROM feedback f {_SOURCES} LEFT JOIN touchpoint t ON t.id = f.touchpoint WHERE f.at >= $1 AND {_OPEN} GROUP BY 1, 2, 3, 4",
        since,
    )
    counts: dict[tuple[str | None, str, str], dict[str, int]] = {}
    for row in rows:
        counts.setdefault((row.code, row.name_de, row.name_en), {})[row.kind] = row.n
    found = [
        Balance(
            *place, by_kind.get(FeedbackKind.PRAISE, 0), by_kind.get(FeedbackKind.CRITICISM, 0),
            by_kind.get(FeedbackKind.EXPECTATION, 0),
        )
        for place, by_kind in counts.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.difference, -one.criticism, one.code or ""))


async def basic_expectations(since: datetime, until: datetime) -> dict[int, int]:
    """How many customers, per touchpoint (by its id), named something there that they take for granted; one statement."""
    rows = await fetch(
        f"SELECT f.touchpoint, count(DISTINCT c.id)::int AS n FROM feedback f {_SOURCES} WHERE f.kind = 'expectation' "
        f"AND f.level = 'basic' AND f.touchpoint IS NOT NULL AND f.at >= $1 AND f.at < $2 AND {_OPEN} GROUP BY 1",
        since, until,
    )  # fmt: skip
    return {row.touchpoint: row.n for row in rows if row.n}
