"""Finds customers: the list with its filters, and the search by parts of names, numbers and places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from crm.customers.search_text import pattern, wanted_terms
from crm.customers.tables import CustomerStatus
from crm.database import Row, fetch
from crm.text import fold, sort_key
from crm.web.paging import cursor_of, keys_of

Sort = Literal["name", "-name", "due", "-due"]
SORTS: tuple[Sort, ...] = ("name", "-name", "due", "-due")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for "no contact due" in the order by due date; the index ix_figures_due has the same value."""

RARE_LENGTH = 4
"""From so many letters on a term is taken for one that few customers have."""

_NUMBER = re.compile(r"(?:k-?)?([0-9]{3,12})", re.IGNORECASE)
_FOLDED = re.compile(r"[a-z0-9 ]+")
_SHOWN = "c.deleted_at IS NULL AND c.restricted_at IS NULL"
_DUE = "coalesce(f.contact_due_at, '9999-01-01 00:00+00'::timestamptz)"
_KEYS = {"name": ('c.sort_key COLLATE "C"', "c.id"), "due": (_DUE, "f.customer")}

LIST_COLUMNS = """
    c.id, c.number, c.kind, c.name, c.status, o.name AS owner, s.name_de, s.name_en, s.code AS service_level, a.city,
    f.last_contact_at, f.contact_due_at, f.open_tickets"""
RECORD_COLUMNS = (
    LIST_COLUMNS
    + """, c.language, c.brief, c.origin, c.website, c.vat_id, c.external_id, c.version, c.created_at, o.email AS owner_email,
    a.street, a.postcode, a.country, f.interactions, p.id AS person_id, p.given_name, p.family_name,
    (SELECT e.address FROM email_address e WHERE e.customer = c.id OR e.person = p.id
        ORDER BY e.customer NULLS LAST, e.position, e.id LIMIT 1) AS email,
    (SELECT n.number FROM phone_number n WHERE n.customer = c.id OR n.person = p.id
        ORDER BY n.customer NULLS LAST, n.position, n.id LIMIT 1) AS phone"""
)
_JOINS = """
    JOIN service_level s ON s.id = c.service_level
    JOIN customer_figures f ON f.customer = c.id
    LEFT JOIN staff o ON o.id = c.owner
    LEFT JOIN postal_address a ON a.customer = c.id AND a.position = 0"""
_SELF = """
    LEFT JOIN affiliation self ON self.customer = c.id AND self.is_self
    LEFT JOIN person p ON p.id = self.person"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shall show. `overdue_at` is the moment before which the next contact was due."""

    q: str = ""
    owner_id: int | None = None
    overdue_at: datetime | None = None
    status: CustomerStatus | None = None
    service_level: str = ""
    sort: Sort = "name"


@dataclass(frozen=True, slots=True)
class Found:
    """A page of customers; `is_guess` when nothing fitted and these are only similar."""

    rows: list[Row]
    next: str | None = None
    is_guess: bool = False


class _Arguments(list[Any]):
    """The arguments of a statement; each call answers the place of a new one."""

    def __call__(self, value: Any) -> str:
        self.append(value)
        return f"${len(self)}"


async def find_customers(wanted: Wanted, *, limit: int, cursor: str | None = None, full: bool = False) -> Found:
    """Customers that fit, in the order wanted; with a search, names that begin with it come first. `full` adds what
    the API shows. If nothing fits a search, the most similar ones. Restricted and deleted customers are never listed."""
    terms = wanted_terms(wanted.q)
    if wanted.q.strip() and not terms:
        return Found([])
    arguments = _Arguments()
    if terms and wanted.sort == "name":
        inner, keys = _ranked(wanted, terms, arguments, cursor, limit)
    else:
        inner, keys = _ordered(wanted, terms, arguments, cursor, limit)
    rows = await fetch(_detailed(inner, keys, full), *arguments)
    if not rows and terms and not cursor:
        return Found(await _similar(wanted, limit, full), is_guess=True)
    last = rows[limit - 1] if len(rows) > limit else None
    return Found(rows[:limit], cursor_of(*(last[f"key{n}"] for n in range(len(keys)))) if last else None)


def _detailed(inner: str, keys: list[str], full: bool) -> str:
    """What is shown of the customers that `inner` picked (id, key0, key1 ...), in their order."""
    columns = RECORD_COLUMNS if full else LIST_COLUMNS
    picked = ", ".join(f"page.key{n}" for n in range(len(keys)))
    order = ", ".join(f"page.key{n} {direction}" for n, direction in enumerate(keys))
    return (
        f"WITH page AS ({inner}) SELECT {columns}, {picked} FROM page JOIN customer c ON c.id = page.id "
        f"{_JOINS}{_SELF if full else ''} ORDER BY {order}"
    )


def _filters(wanted: Wanted, terms: tuple[str, ...], arguments: _Arguments) -> str:
    where = [_SHOWN]
    if wanted.owner_id is not None:
        where.append(f"c.owner = {arguments(wanted.owner_id)}")
    if wanted.overdue_at is not None:
        where.append(f"{_DUE} < {arguments(wanted.overdue_at)}")
    if wanted.status is not None:
        where.append(f"c.status = {arguments(wanted.status.value)}")
    if wanted.service_level:
        where.append(f"c.service_level = (SELECT id FROM service_level WHERE code = {arguments(wanted.service_level)})")
    where += [f"c.search_text LIKE {_literal(pattern(term))}" for term in terms]
    return " AND ".join(where)


