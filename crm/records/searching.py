"""The search for duplicates: among all customers, or for those that changed. Safe to run twice, and twice at once.

Memory is bounded: customers are read in parts, the pairs come from the database in parts, and of the portraits only so many are
kept at a time. The comparing itself runs in a thread, so that the event loop stays free.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.database import Lock, Row, execute, fetch, fetch_one, fetch_value, take_lock, transaction
from crm.queue import enqueue
from crm.records.blocking import MOST, block_keys
from crm.records.likeness import Portrait, likeness
from crm.records.portraits import fingerprint, portrait_of, rows_after, rows_of

PART = 4_000
"""Customers that are read at a time, and pairs that are compared at a time."""
KEPT_PORTRAITS = 60_000
MOST_CHANGED = 2_000
"""If more customers changed (an import), all are searched: that is quicker than looking for each one's neighbours."""
ABANDONED_AFTER = timedelta(minutes=15)
"""A search that has not ended by then has died with its worker, and another may begin."""

Pair = tuple[int, int]
Found = tuple[int, int, float, str, str]
"""A likely pair: both ids, score, reasons with commas between them, fingerprint of both."""


@dataclass(frozen=True, slots=True)
class Known:
    """A customer as it is now: what it is compared by, and the fingerprint of that."""

    subject: Portrait
    fingerprint: str


async def request_duplicate_search(*, now: datetime) -> None:
    """Ask for a search among all customers; nothing happens if one is waiting or running."""
    async with transaction():
        await take_lock(Lock.DUPLICATES)
        waiting = await fetch_value(
            "SELECT id FROM duplicate_search WHERE finished_at IS NULL AND (started_at IS NULL OR started_at > $1) LIMIT 1",
            now - ABANDONED_AFTER,
        )
        if waiting is not None:
            return
        search_id = await fetch_value(
            "INSERT INTO duplicate_search (asked_at, customers, pairs) VALUES ($1, 0, 0) RETURNING id", now
        )
        await enqueue("search_all_duplicates", int(search_id))


async def sweep_duplicate_searches(*, now: datetime) -> None:
    """Ask again for the searches that nobody has begun, or whose worker has died."""
    waiting = await fetch(
        "SELECT id FROM duplicate_search WHERE finished_at IS NULL AND (started_at IS NULL OR started_at <= $1) ORDER BY id",
        now - ABANDONED_AFTER,
    )
    for row in waiting:
        await enqueue("search_all_duplicates", int(row.id))


async def search_all_duplicates(search_id: int, *, now: datetime) -> bool:
    """Compare all customers with those that share a key. False if somebody else does it already."""
    claimed = await fetch_value(
        "UPDATE duplicate_search SET started_at = $2 WHERE id = $1 AND finished_at IS NULL "
        "AND (started_at IS NULL OR started_at <= $3) RETURNING id",
        search_id, now, now - ABANDONED_AFTER,
    )  # fmt: skip
    if claimed is None:
        return False
    seen_to = await fetch_value("SELECT coalesce(max(id), 0) FROM duplicate_todo")
    portraits = _Portraits()
    customers = await _read_all(portraits)
    found = await _compare_all(portraits, now)
    async with transaction():
        await execute("DELETE FROM duplicate_pair WHERE state = 'open' AND found_at < $1", now)
        await execute("DELETE FROM duplicate_todo WHERE id <= $1", seen_to)
        await execute(
            "UPDATE duplicate_search SET finished_at = greatest($2, clock_timestamp()), customers = $3, pairs = $4 WHERE id = $1",
            search_id, now, customers, found,
        )  # fmt: skip
    return True


async def search_changed_duplicates(*, now: datetime) -> int:
    """Compare the customers that changed since they were last compared with all others; answers how many they were. After an
    import of many, a search among all is asked for instead."""
    async with transaction():
        if (
            await fetch_value("SELECT count(*) FROM (SELECT FROM duplicate_todo LIMIT $1) x", 3 * MOST_CHANGED + 1)
            > 3 * MOST_CHANGED
        ):
            await request_duplicate_search(now=now)
            return 0
        taken = await fetch(
            "DELETE FROM duplicate_todo WHERE id IN (SELECT id FROM duplicate_todo ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) "
            "RETURNING customer_id",
            MOST_CHANGED,
        )
        changed = sorted({row.customer_id for row in taken})
        if changed:
            await compare_changed(changed, now=now)
        return len(changed)


