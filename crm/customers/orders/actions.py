"""The verbs that write orders, one or thousands at a time: the rows with their items, the lines of the history, the figures,
the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import asyncpg
import msgspec

from crm.accounts.audit import record_each
from crm.customers.figures import lock_figures
from crm.customers.orders.data import Item, OrderRecord, differences, recorded, shown_items
from crm.customers.orders.figures import refresh_order_figures
from crm.customers.orders.forms import changed
from crm.customers.orders.rules import OrderStatus
from crm.customers.orders.words import label
from crm.customers.statuses import conversion_happened, take_back_conversions
from crm.customers.tables import StatusTrigger
from crm.customers.words import CHANNELS, ORDER_STATUSES
from crm.database import Row, execute, fetch, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.web.formats import money, short_date
from crm.web.forms import Fields
from crm.web.i18n import _, word, zone

SAVED = """
    SELECT o.id, o.customer, o.number, o.ordered_on, o.amount, o.currency, o.channel, o.status, o.delivered_on,
        o.delivery_due_on, o.version, c.deleted_at IS NULL AND c.restricted_at IS NULL AS is_open,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(p.code, i.text, i.quantity::text, i.price::text) ORDER BY i.position, i.id),
            '[]')::text FROM order_item i LEFT JOIN product p ON p.id = i.product WHERE i.customer_order = o.id) AS lines
    FROM customer_order o JOIN customer c ON c.id = o.customer
"""
"""An order as it is saved, for `record_of`."""

LINE = """
    SELECT o.customer, NULL::bigint, 'order', least((o.ordered_on + time '12:00') AT TIME ZONE {zone}, {now}), o.id, '', '',
        o.created_by, jsonb_build_object('number', o.number, 'amount', o.amount, 'currency', o.currency, 'status', o.status)
    FROM customer_order o
"""
"""The line of the history for an order: at noon of its day, since nobody knows the hour."""


_CONVERTED = """
    SELECT c.id, least(greatest((min(o.ordered_on) + time '12:00') AT TIME ZONE $2, c.created_at, max(lost.at)), $3) AS at
    FROM customer c JOIN customer_order o ON o.customer = c.id AND o.status <> 'cancelled'
    LEFT JOIN LATERAL (SELECT max(s.at) AS at FROM status_change s WHERE s.customer = c.id AND s.after = 'former') lost ON true
    WHERE c.id = ANY($1) AND c.deleted_at IS NULL
        AND (c.status = 'prospect' OR c.status = 'former' AND o.ordered_on > (lost.at AT TIME ZONE $2)::date)
    GROUP BY c.id ORDER BY c.id
"""


class Change(NamedTuple):
    """An order to be changed, as it is and as it shall be."""

    order_id: int
    before: OrderRecord
    after: OrderRecord


async def create_order(record: OrderRecord, *, by: int | None, now: datetime) -> int:
    """A new order; answers its id. Raises Invalid if the number is taken."""
    async with transaction():
        await lock_figures([record.customer_id])
        (order_id,) = await insert_orders([record], by=by, now=now)
        if order_id is None:
            raise number_taken()
        await orders_written([record.customer_id], by=by, now=now)
        return order_id


async def change_order(
    order_id: int, values: Mapping[str, Any], version: int | None, *, by: int | None, now: datetime
) -> int:
    """Write what differs, and answer the version. `values` are those that were said (forms.order_values). Conflict
    names each field that would undo what somebody else saved since `version`."""
    async with transaction():
        customer_id = await fetch_value("SELECT customer FROM customer_order WHERE id = $1", order_id)
        await lock_figures([customer_id] if customer_id else [])
        rows = await fetch(SAVED + " WHERE o.id = $1 FOR UPDATE OF o", order_id)
        if not rows:
            raise NotFound()
        before = record_of(rows[0])
        after = changed(Fields({}), before, dict(values))
        if version is not None and version != rows[0].version:
            raise _conflict(before, after, int(rows[0].version))
        if after == before:
            return int(rows[0].version)
        if await fetch_value("SELECT 1 FROM customer_order WHERE number = $1 AND id <> $2", after.number, order_id):
            raise number_taken()
        try:
            await update_orders([Change(order_id, before, after)], by=by, now=now)
        except asyncpg.UniqueViolationError:  # somebody else took it meanwhile
            raise number_taken() from None
        await orders_written([before.customer_id], by=by, now=now)
        return int(rows[0].version) + 1


async def remove_orders(order_ids: Sequence[int], *, by: int | None, now: datetime) -> int:
    """Take orders away as if they had never been entered (a wrong customer, an import that is undone), with their lines in
    the history and the conversions that rest on them alone; answers how many there were. An order that was called off is not
    removed but cancelled."""
    async with transaction():
        found = await fetch("SELECT DISTINCT customer FROM customer_order WHERE id = ANY($1)", list(order_ids))
        await lock_figures([row.customer for row in found])
        rows = await fetch(SAVED + " WHERE o.id = ANY($1) ORDER BY o.id FOR UPDATE OF o", list(order_ids))
        ids = [row.id for row in rows]
        await execute("DELETE FROM timeline_entry WHERE kind = 'order' AND ref_id = ANY($1)", ids)
        await execute("DELETE FROM customer_order WHERE id = ANY($1)", ids)
        await record_each(
            "order.removed", "order", [(row.id, recorded(record_of(row))) for row in rows], by=by, now=now
        )
        customers = sorted({row.customer for row in rows})
        await refresh_order_figures(customers)
        await take_back_conversions(customers, by=by, now=now)
        return len(ids)


async def insert_orders(records: Sequence[OrderRecord], *, by: int | None, now: datetime) -> list[int | None]:
    """Write new orders in the caller's transaction; answers their ids, None for one whose number is taken. Figures are the
    caller's (`orders_written`)."""
    columns = [_columns(record) for record in records]
    rows = await fetch(
        "INSERT INTO customer_order (customer, number, ordered_on, amount, currency, channel, status, delivered_on, "
        "delivery_due_on, created_at, created_by, version) SELECT x.*, $10, $11, 1 FROM unnest($1::bigint[], $2::text[], "
        "$3::date[], $4::numeric[], $5::text[], $6::text[], $7::text[], $8::date[], $9::date[]) x "
        "ON CONFLICT (number) DO NOTHING RETURNING id, number",
        *map(list, zip(*columns, strict=True)), now, by,
    )  # fmt: skip
    ids = {row.number: int(row.id) for row in rows}
    made = [(ids[record.number], record) for record in records if record.number in ids]
    await _insert_items(made)
    await execute(
        "INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail) "
        + LINE.format(zone="$2", now="$3") + " WHERE o.id = ANY($1)",
        list(ids.values()), str(zone.get()), now,
    )  # fmt: skip
    await record_each(
        "order.created", "order", [(order_id, recorded(record)) for order_id, record in made], by=by, now=now
    )
    return [ids.get(record.number) for record in records]


