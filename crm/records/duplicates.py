"""Reads about duplicates: the pairs to decide about, two customers side by side, merges that were done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.records.tables import PairState
from crm.web.paging import cursor_of, keys_of

_SIDE = """
    SELECT c.id, c.number, c.external_id, c.kind, c.name, c.status, c.version, c.created_at, coalesce(a.street, '') AS street,
        coalesce(a.postcode, '') AS postcode, coalesce(a.city, '') AS city, p.given_name, p.family_name, p.birthday,
        ARRAY(SELECT e.address FROM email_address e WHERE e.customer = c.id OR e.person = p.id
            ORDER BY e.position, e.id LIMIT 5) AS emails,
        ARRAY(SELECT n.number FROM phone_number n WHERE n.customer = c.id OR n.person = p.id
            ORDER BY n.position, n.id LIMIT 5) AS phones
    FROM customer c
    LEFT JOIN affiliation self ON self.customer = c.id AND self.is_self
    LEFT JOIN person p ON p.id = self.person
    LEFT JOIN postal_address a ON a.customer = c.id AND a.position = 0
    WHERE c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL AND c.id = ANY($1::bigint[])
"""

_BOTH_SHOWN = """
    NOT EXISTS (SELECT FROM customer c LEFT JOIN affiliation s ON s.customer = c.id AND s.is_self LEFT JOIN person p ON p.id = s.person
        WHERE c.id IN (d.one, d.other)
        AND (c.deleted_at IS NOT NULL OR c.restricted_at IS NOT NULL OR p.restricted_at IS NOT NULL))
"""
"""Who was deleted, merged or restricted since the search is not offered, whatever the table says."""


@dataclass(frozen=True, slots=True)
class PairOfCustomers:
    """Two customers that may be one: the older record first. `reasons` are codes."""

    id: int
    a: Row
    b: Row
    score: float
    reasons: tuple[str, ...]
    state: str
    decided_at: datetime | None = None
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """A page of pairs; `next` is the cursor of the one that follows, or None."""

    items: list[PairOfCustomers]
    next: str | None


async def pairs_of(state: PairState, *, limit: int = 50, cursor: str | None = None) -> Pairs:
    """Pairs in this state, the likeliest first. Raises Invalid for a cursor that is not ours."""
    score, pair_id = keys_of(cursor, float, int) or (2.0, 0)
    rows = await fetch(
        "SELECT d.id, d.one, d.other, d.score, d.reasons, d.state, d.decided_at, u.name AS decided_by FROM duplicate_pair d "
        f"LEFT JOIN staff u ON u.id = d.decided_by WHERE d.state = $1 AND (d.score < $2 OR d.score = $2 AND d.id > $3) AND {_BOTH_SHOWN} "
        "ORDER BY d.score DESC, d.id LIMIT $4",
        state.value, score, pair_id, limit + 1,
    )  # fmt: skip
    shown = rows[:limit]
    sides = await sides_of([customer for row in shown for customer in (row.one, row.other)])
    items = [_pair(row, sides) for row in shown if row.one in sides and row.other in sides]
    return Pairs(items, cursor_of(shown[-1].score, shown[-1].id) if len(rows) > limit else None)


async def pair_for(pair_id: int) -> PairOfCustomers:
    """A pair whose two customers may both be seen; NotFound otherwise."""
    row = None
    if 0 < pair_id <= HIGHEST_ID:
        row = await fetch_one(
            "SELECT d.id, d.one, d.other, d.score, d.reasons, d.state, d.decided_at, u.name AS decided_by FROM duplicate_pair d "
            f"LEFT JOIN staff u ON u.id = d.decided_by WHERE d.id = $1 AND {_BOTH_SHOWN}",
            pair_id,
        )  # fmt: skip
    if row is None:
        raise NotFound()
    return _pair(row, await sides_of([row.one, row.other]))


async def pair_with(one: int, other: int) -> Row | None:
    """What the search says about these two, if anything."""
    return await fetch_one(
        "SELECT id, score, reasons, state FROM duplicate_pair WHERE one = $1 AND other = $2",
        min(one, other),
        max(one, other),
    )


async def sides_of(customers: list[int]) -> dict[int, Row]:
    """These customers as a pair shows them; who may not be seen is missing."""
    return {row.id: row for row in await fetch(_SIDE, customers)}


async def open_pairs() -> int:
    """How many pairs wait for a decision; counted no further than 1,000."""
    rows = await fetch(f"SELECT FROM duplicate_pair d WHERE d.state = 'open' AND {_BOTH_SHOWN} LIMIT 1000")
    return len(rows)


_MERGES = """
    SELECT m.id, m.survivor, m.merged, m.at, m.undone_at, s.name AS survivor_name, s.number AS survivor_number, s.kind,
        g.name AS merged_name, g.number AS merged_number, u.name AS by_name, v.name AS undone_by_name,
        g.merged_into = m.survivor AND s.deleted_at IS NULL AS can_be_undone
    FROM customer_merge m JOIN customer s ON s.id = m.survivor JOIN customer g ON g.id = m.merged
    LEFT JOIN staff u ON u.id = m.by_user LEFT JOIN staff v ON v.id = m.undone_by
    WHERE g.restricted_at IS NULL AND NOT EXISTS (
        WITH RECURSIVE heir(id, merged_into, deleted_at, restricted_at) AS (
            SELECT s.id, s.merged_into, s.deleted_at, s.restricted_at
            UNION SELECT c.id, c.merged_into, c.deleted_at, c.restricted_at FROM heir JOIN customer c ON c.id = heir.merged_into)
        SELECT FROM heir WHERE restricted_at IS NOT NULL OR deleted_at IS NOT NULL AND merged_into IS NULL)
"""
"""A merge shows the names of both for as long as everybody into whom they were merged since is there and not restricted."""


async def merges(*, limit: int = 50, cursor: str | None = None) -> tuple[list[Row], str | None]:
    """Merges, the newest first, and the cursor of the next ones."""
    keys = keys_of(cursor, int)
    rows = await fetch(
        _MERGES + " AND m.id < $1 ORDER BY m.id DESC LIMIT $2", keys[0] if keys else HIGHEST_ID, limit + 1
    )
    return rows[:limit], cursor_of(rows[limit - 1].id) if len(rows) > limit else None


async def merge_for(merge_id: int) -> Row:
    """One merge; NotFound if it isn't there or one of the two is restricted."""
    row = await fetch_one(_MERGES + " AND m.id = $1", merge_id) if 0 < merge_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


def _pair(row: Row, sides: dict[int, Row]) -> PairOfCustomers:
    return PairOfCustomers(
        row.id, sides[row.one], sides[row.other], row.score, tuple(filter(None, row.reasons.split(","))), row.state, row.decided_at,
        row.decided_by or "",
    )  # fmt: skip
