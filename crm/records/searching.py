"""The search for duplicates among those that changed, and what the search among all (searching_all.py) shares with it. Safe to run
twice, and twice at once. The comparing itself runs in a thread, so that the event loop stays free."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.database import Lock, Row, execute, fetch, fetch_one, fetch_value, take_lock, transaction
from crm.queue import enqueue
from crm.records.blocking import MOST, block_keys
from crm.records.gathering import Found, Keyed
from crm.records.likeness import Portrait, likeness
from crm.records.portraits import Facts, facts_of, fingerprint, pair_fingerprint, portrait_of

MOST_CHANGED = 2_000
"""If more customers changed (an import), all are searched: that is quicker than looking for each one's neighbours."""
ABANDONED_AFTER = timedelta(minutes=15)
"""A search that has not ended by then has died with its worker, and another may begin."""


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


async def search_changed_duplicates(*, now: datetime) -> int:
    """Compare the customers that changed since they were last compared with all others; answers how many they were. After an
    import of many, a search among all is asked for instead; while one is under way they wait for its end, so that nothing it
    read earlier is written over what is newer."""
    async with transaction():
        if await fetch_value(
            "SELECT id FROM duplicate_search WHERE finished_at IS NULL AND started_at > $1 LIMIT 1",
            now - ABANDONED_AFTER,
        ):
            return 0
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
    known = await _known(changed)
    keys = {customer: block_keys(each.subject) for customer, each in known.items()}
    await keep_keys([Keyed(customer, each.fingerprint, sorted(keys[customer])) for customer, each in known.items()])
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
    known |= await _known(sorted(missing))
    comparable = sorted(pair for pair in pairs if pair[0] in known and pair[1] in known)
    found = await asyncio.to_thread(_likely, comparable, known)
    await write_pairs(found, now)
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


async def _known(customers: Sequence[int]) -> dict[int, Known]:
    return await asyncio.to_thread(_drawn, await facts_of(customers))


def _drawn(rows: Sequence[Facts]) -> dict[int, Known]:
    known = {}
    for row in rows:
        subject = portrait_of(row)
        known[row.id] = Known(subject, fingerprint(subject))
    return known


def _likely(pairs: Iterable[tuple[int, int]], known: dict[int, Known]) -> list[Found]:
    found = []
    for one, other in pairs:
        result = likeness(known[one].subject, known[other].subject)
        if result.is_likely:
            prints = pair_fingerprint(known[one].fingerprint, known[other].fingerprint)
            found.append(Found(one, other, result.score, ",".join(result.reasons), prints))
    return found


async def keep_keys(keyed: Sequence[Keyed]) -> None:
    """Write the keys under which customers are found, unless they are there."""
    if not keyed:
        return
    rows = sorted((each.customer, each.fingerprint, "{" + ",".join(map(str, each.keys)) + "}") for each in keyed)
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


async def write_pairs(found: Sequence[Found], now: datetime) -> None:
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


async def known_pair(one: int, other: int) -> dict[int, Known]:
    """Two customers as they are now; who may not be compared is missing."""
    return await _known([one, other])


async def last_search() -> Row | None:
    """The newest search among all customers that ended."""
    return await fetch_one(
        "SELECT finished_at, customers, pairs FROM duplicate_search WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
