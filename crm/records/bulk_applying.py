"""Doing a change to some hundred customers, and taking it back: in few statements, each customer's history and the audit
trail told as if they had been changed one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts import audit
from crm.customers.figures import rhythm_changed
from crm.customers.lists.tables import BulkKind
from crm.customers.lists.wanted import SHOWN
from crm.customers.tables import TimelineKind
from crm.customers.tagging import tag_customers
from crm.database import Row, execute, fetch, fetch_value
from crm.text import fold
from crm.tickets.changing import follow_service_level

_COLUMNS = {BulkKind.OWNER: "owner", BulkKind.SERVICE_LEVEL: "service_level"}


async def apply(bulk: Row, items: Sequence[Row], *, now: datetime) -> None:
    """Change the customers of these items who still need it; each item then says what was there before."""
    kind = BulkKind(bulk.kind)
    if kind in _COLUMNS:
        changed = await _set_column(
            kind, await _target(bulk), [item.customer for item in items], by=bulk.by_user, now=now
        )
    else:
        changed = await _tag(kind, bulk.value, [item.customer for item in items], by=bulk.by_user, now=now)
    await execute(
        "UPDATE bulk_item i SET state = CASE WHEN x.id IS NULL THEN 'left' ELSE 'changed' END, before = x.before, "
        "was_deputy = coalesce(x.was_deputy, false) FROM unnest($1::bigint[]) AS item (id) "
        "LEFT JOIN bulk_item own ON own.id = item.id "
        "LEFT JOIN unnest($2::bigint[], $3::bigint[], $4::bool[]) AS x (id, before, was_deputy) ON x.id = own.customer "
        "WHERE i.id = item.id",
        [item.id for item in items], [one.id for one in changed], [one.before for one in changed],
        [one.was_deputy for one in changed],
    )  # fmt: skip
    await execute(
        "UPDATE bulk_change SET changed = changed + $2, left_out = left_out + $3 WHERE id = $1",
        bulk.id, len(changed), len(items) - len(changed),
    )  # fmt: skip


async def take_back(bulk: Row, items: Sequence[Row], *, now: datetime) -> None:
    """Put back what was before, for those who still have what the change gave them."""
    kind = BulkKind(bulk.kind)
    done: set[int] = set()
    if kind in _COLUMNS:
        target = await _target(bulk)
        groups: dict[int | None, list[Row]] = defaultdict(list)
        for item in items:
            groups[item.before].append(item)
        for before, group in groups.items():
            ids = [item.customer for item in group]
            back = await _set_column(kind, before, ids, by=bulk.undone_by, now=now, only_from=(target,))
            done |= {one.id for one in back}
        stood_in = [item.customer for item in items if item.was_deputy and item.customer in done]
        await execute("UPDATE customer SET deputy = $2 WHERE id = ANY($1) AND deputy IS NULL", stood_in, target)
    else:
        other = BulkKind.TAG_REMOVE if kind is BulkKind.TAG_ADD else BulkKind.TAG_ADD
        ids = [item.customer for item in items]
        done = {one.id for one in await _tag(other, bulk.value, ids, by=bulk.undone_by, now=now)}
    await execute(
        "UPDATE bulk_item SET state = CASE WHEN customer = ANY($2) THEN 'undone' ELSE 'kept' END WHERE id = ANY($1)",
        [item.id for item in items], list(done),
    )  # fmt: skip
    await execute(
        "UPDATE bulk_change SET undone = undone + $2, kept = kept + $3 WHERE id = $1",
        bulk.id,
        len(done),
        len(items) - len(done),
    )


class Changed(msgspec.Struct, frozen=True):
    """A customer who was changed, with what was there before."""

    id: int
    before: int | None = None
    was_deputy: bool = False


async def _target(bulk: Row) -> int | None:
    """The id of the owner or the service level; None for no owner."""
    if bulk.kind == BulkKind.OWNER:
        return int(bulk.value) or None
    found = await fetch_value("SELECT id FROM service_level WHERE code = $1", bulk.value)
    return int(found)


async def _set_column(
    kind: BulkKind, target: int | None, ids: Sequence[int], *, by: int, now: datetime, only_from: tuple[int | None, ...] = ()
) -> list[Changed]:  # fmt: skip
    """Owner or service level of these customers; `only_from` leaves out whoever has another one than this by now."""
    column = _COLUMNS[kind]
    before = await fetch(
        f"SELECT c.id, c.{column} AS before, c.deputy IS NOT DISTINCT FROM $2 AND $2 IS NOT NULL AS was_deputy FROM customer c "
        f"WHERE c.id = ANY($1::bigint[]) AND {SHOWN} AND c.{column} IS DISTINCT FROM $2::bigint "
        f"AND ($3 OR c.{column} IS NOT DISTINCT FROM $4::bigint) ORDER BY c.id FOR UPDATE",
        list(ids), target, not only_from, only_from[0] if only_from else None,
    )  # fmt: skip
    changed = [Changed(row.id, row.before, kind is BulkKind.OWNER and row.was_deputy) for row in before]
    if not changed:
        return []
    deputy = ", deputy = CASE WHEN deputy = $2 THEN NULL ELSE deputy END" if kind is BulkKind.OWNER else ""
    await execute(
        f"UPDATE customer SET {column} = $2::bigint, version = version + 1{deputy} WHERE id = ANY($1::bigint[])",
        [one.id for one in changed], target,
    )  # fmt: skip
    groups: dict[int | None, list[int]] = defaultdict(list)
    for one in changed:
        groups[one.before].append(one.id)
    for old, group in groups.items():
        await _tell(kind, group, old, target, by=by, now=now)
    if kind is BulkKind.SERVICE_LEVEL:
        await _follow_level([one.id for one in changed], by=by, now=now)
    return changed


async def _follow_level(ids: Sequence[int], *, by: int, now: datetime) -> None:
    """The contact rhythm of the new service level, and what it promises for open enquiries."""
    await rhythm_changed(*ids)
    with_tickets = "SELECT customer FROM customer_figures WHERE customer = ANY($1::bigint[]) AND open_tickets > 0 ORDER BY customer"
    for row in await fetch(with_tickets, list(ids)):
        await follow_service_level(row.customer, by=by, now=now)


async def _tell(
    kind: BulkKind, ids: Sequence[int], old: int | None, new: int | None, *, by: int, now: datetime
) -> None:
    """A line in each history, and an entry for each in the audit trail."""
    names = await _names(kind, old, new)
    field = "owner" if kind is BulkKind.OWNER else "service_level"
    detail = msgspec.json.encode({"field": field, "before": names[0], "after": names[1]}).decode()
    await execute(
        "INSERT INTO timeline_entry (customer, kind, at, ref_id, title, body, by_user, detail) "
        "SELECT id, $2, $3, id, '', '', $4, $5 FROM unnest($1::bigint[]) AS id",
        list(ids), TimelineKind.CHANGE.value, now, by, detail,
    )  # fmt: skip
    fields: dict[str, Any] = {"owner_id": [old, new]} if kind is BulkKind.OWNER else {"service_level": list(names)}
    await audit.record_many("customer.changed", "customer", ids, by=by, now=now, fields=fields)


async def _names(kind: BulkKind, old: int | None, new: int | None) -> tuple[str, str]:
    """What history shows: names of staff, codes of service levels."""
    table, column = ("staff", "name") if kind is BulkKind.OWNER else ("service_level", "code")
    rows = await fetch(
        f"SELECT id, {column} AS name FROM {table} WHERE id = ANY($1)", [each for each in (old, new) if each]
    )
    found = {row.id: str(row.name) for row in rows}
    return found.get(old or 0, ""), found.get(new or 0, "")


async def _tag(kind: BulkKind, name: str, ids: Sequence[int], *, by: int, now: datetime) -> list[Changed]:
    """Put the tag on whoever hasn't got it, or take it off whoever has."""
    has = "EXISTS (SELECT FROM customer_tag g JOIN tag t ON t.id = g.tag WHERE g.customer = c.id AND t.key = $2)"
    rows = await fetch(
        f"SELECT c.id FROM customer c WHERE c.id = ANY($1::bigint[]) AND {SHOWN} AND {has} = $3 ORDER BY c.id FOR UPDATE",
        list(ids), fold(name), kind is BulkKind.TAG_REMOVE,
    )  # fmt: skip
    found = [row.id for row in rows]
    if found:
        adds = kind is BulkKind.TAG_ADD
        await tag_customers(found, add=[name] if adds else [], remove=[] if adds else [name], by=by, now=now)
    return [Changed(each) for each in found]
