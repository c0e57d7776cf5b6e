"""What is known about an order before it is written: the values that forms, the API and imports agree on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crm.customers.orders.rules import CENT, OrderStatus, slips, status_with_delivery

MOST_ITEMS = 500
"""So many lines has the longest order; whoever sends more has mistaken a catalogue for an order."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an order. `product` is a code of the catalogue or ''; `price` is that of one piece, None if unknown."""

    product: str = ""
    text: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as it is, or shall be, saved."""

    customer_id: int
    number: str
    ordered_on: date
    amount: Decimal
    currency: str = "EUR"
    channel: str = ""
    status: OrderStatus = OrderStatus.ORDERED
    delivered_on: date | None = None
    delivery_due_on: date | None = None
    items: tuple[Item, ...] = ()


_NAMES = tuple(field.name for field in fields(OrderRecord))
CHANGEABLE = frozenset(field.name for field in fields(OrderRecord)) - {"customer_id"}


def items_sum(items: tuple[Item, ...]) -> Decimal | None:
    """What the items add up to, in cents; None without items or with one whose price is unknown."""
    if not items or any(item.price is None for item in items):
        return None
    total = sum((item.quantity * (item.price or 0) for item in items), Decimal(0))
    return total.quantize(CENT, ROUND_HALF_UP)


def new_record(customer_id: int, values: Mapping[str, Any]) -> OrderRecord:
    """An order from the values that were said; number, day and amount are there. The status follows a date of delivery
    unless it was said itself."""
    record = OrderRecord(customer_id, **{name: value for name, value in values.items() if name in CHANGEABLE})
    return record if "status" in values else _advanced(record)


def changed_record(before: OrderRecord, values: Mapping[str, Any]) -> OrderRecord:
    """The order with the values that were said. An amount that was the sum of the items goes on being it."""
    said = {name: value for name, value in values.items() if name in CHANGEABLE}
    if "items" in said and "amount" not in said and items_sum(before.items) == before.amount:
        said["amount"] = items_sum(said["items"]) or before.amount
    record = replace(before, **said)
    return _advanced(record) if "status" not in said and "delivered_on" in said else record


def slips_of(record: OrderRecord) -> dict[str, Any]:
    return slips(record.status, record.ordered_on, record.delivered_on, record.delivery_due_on)


def recorded(record: OrderRecord) -> dict[str, Any]:
    """The values as the audit trail keeps them: those that were given."""
    values = _values(record) | {"status": record.status.value}
    return {name: value for name, value in values.items() if value not in ("", None)}


def differences(before: OrderRecord, after: OrderRecord) -> dict[str, list[Any]]:
    """The fields that differ, each as [before, after], as the audit trail keeps them."""
    names = [field.name for field in fields(OrderRecord) if getattr(before, field.name) != getattr(after, field.name)]
    old, new = _values(before), _values(after)
    return {name: [old[name], new[name]] for name in names}


def _values(record: OrderRecord) -> dict[str, Any]:
    """The fields, all lines as one text. (`asdict` copies deeply, which costs more than all else here.)"""
    return {name: getattr(record, name) for name in _NAMES} | {"items": shown_items(record.items)}


def shown_items(items: tuple[Item, ...]) -> str:
    """All lines as one text: "2 × KZ-100 Küchenzeile à 3200.00; ..."."""
    lines = []
    for item in items:
        price = f" à {item.price}" if item.price is not None else ""
        named = " ".join(part for part in (item.product, item.text) if part)
        lines.append(f"{item.quantity.normalize():f} × {named}{price}")
    return "; ".join(lines)


def _advanced(record: OrderRecord) -> OrderRecord:
    return replace(record, status=status_with_delivery(record.status, record.delivered_on))
