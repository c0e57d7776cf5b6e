"""Undoes what an import has brought to customers: contacts and orders go (products and quotations: undoing_sales.py), changed
orders get their former values back, and what was said about consent stays in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.accounts.audit import record_many
from crm.customers.figures import contact_due_sql, lock_figures
from crm.customers.orders.actions import SAVED, Change, orders_written, record_of, remove_orders, update_orders
from crm.customers.orders.data import Item, slips_of
from crm.customers.orders.rules import OrderStatus
from crm.database import Row, decoded, execute, fetch
from crm.interactions.actions import PERSONAL
from crm.interactions.versions import empty_versions
from crm.records.order_chunks import plain
from crm.records.tables import Outcome
from crm.records.targets import ImportKind
from crm.records.undo_plan import UndoPlan
from crm.records.undoing_sales import ends_of_sales, undo_sales
from crm.reminders.alarms import withdraw_alarms
from crm.reminders.tables import AlarmKind


async def plan_records(run: Row, rows: Sequence[Row], plan: UndoPlan, shown: int, now: datetime) -> None:
    """Add to the plan what becomes of these rows."""
    if run.kind == ImportKind.ORDERS:
        for end in await _ends_of_orders(rows):
            plan.removed_records += end.is_removed
            plan.restored += end.change is not None
            for why in end.kept:
                plan.keep(end.row, why, shown)
        return
    if run.kind in (ImportKind.PRODUCTS, ImportKind.QUOTATIONS):
        for sales in await ends_of_sales(run, rows, now):
            plan.removed_records += sales.is_removed
            plan.restored += bool(sales.back)
            for why in sales.kept:
                plan.keep(sales.row, why, shown)
        return
    for row in rows:
        if run.kind == ImportKind.CONSENTS:
            plan.keep(row, "ledger", shown)
        else:
            plan.removed_records += 1


async def undo_records(run: Row, rows: Sequence[Row], now: datetime) -> int:
    """Undo these rows; answers how many stay as they are."""
    if run.kind == ImportKind.CONSENTS:
        return len(rows)
    if run.kind == ImportKind.ORDERS:
        return await _undo_orders(run, rows, now)
    if run.kind in (ImportKind.PRODUCTS, ImportKind.QUOTATIONS):
        return await undo_sales(run, rows, now)
    ids = [row.record for row in rows if row.record]
    customers = list({row.customer for row in rows if row.customer})
    await execute(
        "DELETE FROM timeline_entry WHERE kind = 'interaction' AND ref_id = ANY($1) AND NOT detail ? 'deleted'", ids
    )
    await empty_versions(ids)
    await withdraw_alarms(AlarmKind.BAD_MOMENT, ids, now=now)
    gone = await fetch("DELETE FROM interaction WHERE id = ANY($1) RETURNING id", ids)
    told = sorted(row.id for row in gone)
    await record_many("interaction.removed", "interaction", told, by=run.undone_by, now=now, fields={"import": run.id})
    await execute(_COUNT_AGAIN, customers, [channel.value for channel in PERSONAL])
    await execute(
        "UPDATE import_row SET reason = 'undone', fingerprint = NULL WHERE id = ANY($1)", [row.id for row in rows]
    )
    return 0


_COUNT_AGAIN = f"""
    UPDATE customer_figures f SET interactions = x.n, last_contact_at = x.at,
        contact_due_at = {contact_due_sql("coalesce(x.at, c.created_at)")}
    FROM customer c JOIN service_level s ON s.id = c.service_level,
        LATERAL (SELECT count(*)::int AS n, max(i.at) AS at FROM interaction i WHERE i.customer = c.id
            AND i.channel = ANY($2) AND i.counts) x
    WHERE f.customer = c.id AND c.id = ANY($1)
"""


@dataclass(slots=True)
class _End:
    """What becomes of an order: it goes, or gets former values back; `kept` names why it, or which of its fields, stays."""

    row: Row
    is_removed: bool = False
    change: Change | None = None
    kept: list[str] = field(default_factory=list)


async def _undo_orders(run: Row, rows: Sequence[Row], now: datetime) -> int:
    whose = await fetch("SELECT DISTINCT customer FROM customer_order WHERE id = ANY($1)", [row.record for row in rows])
    await lock_figures([row.customer for row in whose])
    ends = await _ends_of_orders(rows)
    gone = [end.row.record for end in ends if end.is_removed]
    await remove_orders(gone, by=run.undone_by, now=now)
    changes = [end.change for end in ends if end.change is not None]
    if changes:
        await update_orders(changes, by=run.undone_by, now=now)
        await orders_written(sorted({change.after.customer_id for change in changes}), by=run.undone_by, now=now)
    done = [end.row.record for end in ends if not end.kept]
    await execute(
        "UPDATE import_row SET reason = 'undone' WHERE run = $1 AND NOT is_trial AND record = ANY($2) "
        "AND outcome IN ('created', 'updated', 'joined')",
        run.id, done,
    )  # fmt: skip
    return sum(1 for end in ends if end.kept)


async def _ends_of_orders(rows: Sequence[Row]) -> list[_End]:
    """What becomes of the orders of these rows; further rows of an order follow its first one."""
    first = [row for row in rows if row.outcome != Outcome.JOINED and row.record]
    ids = [row.record for row in first]
    saved = {row.id: row for row in await fetch(SAVED + " WHERE o.id = ANY($1)", ids)}
    undone = {row.record: row.n for row in await fetch(_UNDONE_CHANGES, [row.customer for row in first], ids)}
    return [_end(row, saved.get(row.record), undone.get(row.record, 0)) for row in first]


_UNDONE_CHANGES = """
    SELECT w.record, count(*)::int AS n FROM import_row w JOIN import_run r ON r.id = w.run AND r.kind = 'orders'
    WHERE w.customer = ANY($1) AND w.record = ANY($2) AND NOT w.is_trial AND w.outcome = 'updated' AND w.reason = 'undone'
    GROUP BY w.record
"""
"""How often later imports have changed an order and given back its values: two versions each, and nobody has used it."""


def _end(row: Row, saved: Row | None, undone: int) -> _End:
    if saved is None:  # somebody has taken it away already
        return _End(row)
    if not saved.is_open:
        return _End(row, kept=["changed"])
    if row.outcome == Outcome.CREATED:
        return _End(row, kept=["changed"]) if saved.version > 1 + 2 * undone else _End(row, is_removed=True)
    before = record_of(saved)
    back, lost = _back(decoded(row.detail).get("order", {}), plain(before))
    after = replace(before, **{name: _typed(name, value) for name, value in back.items()})
    if slips_of(after):  # with what was changed since, the former values make no order
        return _End(row, kept=list(back) + lost)
    return _End(row, change=Change(saved.id, before, after) if back else None, kept=lost)


def _back(changes: Mapping[str, Sequence[Any]], now: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    back = {name: former for name, (former, new) in changes.items() if now.get(name) == new}
    return back, [name for name in changes if name not in back]


def _typed(name: str, value: Any) -> Any:
    """A value of an order as it was before its journey through JSON."""
    match name:
        case "items":
            return tuple(
                Item(product, text, Decimal(quantity), None if price is None else Decimal(price))
                for product, text, quantity, price in value
            )
        case "ordered_on" | "delivered_on" | "delivery_due_on":
            return date.fromisoformat(value) if value else None
        case "amount":
            return Decimal(value)
        case "status":
            return OrderStatus(value)
        case _:
            return value
