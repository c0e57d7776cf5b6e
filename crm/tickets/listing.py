"""The queues of enquiries: which views there are, what narrows them, their order, and their pages by keyset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from crm.customers.lists.search_text import pattern, wanted_terms
from crm.database import HIGHEST_ID, Arguments, Row, fetch, fetch_one
from crm.text import literally
from crm.tickets.queue_filters import TicketFilters
from crm.tickets.tables import BUSY_SQL, OPEN_SQL, TicketStatus
from crm.web.paging import cursor_of, keys_of
from crm.web.seen import note_hits

PAGE = 50
SOON = timedelta(hours=24)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
COUNTED_TO = 1000
"""A saved view counts no further: whether 1,000 or 4,000 wait makes no difference to whoever looks."""

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
    TEAM = "team"
    UNASSIGNED = "unassigned"
    SOON = "soon"
    OVERDUE = "overdue"
    WAITING = "waiting"
    OPEN = "open"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a queue, and when: what "mine", "my team's" and "overdue" mean."""

    user_id: int
    team_id: int | None
    now: datetime
    sees_restricted: bool = False


_COLUMNS = f"""
    k.id, k.subject, k.status, k.priority, k.required_level, k.is_moment_of_truth, k.assignee, k.opened_at, k.solved_at,
    k.first_responded_at, k.first_response_due_at, k.next_response_due_at, k.solution_due_at, {DUE} AS due_at, k.customer,
    c.name AS customer_name, t.code AS topic_code, t.name_de, t.name_en, u.name AS assignee_name
"""
_FROM = "FROM ticket k JOIN customer c ON c.id = k.customer LEFT JOIN topic t ON t.id = k.topic LEFT JOIN staff u ON u.id = k.assignee"


@dataclass(frozen=True)
class TicketPage:
    """Some tickets of a queue, and the cursor for the next ones."""

    rows: list[Row]
    next: str | None


async def tickets_in(
    view: View, reader: Reader, filters: TicketFilters = TicketFilters(), *, cursor: str | None = None, limit: int = PAGE
) -> TicketPage:  # fmt: skip
    """A queue, narrowed: what is open by what is due next, what is solved by when, the newest first."""
    sql, arguments = queue_statement(view, reader, filters, cursor=cursor, limit=limit)
    rows = await fetch(sql, *arguments)
    shown = rows[:limit]
    note_hits(len(shown))
    return TicketPage(shown, _cursor(view, shown[-1]) if len(rows) > limit else None)


def queue_statement(
    view: View, reader: Reader, filters: TicketFilters, *, cursor: str | None = None, limit: int = PAGE
) -> tuple[str, Arguments]:
    """The statement behind tickets_in: a walk along the index of its order, or of the narrowest filter."""
    keys = keys_of(cursor, datetime, int)
    arguments = Arguments()
    if view == View.SOLVED:
        start, key, after, order = (keys or (NEVER, HIGHEST_ID)), "k.solved_at", "<", "k.solved_at DESC, k.id DESC"
    else:
        start, key, after, order = (keys or (datetime(1970, 1, 1, tzinfo=UTC), 0)), DUE, ">", f"{DUE}, k.id"
    place = f"({key}, k.id) {after} ({arguments(start[0])}::timestamptz, {arguments(start[1])}::bigint)"
    where = " AND ".join(
        [place, _in_view(view, reader, arguments), *_narrowed(filters, arguments), _allowed(reader, arguments)]
    )
    return f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY {order} LIMIT {arguments(limit + 1)}", arguments


def _in_view(view: View, reader: Reader, arguments: Arguments) -> str:
    match view:
        case View.MINE:
            return f"{_OPEN} AND k.assignee = {arguments(reader.user_id)}"
        case View.TEAM:
            return f"{_OPEN} AND {_of_team(arguments(reader.team_id))}"
        case View.UNASSIGNED:
            return f"{_OPEN} AND k.assignee IS NULL"
        case View.SOON:
            now, until = arguments(reader.now), arguments(reader.now + SOON)
            return f"{_OPEN} AND {DUE} >= {now} AND {DUE} < {until}"
        case View.OVERDUE:
            return f"{_OPEN} AND {DUE} < {arguments(reader.now)}"
        case View.WAITING:
            return "k.status IN ('waiting', 'postponed')"
        case View.SOLVED:
            return "k.status IN ('solved', 'closed') AND k.solved_at IS NOT NULL"
        case View.OPEN:
            return _OPEN


def _of_team(team: str) -> str:
    return f"k.assignee IN (SELECT m.id FROM staff m WHERE m.team = {team}::bigint)"


