"""Keeping the words in order: renaming a tag, making two of them one, and taking one off everybody. Saved views that filter by
it, and changes of many customers that go on or may be undone, follow a renaming and a merger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

import asyncpg

from crm.accounts.audit import record, record_many
from crm.customers.lists.found_by import refresh_search_texts
from crm.customers.lists.tables import BulkKind, BulkStatus
from crm.customers.lists.wanted import SHOWN
from crm.customers.value_lists import TAG_LENGTH
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, transaction
from crm.errors import Invalid, NotFound
from crm.text import fold
from crm.web.i18n import _

CHUNK = 2000
"""So many customers get what they are found by anew in one statement."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag with the number of customers that have it, and of saved views that filter by it."""

    id: int
    name: str
    key: str
    customers: int
    views: int


_TAGS = f"""
    SELECT g.id, g.name, g.key, (SELECT count(*) FROM customer_tag t JOIN customer c ON c.id = t.customer
        WHERE t.tag = g.id AND {SHOWN}) AS customers FROM tag g
"""


async def all_tags() -> list[Tag]:
    """Every word, also those that nobody has any more, in the order of their names."""
    used = await _filtered_by()
    return [_tag(row, used) for row in await fetch(_TAGS + "ORDER BY g.key")]


async def tag_of(tag_id: int) -> Tag:
    """One tag. Raises NotFound."""
    row = await fetch_one(_TAGS + "WHERE g.id = $1", tag_id) if 0 < tag_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return _tag(row, await _filtered_by())


def _tag(row: Row, used: Mapping[str, int]) -> Tag:
    return Tag(row.id, row.name, row.key, row.customers, used.get(row.key, 0))


async def _filtered_by() -> Counter[str]:
    """How many saved views filter by each word, by its key."""
    return Counter(key for view in await _views_with_tags() for key in {fold(word) for word in _tags_in(view.query)})


async def rename_tag(tag_id: int, name: str, *, by: int, now: datetime) -> None:
    """The word is another from now on, wherever it stands. Invalid for one that is no word, or that there is already: that
    would be merging two."""
    name = " ".join(name.split())
    async with transaction():
        bulks = await _held_bulk_changes()
        tag = await _locked(tag_id)
        key = fold(name)
        if not key or len(name) > TAG_LENGTH or "," in name:
            words = {"n": TAG_LENGTH}
            raise Invalid(
                {"name": _("A tag needs a letter or a digit, has no comma and at most %(n)s characters.") % words}
            )
        other = await fetch_one("SELECT name FROM tag WHERE key = $1 AND id <> $2", key, tag_id)
        if other is not None:
            raise _taken(other.name)
        if name == tag.name:
            return
        try:
            await execute("UPDATE tag SET name = $2, key = $3 WHERE id = $1", tag_id, name, key)
        except asyncpg.UniqueViolationError:  # somebody else took it meanwhile
            raise _taken(name) from None
        await _follow(tag.key, name, bulks)
        changed = await _customers_with(tag_id)
        await _tell(changed, [tag.name, name], by=by, now=now)
        fields = {"name": [tag.name, name], "customers": len(changed)}
        await record("tag.renamed", "tag", tag_id, by=by, now=now, fields=fields)


def _taken(name: str) -> Invalid:
    return Invalid({"name": _("There is the tag “%(name)s” already. Merge the two instead.") % {"name": name}})


async def merge_tags(tag_id: int, into_id: int | None, *, by: int, now: datetime) -> None:
    """Whoever has the first has the second from now on, and the first is gone. Invalid without a second one."""
    async with transaction():
        if not 0 < tag_id <= HIGHEST_ID:
            raise NotFound()
        if into_id is None or into_id == tag_id:
            raise Invalid({"into": _("Please choose another tag.")})
        bulks = await _held_bulk_changes()
        # in the order of their ids, so that two merges at once never wait for each other
        rows = {
            row.id: row
            for row in await fetch(
                "SELECT id, name, key FROM tag WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", [tag_id, into_id]
            )
        }
        if tag_id not in rows:
            raise NotFound()
        if into_id not in rows:
            raise Invalid({"into": _("Please choose another tag.")})
        tag, into = rows[tag_id], rows[into_id]
        changed = await _customers_with(tag_id)
        await _keep_both(tag, into, bulks)
        await execute(
            "INSERT INTO customer_tag (customer, tag) SELECT customer, $2 FROM customer_tag WHERE tag = $1 "
            "ON CONFLICT (customer, tag) DO NOTHING",
            tag_id, into_id,
        )  # fmt: skip
        await execute("DELETE FROM tag WHERE id = $1", tag_id)
        await _follow(tag.key, into.name, bulks)
        await _tell(changed, [tag.name, into.name], by=by, now=now)
        fields = {"name": [tag.name, into.name], "customers": len(changed)}
        await record("tag.merged", "tag", tag_id, by=by, now=now, fields=fields)