async def compare_changed(changed: Sequence[int], *, now: datetime) -> None:
    """Bring the pairs of these customers up to date."""
    known = await _known(await rows_of(changed))
    keys = {customer: block_keys(each.subject) for customer, each in known.items()}
    await _keep_keys(known, keys)
    await execute(
        "DELETE FROM customer_blocks WHERE customer = ANY($1::bigint[]) AND NOT customer = ANY($2::bigint[])",
        list(changed),
        list(known),
    )
    pairs = {
        (min(customer, other), max(customer, other))
        for customer, others in (await neighbours(keys)).items()
        for other in others
        if other != customer
    }
    missing = {customer for pair in pairs for customer in pair} - known.keys()
    known |= await _known(await rows_of(sorted(missing)))
    comparable = sorted(pair for pair in pairs if pair[0] in known and pair[1] in known)
    found = await asyncio.to_thread(_likely, comparable, known)
    await _write(found, now)
    likely = [f"{one}-{other}" for one, other, *_why in found]
    await execute(
        "DELETE FROM duplicate_pair WHERE state = 'open' AND (one = ANY($1::bigint[]) OR other = ANY($1::bigint[])) "
        "AND NOT (one || '-' || other) = ANY($2::text[])",
        list(changed), likely,
    )  # fmt: skip


async def neighbours(keys: dict[int, frozenset[int]]) -> dict[int, set[int]]:
    """Per customer (or 0 for one who is still being typed) those who share one of its keys; keys of too many are left out."""
    asked = sorted({key for own in keys.values() for key in own})
    blocks = {
        row.key: row.customers
        for row in await fetch(
            "SELECT k.key, ARRAY(SELECT b.customer FROM customer_blocks b WHERE b.keys @> ARRAY[k.key] LIMIT $2) AS customers "
            "FROM unnest($1::bigint[]) AS k(key)",
            asked,
            MOST + 1,
        )
    }
    return {
        customer: {other for key in own if len(blocks[key]) <= MOST for other in blocks[key]}
        for customer, own in keys.items()
    }


class _Portraits:
    """The portraits that were needed last."""

    def __init__(self) -> None:
        self.kept: OrderedDict[int, Known] = OrderedDict()

    def keep(self, known: dict[int, Known]) -> None:
        self.kept.update(known)
        while len(self.kept) > KEPT_PORTRAITS:
            self.kept.popitem(last=False)

    async def of(self, customers: Iterable[int]) -> dict[int, Known]:
        wanted = set(customers)
        found = {customer: self.kept[customer] for customer in wanted if customer in self.kept}
        if missing := sorted(wanted - found.keys()):
            read = await _known(await rows_of(missing))
            found |= read
            self.keep(read)
        return found


async def _read_all(portraits: _Portraits) -> int:
    """Read every customer once, keep the keys of those that changed, and forget those of customers who are gone."""
    last, count = 0, 0
    while rows := await rows_after(last, PART):
        known, keys = await asyncio.to_thread(_drawn_with_keys, rows)
        portraits.keep(known)
        async with transaction():
            await _keep_keys(known, keys)
        last, count = rows[-1].id, count + len(rows)
    await execute(
        "DELETE FROM customer_blocks b USING customer c WHERE c.id = b.customer "
        "AND (c.deleted_at IS NOT NULL OR c.restricted_at IS NOT NULL)"
    )
    return count


_CANDIDATES = """
    CREATE TEMPORARY TABLE duplicate_candidate ON COMMIT DROP AS
    WITH exploded AS MATERIALIZED (SELECT customer, unnest(keys) AS key FROM customer_blocks),
    block AS (SELECT key FROM exploded GROUP BY key HAVING count(*) BETWEEN 2 AND $1)
    SELECT DISTINCT a.customer AS one, b.customer AS other
    FROM block JOIN exploded a USING (key) JOIN exploded b USING (key) WHERE a.customer < b.customer
"""