def _allowed(reader: Reader, arguments: Arguments) -> str:
    return f"c.deleted_at IS NULL AND (c.restricted_at IS NULL OR {arguments(reader.sees_restricted)}::bool)"


def _narrowed(filters: TicketFilters, arguments: Arguments) -> list[str]:
    found = []
    if filters.topic:
        found.append(f"k.topic = (SELECT x.id FROM topic x WHERE x.code = {arguments(filters.topic)})")
    if filters.service_level:
        level = arguments(filters.service_level)
        found.append(f"k.service_level = (SELECT x.id FROM service_level x WHERE x.code = {level})")
    columns = {
        "required_level": filters.level, "priority": filters.priority, "kind": filters.kind, "channel": filters.channel,
        "assignee": filters.assignee, "letter_box": filters.letter_box, "customer": filters.customer,
    }  # fmt: skip
    found.extend(f"k.{column} = {arguments(value)}" for column, value in columns.items() if value not in ("", None))
    if filters.q:
        found.append(_has_words(filters.q, arguments))
    return found


def _has_words(q: str, arguments: Arguments) -> str:
    """By number, by words of the subject, or by the customer: each found by an index of its own."""
    number = q.strip().removeprefix("#")
    if number.isascii() and number.isdigit():
        return f"k.id = {arguments(min(int(number), HIGHEST_ID))}"
    words = arguments([f"%{literally(word)}%" for word in q.lower().split()])
    ways = [f"SELECT s.id FROM ticket s WHERE lower(s.subject) LIKE ALL ({words}::text[])"]
    terms = wanted_terms(q)
    if terms:
        patterns = arguments([pattern(term) for term in terms])
        customers = f"SELECT y.id FROM customer y WHERE y.search_text LIKE ALL ({patterns}::text[])"
        ways.append(f"SELECT s.id FROM ticket s WHERE s.customer IN ({customers})")
    return f"k.id IN ({' UNION '.join(ways)})"


def _cursor(view: View, row: Row) -> str:
    return cursor_of(row.solved_at if view == View.SOLVED else row.due_at, row.id)


async def counts(user_id: int, now: datetime, team_id: int | None = None) -> dict[str, int]:
    """How many are in each queue of open tickets."""
    row = await fetch_one(
        "SELECT count(*) FILTER (WHERE k.assignee = $1) AS mine, count(*) FILTER (WHERE k.assignee IS NULL) AS unassigned, "
        f"count(*) FILTER (WHERE {DUE} >= $2 AND {DUE} < $3) AS soon, count(*) FILTER (WHERE {DUE} < $2) AS overdue, "
        f"count(*) FILTER (WHERE {_of_team('$4')}) AS team, "
        "count(*) FILTER (WHERE k.status IN ('waiting', 'postponed')) AS waiting, count(*) AS open "
        f"FROM ticket k JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL WHERE {_OPEN}",
        user_id, now, now + SOON, team_id,
    )  # fmt: skip
    return dict(row) if row else {}


async def counts_of(queues: Sequence[tuple[View, TicketFilters]], reader: Reader) -> list[int]:
    """How many are in each of these narrowed queues, up to COUNTED_TO; one statement, none for no queue."""
    if not queues:
        return []
    arguments = Arguments()
    parts = []
    for view, filters in queues:
        where = " AND ".join(
            [_in_view(view, reader, arguments), *_narrowed(filters, arguments), _allowed(reader, arguments)]
        )
        join = "FROM ticket k JOIN customer c ON c.id = k.customer"
        parts.append(f"(SELECT count(*) FROM (SELECT {join} WHERE {where} LIMIT {COUNTED_TO}) x)")
    row = await fetch_one(f"SELECT {', '.join(f'{part} AS n{n}' for n, part in enumerate(parts))}", *arguments)
    assert row is not None
    return [int(number) for number in row]


async def tickets_matching(
    filters: TicketFilters, *, status: TicketStatus | None, cursor: str | None, limit: int, sees_restricted: bool
) -> TicketPage:
    """For the API: the newest first, of one status if asked, narrowed."""
    keys = keys_of(cursor, int)
    arguments = Arguments()
    where = [f"k.id < {arguments(keys[0] if keys else HIGHEST_ID)}", *_narrowed(filters, arguments)]
    if status:
        where.append(f"k.status = {arguments(status.value)}")
    where.append(f"c.deleted_at IS NULL AND (c.restricted_at IS NULL OR {arguments(sees_restricted)}::bool)")
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE {' AND '.join(where)} ORDER BY k.id DESC LIMIT {arguments(limit + 1)}"
    rows = await fetch(sql, *arguments)
    shown = rows[:limit]
    return TicketPage(shown, cursor_of(shown[-1].id) if len(rows) > limit else None)