async def delete_tag(tag_id: int, *, by: int, now: datetime) -> None:
    """Nobody has the word any more. Saved views that filter by it stay, and find nobody."""
    async with transaction():
        tag = await _locked(tag_id)
        changed = await _customers_with(tag_id)
        await execute("DELETE FROM tag WHERE id = $1", tag_id)
        await _tell(changed, [tag.name, ""], by=by, now=now)
        fields = {"name": [tag.name, ""], "customers": len(changed)}
        await record("tag.deleted", "tag", tag_id, by=by, now=now, fields=fields)


async def _locked(tag_id: int) -> Row:
    row = None
    if 0 < tag_id <= HIGHEST_ID:
        row = await fetch_one("SELECT id, name, key FROM tag WHERE id = $1 FOR UPDATE", tag_id)
    if row is None:
        raise NotFound()
    return row


async def _customers_with(tag_id: int) -> list[int]:
    return [row.customer for row in await fetch("SELECT customer FROM customer_tag WHERE tag = $1 ORDER BY 1", tag_id)]


async def _tell(customers: Sequence[int], change: list[str], *, by: int, now: datetime) -> None:
    """The customers are found by their words, and the audit trail of each says so."""
    for start in range(0, len(customers), CHUNK):
        some = customers[start : start + CHUNK]
        await execute("UPDATE customer SET version = version + 1 WHERE id = ANY($1::bigint[])", list(some))
        await refresh_search_texts(some)
        await record_many("customer.tagged", "customer", some, by=by, now=now, fields={"tags": change})


async def _views_with_tags() -> list[Row]:
    return await fetch("SELECT id, query FROM saved_view WHERE query LIKE '%tag=%'")


def _tags_in(query: str) -> list[str]:
    return [word for name, value in parse_qsl(query) if name == "tag" for word in value.split(",")]


def _with_other_tag(query: str, key: str, name: str) -> str:
    """The query string of a view with another word in the place of the one with this key."""
    pairs = []
    for each, value in parse_qsl(query):
        if each == "tag":
            words = [name if fold(word) == key else word for word in value.split(",")]
            value = ",".join({fold(word): word for word in words}.values())
        pairs.append((each, value))
    return urlencode(pairs)


async def _follow(key: str, name: str, bulks: Sequence[Row]) -> None:
    """Saved views that filter by the old word filter by the new one, and changes of many customers mean it."""
    using = [view.id for view in await _views_with_tags() if key in map(fold, _tags_in(view.query))]
    for view in await fetch(
        "SELECT id, query FROM saved_view WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", using
    ):
        query = _with_other_tag(view.query, key, name)
        if query != view.query:
            await execute("UPDATE saved_view SET query = $2, version = version + 1 WHERE id = $1", view.id, query)
    meant = [bulk.id for bulk in bulks if fold(bulk.value) == key]
    await execute("UPDATE bulk_change SET value = $2 WHERE id = ANY($1::bigint[])", meant, name)


async def _held_bulk_changes() -> list[Row]:
    """The changes that put a tag on many customers or take it off, and that go on or may be undone. They are taken before the
    tag, as by the worker who does them."""
    return await fetch(
        "SELECT id, kind, value FROM bulk_change WHERE kind = ANY($1) AND status <> $2 ORDER BY id FOR NO KEY UPDATE",
        [BulkKind.TAG_ADD.value, BulkKind.TAG_REMOVE.value], BulkStatus.UNDONE.value,
    )  # fmt: skip


async def _keep_both(tag: Row, into: Row, bulks: Sequence[Row]) -> None:
    """Whoever has both tags keeps the one that is left, though a change that has put one of them on is undone: the other was
    theirs without it."""
    adding = [bulk.id for bulk in bulks if bulk.kind == BulkKind.TAG_ADD and fold(bulk.value) in (tag.key, into.key)]
    await execute(
        "WITH two AS (SELECT customer FROM customer_tag WHERE tag = $2 INTERSECT SELECT customer FROM customer_tag WHERE tag = $3), "
        "kept AS (UPDATE bulk_item SET state = 'kept' WHERE bulk = ANY($1::bigint[]) AND state = 'changed' "
        "AND customer IN (SELECT customer FROM two) RETURNING bulk) "
        "UPDATE bulk_change b SET kept = b.kept + k.n FROM (SELECT bulk, count(*) AS n FROM kept GROUP BY bulk) k WHERE b.id = k.bulk",
        adding, tag.id, into.id,
    )  # fmt: skip