async def _compare_all(portraits: _Portraits, now: datetime) -> int:
    """The pairs are compared while the candidates stand in a table of the transaction's own, and written afterwards, so that
    nobody who decides about a pair meanwhile has to wait."""
    found: list[Found] = []
    async with transaction():
        await execute(_CANDIDATES.replace("$1", str(MOST)))
        await execute("CREATE INDEX ON duplicate_candidate (one, other)")
        last = (0, 0)
        while rows := await fetch(
            "SELECT one, other FROM duplicate_candidate WHERE (one, other) > ($1, $2) ORDER BY one, other LIMIT $3",
            *last,
            PART,
        ):
            pairs = [(row.one, row.other) for row in rows]
            known = await portraits.of(customer for pair in pairs for customer in pair)
            found += await asyncio.to_thread(_likely, pairs, known)
            last = pairs[-1]
    for start in range(0, len(found), PART):
        await _write(found[start : start + PART], now)
    return len(found)


async def _known(rows: Sequence[Row]) -> dict[int, Known]:
    return await asyncio.to_thread(_drawn, rows)


def _drawn(rows: Sequence[Row]) -> dict[int, Known]:
    known = {}
    for row in rows:
        subject = portrait_of(row)
        known[row.id] = Known(subject, fingerprint(subject))
    return known


def _drawn_with_keys(rows: Sequence[Row]) -> tuple[dict[int, Known], dict[int, frozenset[int]]]:
    known = _drawn(rows)
    return known, {customer: block_keys(each.subject) for customer, each in known.items()}


def _likely(pairs: Iterable[Pair], known: dict[int, Known]) -> list[Found]:
    found = []
    for one, other in pairs:
        if one in known and other in known:
            result = likeness(known[one].subject, known[other].subject)
            if result.is_likely:
                found.append(
                    (one, other, result.score, ",".join(result.reasons), pair_fingerprint(known[one], known[other]))
                )
    return found


async def _keep_keys(known: dict[int, Known], keys: dict[int, frozenset[int]]) -> None:
    if not known:
        return
    rows = sorted(
        (customer, each.fingerprint, "{" + ",".join(map(str, sorted(keys[customer]))) + "}")
        for customer, each in known.items()
    )
    customers, prints, texts = zip(*rows, strict=True)
    await execute(
        "INSERT INTO customer_blocks AS b (customer, keys, fingerprint) "
        "SELECT x.customer, x.keys::bigint[], x.fingerprint "
        "FROM unnest($1::bigint[], $2::text[], $3::text[]) AS x(customer, fingerprint, keys) "
        "JOIN customer c ON c.id = x.customer "
        "ORDER BY x.customer ON CONFLICT (customer) DO UPDATE SET keys = excluded.keys, fingerprint = excluded.fingerprint "
        "WHERE b.fingerprint <> excluded.fingerprint",
        list(customers), list(prints), list(texts),
    )  # fmt: skip


async def _write(found: Sequence[Found], now: datetime) -> None:
    """Keep likely pairs. A dismissed one stays dismissed for as long as both are as they were."""
    if not found:
        return
    ones, others, scores, reasons, prints = zip(*sorted(found), strict=True)
    await execute(
        "INSERT INTO duplicate_pair AS d (one, other, score, reasons, state, fingerprint, found_at) "
        "SELECT x.one, x.other, x.score, x.reasons, 'open', x.fingerprint, $6 "
        "FROM unnest($1::bigint[], $2::bigint[], $3::float8[], $4::text[], $5::text[]) AS x(one, other, score, reasons, fingerprint) "
        "JOIN customer a ON a.id = x.one JOIN customer b ON b.id = x.other ORDER BY x.one, x.other "
        "ON CONFLICT (one, other) DO UPDATE SET score = excluded.score, reasons = excluded.reasons, "
        "fingerprint = excluded.fingerprint, found_at = greatest(d.found_at, excluded.found_at), "
        "state = CASE WHEN d.state = 'dismissed' AND d.fingerprint = excluded.fingerprint THEN 'dismissed' ELSE 'open' END",
        list(ones), list(others), list(scores), list(reasons), list(prints), now,
    )  # fmt: skip


def pair_fingerprint(one: Known, other: Known) -> str:
    return f"{one.fingerprint} {other.fingerprint}"


async def known_pair(one: int, other: int) -> dict[int, Known]:
    """Two customers as they are now; who may not be compared is missing."""
    return await _known(await rows_of([one, other]))


async def last_search() -> Row | None:
    """The newest search among all customers that ended."""
    return await fetch_one(
        "SELECT finished_at, customers, pairs FROM duplicate_search WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