def _literal(folded: str) -> str:
    """A pattern as part of the statement rather than as an argument: the planner has to see whether it is rare (trigram
    index) or common (walk along the names). Folding left only letters, digits and spaces, so that nothing can break out."""
    if not _FOLDED.fullmatch(folded.replace("%", "")):
        raise ValueError("not folded")
    return f"'{folded}'"


def _from(wanted: Wanted) -> str:
    if wanted.sort.endswith("due") or wanted.overdue_at is not None:
        return "customer_figures f JOIN customer c ON c.id = f.customer"
    return "customer c"


def _ordered(
    wanted: Wanted, terms: tuple[str, ...], arguments: _Arguments, cursor: str | None, limit: int
) -> tuple[str, list[str]]:
    """The page by name or by due date."""
    key, tie = _KEYS[wanted.sort.lstrip("-")]
    down = wanted.sort.startswith("-")
    where = _filters(wanted, terms, arguments)
    seen = keys_of(cursor, datetime if key == _DUE else str, int)
    if seen:
        where += f" AND ({key}, {tie}) {'<' if down else '>'} ({arguments(seen[0])}, {arguments(seen[1])})"
    direction = "DESC" if down else "ASC"
    inner = (
        f"SELECT c.id, {key} AS key0, c.id AS key1 FROM {_from(wanted)} WHERE {where} "
        f"ORDER BY {key} {direction}, {tie} {direction} LIMIT {limit + 1}"
    )
    return inner, [direction if key == _DUE else f'COLLATE "C" {direction}', direction]


def _ranked(
    wanted: Wanted, terms: tuple[str, ...], arguments: _Arguments, cursor: str | None, limit: int
) -> tuple[str, list[str]]:
    """The page of a search: first (0) the names that begin with it, along the index of names; then (1) all others, which are
    looked for only if the first leave room. A single letter finds beginnings of names only: everything has it somewhere."""
    seen = keys_of(cursor, int, str, int)
    begins = _begins_with(wanted.q)
    keys = ["", 'COLLATE "C"', ""]
    if seen and seen[0] > 0:
        return _others(wanted, terms, begins, arguments, _after(seen, arguments), limit), keys
    # Each beginning on its own: with OR, the planner would walk along all names.
    names = " UNION ".join(
        _part(wanted, 0, f"{_filters(wanted, (), arguments)} AND {test}{_after(seen, arguments)}", "c.sort_key", limit)
        for test in begins
    )
    found = "SELECT * FROM names"
    if len(terms[0]) > 1 or len(terms) > 1:
        has_room = f" AND (SELECT count(*) FROM names) <= {limit}"
        found += " UNION ALL " + _others(wanted, terms, begins, arguments, has_room, limit)
    order = f'ORDER BY key0, key1 COLLATE "C", key2 LIMIT {limit + 1}'
    return f"WITH names AS MATERIALIZED ({names}) SELECT * FROM ({found}) both_ranks {order}", keys


def _others(
    wanted: Wanted, terms: tuple[str, ...], begins: list[str], arguments: _Arguments, further: str, limit: int
) -> str:
    """The customers who have the terms elsewhere than at the beginning of their name.

    A term of some length is rare: sorting what the trigram index finds takes 3 ms at 50,000 customers. The planner takes
    the walk along the names for cheaper than it is (60 ms); a sort by an expression keeps it from that."""
    key = "(c.sort_key || '')" if max(map(len, terms)) >= RARE_LENGTH else "c.sort_key"
    where = f"{_filters(wanted, terms, arguments)} AND NOT ({' OR '.join(begins)}){further}"
    return _part(wanted, 1, where, key, limit)


def _part(wanted: Wanted, rank: int, where: str, key: str, limit: int) -> str:
    """The first customers of one rank, by name."""
    return (
        f"(SELECT c.id, {rank} AS key0, c.sort_key AS key1, c.id AS key2 FROM {_from(wanted)} WHERE {where} "
        f'ORDER BY {key} COLLATE "C", c.id LIMIT {limit + 1})'
    )


def _after(seen: tuple[Any, ...] | None, arguments: _Arguments) -> str:
    """The condition that leaves out what was shown already."""
    if seen is None:
        return ""
    return f' AND (c.sort_key COLLATE "C", c.id) > ({arguments(seen[1])}, {arguments(seen[2])})'


def _begins_with(query: str) -> list[str]:
    """The tests of which one is true if the name begins with what was typed, spelt as typed or folded ("mueller" finds
    "Müller"), or it is the customer's number."""
    spellings = {text for text in (sort_key(query), fold(query)) if text}
    beginnings = sorted(text for text in spellings if not any(text != o and text.startswith(o) for o in spellings))
    tests = [f'c.sort_key COLLATE "C" LIKE {_literal(text + "%")}' for text in beginnings]
    if number := _NUMBER.fullmatch(query.strip()):
        tests.append(f"c.number = 'K-{number[1]}'")
    return tests


async def _similar(wanted: Wanted, limit: int, full: bool) -> list[Row]:
    """The customers with a word most like what was typed (trigrams, at least 0.6 alike), for typing errors."""
    arguments = _Arguments()
    typed = _literal(fold(wanted.q))
    where = _filters(wanted, (), arguments) + f" AND {typed} <% c.search_text"
    inner = (
        f"SELECT c.id, word_similarity({typed}, c.search_text) AS key0, c.sort_key AS key1 FROM {_from(wanted)} "
        f"WHERE {where} ORDER BY key0 DESC, key1 LIMIT {limit}"
    )
    return await fetch(_detailed(inner, ["DESC", ""], full), *arguments)
