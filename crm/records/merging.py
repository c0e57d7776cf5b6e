"""Merging two customers into one, and undoing it: completely, even after new things came to the surviving one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.audit import record
from crm.customers.lists.found_by import refresh_search_text
from crm.customers.tables import CustomerKind
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, NotFound, RuleBroken
from crm.records import references
from crm.records.figures_anew import figures_joined, figures_parted
from crm.records.merge_locks import taking_customers
from crm.records.moving import as_list, as_moved, move_all, move_back
from crm.records.one_fields import Kept, keep_both_websites, names_anew, restore_fields, take_fields
from crm.records.same_persons import same_persons
from crm.records.strictest import allow_again, end_what_the_other_refused
from crm.tickets.changing import follow_service_level
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class Wish:
    """Which customer survives, which is taken into it, of which fields the merged one's value counts, and which of its persons
    are the same as persons of the survivor (None: those that look the same). `versions` are those that somebody saw."""

    survivor: int
    merged: int
    take: frozenset[str] = frozenset()
    persons: tuple[tuple[int, int], ...] | None = None
    versions: tuple[int, int] | None = None


class _Memory(msgspec.Struct):
    """What a merge remembers of itself (the column `kept`)."""

    moved: list[Any]
    fields: list[Kept]
    persons: list[tuple[int, int]]
    highest: dict[str, int]
    last_contact_at: datetime | None = None
    websites: list[int] = []  # a Struct copies it for each
    ended: list[int] = []
    blocked: list[int] = []


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing left as it was: how many rows of each table came since and stay, and the fields changed since."""

    merged: int
    stays: Mapping[str, int] = field(default_factory=dict)
    changed: tuple[str, ...] = ()


async def merge_customers(wish: Wish, *, by: int | None, now: datetime) -> int:
    """Take one customer into another: every row that points at the merged one moves (references.py says which), figures are
    drawn up anew, the consent ledger stays and is read through the merge. Answers the id of the merge.

    Raises NotFound for a customer who isn't there or is restricted, RuleBroken for two that can't be one, Conflict if somebody
    saved one of them since `versions`.
    """
    if wish.survivor == wish.merged:
        raise RuleBroken(_("A customer can't be merged with itself."))
    async with taking_customers([wish.survivor, wish.merged], are_routed="service_level" in wish.take):
        survivor = await _demand_mergeable(wish)
        memory = await _taken_in(wish, await _persons_of(wish, survivor), now)
        merge_id = await fetch_value(
            "INSERT INTO customer_merge (survivor, merged, at, by_user, kept) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            wish.survivor, wish.merged, now, by, msgspec.json.encode(memory, enc_hook=str).decode(),
        )  # fmt: skip
        await _follow(wish.survivor, wish.merged, "service_level" in wish.take, by, now)
        for action, one, named, other in (
            ("customer.merged", wish.survivor, "merged_customer", wish.merged),
            ("customer.merged_away", wish.merged, "surviving_customer", wish.survivor),
        ):
            await record(action, "customer", one, by=by, now=now, fields={named: other})
        return int(merge_id)


async def _demand_mergeable(wish: Wish) -> Row:
    """The surviving customer. Raises RuleBroken, Conflict (see merge_customers)."""
    survivor, merged = await _both(wish)
    if survivor.kind != merged.kind:
        raise RuleBroken(
            _("An organisation and a private person can't be merged: the person may belong to the organisation.")
        )
    if wish.versions is not None and wish.versions != (survivor.version, merged.version):
        raise Conflict(_("Somebody changed one of the two meanwhile. Look at both again, then merge them."))
    return survivor


async def _taken_in(wish: Wish, persons: list[tuple[int, int]], now: datetime) -> _Memory:
    """Move everything of the merged customer; answers what an undo has to know."""
    highest = {
        table: await fetch_value(f"SELECT coalesce(max(id), 0) FROM {table}") for table, _column in references.COUNTED
    }
    own_website = await fetch_value("SELECT website FROM customer WHERE id = $1", wish.survivor)
    kept = await take_fields(wish.survivor, wish.merged, wish.take, persons)
    moved = [each for old, new in persons for each in await move_all(references.PERSON, old, new, besides=wish.merged)]
    await _persons_are_one(persons)
    ended, blocked = await end_what_the_other_refused([new for _old, new in persons], now=now)
    moved += await move_all(references.CUSTOMER, wish.merged, wish.survivor)
    if "status" in wish.take:
        moved += await move_all((references.STATUS_EVENTS,), wish.merged, wish.survivor)
    await execute(
        "UPDATE customer SET merged_into = $2, deleted_at = $3, version = version + 1 WHERE id = $1",
        wish.merged, wish.survivor, now,
    )  # fmt: skip
    await execute("UPDATE customer SET version = version + 1 WHERE id = $1", wish.survivor)
    websites = await keep_both_websites(wish.survivor, own_website, wish.merged)
    last_contact_at = await figures_joined(wish.survivor, wish.merged)
    rows = [as_list(each) for each in moved if each.ids]
    return _Memory(rows, kept, persons, highest, last_contact_at, websites, ended, blocked)