async def update_orders(changes: Sequence[Change], *, by: int | None, now: datetime) -> None:
    """Write changed orders in the caller's transaction, and bring their lines in the history up to date."""
    if not changes:
        return
    ids = [change.order_id for change in changes]
    await execute(
        "UPDATE customer_order o SET number = x.number, ordered_on = x.ordered_on, amount = x.amount, currency = x.currency, "
        "channel = x.channel, status = x.status, delivered_on = x.delivered_on, delivery_due_on = x.delivery_due_on, "
        "version = o.version + 1 FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::date[], $5::numeric[], $6::text[], "
        "$7::text[], $8::text[], $9::date[], $10::date[]) AS x(id, customer, number, ordered_on, amount, currency, channel, "
        "status, delivered_on, delivery_due_on) WHERE o.id = x.id",
        ids, *map(list, zip(*(_columns(change.after) for change in changes), strict=True)),
    )  # fmt: skip
    renewed = [(change.order_id, change.after) for change in changes if change.before.items != change.after.items]
    await execute("DELETE FROM order_item WHERE customer_order = ANY($1)", [order_id for order_id, _record in renewed])
    await _insert_items(renewed)
    await execute(
        "UPDATE timeline_entry e SET at = l.at, detail = l.detail FROM ("
        + LINE.format(zone="$2", now="$3") + " WHERE o.id = ANY($1)) AS "
        "l(customer, person, kind, at, ref_id, title, body, by_user, detail) WHERE e.kind = 'order' AND e.ref_id = l.ref_id",
        ids, str(zone.get()), now,
    )  # fmt: skip
    told = [(change.order_id, differences(change.before, change.after)) for change in changes]
    await record_each("order.changed", "order", told, by=by, now=now)


async def orders_written(customer_ids: Sequence[int], *, by: int | None, now: datetime) -> None:
    """What follows when orders of these customers were written: figures, and prospects who have become customers. An order
    that is older than the loss of a former customer does not bring them back."""
    await refresh_order_figures(customer_ids)
    for row in await fetch(_CONVERTED, list(customer_ids), str(zone.get()), now):
        await conversion_happened(row.id, StatusTrigger.FIRST_ORDER, at=row.at, by=by)


def record_of(row: Row) -> OrderRecord:
    items = tuple(
        Item(code or "", text, Decimal(quantity), Decimal(price) if price is not None else None)
        for code, text, quantity, price in msgspec.json.decode(row.lines)
    )
    return OrderRecord(
        row.customer, row.number, row.ordered_on, row.amount, row.currency, row.channel, OrderStatus(row.status),
        row.delivered_on, row.delivery_due_on, items,
    )  # fmt: skip


def number_taken() -> Invalid:
    return Invalid({"number": _("Another order already has this number.")})


def _columns(record: OrderRecord) -> tuple[Any, ...]:
    return (
        record.customer_id, record.number, record.ordered_on, record.amount, record.currency, record.channel,
        record.status.value, record.delivered_on, record.delivery_due_on,
    )  # fmt: skip


async def _insert_items(orders: Sequence[tuple[int, OrderRecord]]) -> None:
    lines = [
        (order_id, n, item.product, item.text, item.quantity, item.price)
        for order_id, record in orders
        for n, item in enumerate(record.items)
    ]
    if lines:
        await execute(
            "INSERT INTO order_item (customer_order, position, product, text, quantity, price) "
            "SELECT x.o, x.n, p.id, x.text, x.quantity, x.price FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], "
            "$5::numeric[], $6::numeric[]) AS x(o, n, code, text, quantity, price) "
            "LEFT JOIN product p ON x.code <> '' AND p.code = x.code",
            *map(list, zip(*lines, strict=True)),
        )  # fmt: skip


def _conflict(before: OrderRecord, after: OrderRecord, version: int) -> Conflict:
    theirs, mine = _shown(before), _shown(after)
    found = [Difference(name, label(name), theirs[name], mine[name]) for name in theirs if theirs[name] != mine[name]]
    sentence = _("Somebody else saved this order meanwhile. Compare both versions and send yours again.")
    return Conflict(sentence, found, version)


def _shown(record: OrderRecord) -> dict[str, str]:
    return {
        "number": record.number, "ordered_on": short_date(record.ordered_on), "amount": money(record.amount, record.currency),
        "channel": word(CHANNELS, record.channel), "status": word(ORDER_STATUSES, record.status),
        "delivered_on": short_date(record.delivered_on), "delivery_due_on": short_date(record.delivery_due_on),
        "items": shown_items(record.items),
    }  # fmt: skip