async def undo_merge(merge_id: int, *, by: int | None, now: datetime) -> Undone:
    """Give back everything that the merge moved and changed. What came to the surviving customer since stays there; so does a
    field that somebody changed since. Raises NotFound for an unknown merge, RuleBroken if it is undone already or one of the
    two was merged on or deleted meanwhile."""
    both = await fetch_one("SELECT survivor, merged FROM customer_merge WHERE id = $1", merge_id)
    if both is None:
        raise NotFound()
    async with taking_customers([both.survivor, both.merged], are_routed=True):
        merge = await fetch_one(
            "SELECT id, survivor, merged, at, undone_at, kept::text AS kept FROM customer_merge WHERE id = $1 FOR UPDATE",
            merge_id,
        )
        if merge is None:
            raise NotFound()
        await _demand_undoable(merge)
        memory = msgspec.json.decode(merge.kept, type=_Memory)
        stays = await _came_since(merge.survivor, memory)
        await execute(
            "DELETE FROM web_address WHERE id = ANY($1::bigint[]) AND customer = $2", memory.websites, merge.survivor
        )
        # both are there again before anything comes back to them: the database takes nothing for who was merged
        await execute(
            "UPDATE person SET merged_into = NULL, version = version + 1 WHERE id = ANY($1::bigint[])",
            [old for old, _new in memory.persons],
        )
        await execute(
            "UPDATE customer SET merged_into = NULL, deleted_at = NULL, version = version + 1 WHERE id = $1",
            merge.merged,
        )
        # bases first: an attribute can only come back to somebody who has its basis
        back = reversed([as_moved(values) for values in memory.moved])
        for each in sorted(back, key=lambda moved: moved.table != "attribute_basis"):
            await move_back(each)
        await allow_again(memory.ended, memory.blocked)
        await execute("UPDATE customer SET version = version + 1 WHERE id = $1", merge.survivor)
        changed = await restore_fields(merge.id, merge.survivor, memory.fields)
        await execute("UPDATE customer_merge SET undone_at = $2, undone_by = $3 WHERE id = $1", merge_id, now, by)
        has_level = any(each.name == "service_level" for each in memory.fields)
        await _follow(merge.survivor, merge.merged, has_level, by, now)
        await figures_parted(merge.survivor, merge.merged, last_contact_at=memory.last_contact_at, merged_at=merge.at)
        for customer in (merge.survivor, merge.merged):
            await record("customer.merge_undone", "customer", customer, by=by, now=now, fields={"merge": merge_id})
        return Undone(merge.merged, stays, changed)


async def what_stays(merge_id: int) -> dict[str, int]:
    """How much has come to the surviving customer since the merge, by table; undoing leaves it there."""
    merge = await fetch_one("SELECT survivor, kept::text AS kept FROM customer_merge WHERE id = $1", merge_id)
    if merge is None:
        raise NotFound()
    return await _came_since(merge.survivor, msgspec.json.decode(merge.kept, type=_Memory))


async def _both(wish: Wish) -> tuple[Row, Row]:
    rows = await fetch(
        "SELECT c.id, c.kind, c.version FROM customer c WHERE c.id = ANY($1::bigint[]) AND c.deleted_at IS NULL "
        "AND c.restricted_at IS NULL AND NOT EXISTS (SELECT FROM affiliation a JOIN person p ON p.id = a.person "
        "WHERE a.customer = c.id AND a.is_self AND p.restricted_at IS NOT NULL)",
        [wish.survivor, wish.merged],
    )
    found = {row.id: row for row in rows}
    if len(found) != 2:
        raise NotFound()
    return found[wish.survivor], found[wish.merged]


async def _persons_of(wish: Wish, survivor: Row) -> list[tuple[int, int]]:
    """Which persons of the merged customer are persons of the survivor: a private customer's own, or those chosen."""
    if survivor.kind == CustomerKind.PERSON:
        own = {
            row.customer: row.person
            for row in await fetch(
                "SELECT customer, person FROM affiliation WHERE is_self AND customer = ANY($1::bigint[])",
                [wish.survivor, wish.merged],
            )
        }
        return [(own[wish.merged], own[wish.survivor])]
    proposed = await same_persons(wish.merged, wish.survivor)
    if wish.persons is None:
        return [(each.old.id, each.new.id) for each in proposed]
    ours = {(each.old.id, each.new.id) for each in proposed}
    if not set(wish.persons) <= ours:
        raise RuleBroken(_("These persons can't be taken for one another. Load the page again."))
    return sorted(wish.persons)


async def _persons_are_one(persons: Sequence[tuple[int, int]]) -> None:
    await execute(
        "UPDATE person SET merged_into = x.new, version = version + 1 FROM unnest($1::bigint[], $2::bigint[]) AS x(old, new) "
        "WHERE person.id = x.old",
        [old for old, _new in persons], [new for _old, new in persons],
    )  # fmt: skip


async def _follow(survivor: int, merged: int, has_level: bool, by: int | None, now: datetime) -> None:
    """What is derived from the rows: names, what both are found by, promises of open enquiries."""
    for customer in (survivor, merged):
        await names_anew(customer)
        await refresh_search_text(customer)
    if has_level and by is not None:
        await follow_service_level(survivor, by=by, now=now)


async def _demand_undoable(merge: Row) -> None:
    if merge.undone_at is not None:
        raise RuleBroken(_("This merge is undone already."))
    row = await fetch_one(
        "SELECT s.merged_into, s.deleted_at, m.merged_into AS merged_now FROM customer s, customer m "
        "WHERE s.id = $1 AND m.id = $2",
        merge.survivor, merge.merged,
    )  # fmt: skip
    if row is None or row.merged_now != merge.survivor:
        raise RuleBroken(_("The merged customer isn't there any more, so this merge can't be undone."))
    if row.merged_into is not None:
        raise RuleBroken(_("The surviving customer was itself merged into another one. Undo that merge first."))
    if row.deleted_at is not None:
        raise RuleBroken(_("The surviving customer was deleted. Restore it first."))


async def _came_since(survivor: int, memory: _Memory) -> dict[str, int]:
    found = {}
    for table, column in references.COUNTED:
        count = await fetch_value(
            f"SELECT count(*) FROM {table} WHERE {column} = $1 AND id > $2", survivor, memory.highest.get(table, 0)
        )
        if count:
            found[table] = int(count)
    return found
