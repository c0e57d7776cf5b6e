"""What a customer's orders say about the customer: sum, average, rhythm, when the next order is to be expected, and from
when on the silence is unusual. Pure rules; cancelled orders are left out by whoever gathers the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from math import ceil
from statistics import median

ENOUGH_DAYS = 3
"""From orders on so many different days on, the rhythm says when the next one is to be expected."""
QUIET_FACTOR = Decimal("1.5")
QUIET_AT_LEAST_DAYS = 14
"""Unusually quiet: the silence has lasted half as long again as the rhythm, and at least two weeks beyond the expected day."""
CENT = Decimal("0.01")


class OrderStatus(StrEnum):
    ORDERED = "ordered"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    INVOICED = "invoiced"
    PAID = "paid"
    CANCELLED = "cancelled"


BEFORE_DELIVERY = frozenset({OrderStatus.ORDERED, OrderStatus.CONFIRMED, OrderStatus.SHIPPED})


@dataclass(frozen=True, slots=True)
class OrderFact:
    """One order that counts."""

    ordered_on: date
    amount: Decimal
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """The figures of one customer. `revenue` and `average` are in `currency`, over the orders in it; everything else is
    over all orders. `rhythm_days` is the median of the days between orders."""

    orders: int = 0
    revenue: Decimal = Decimal(0)
    currency: str = "EUR"
    average: Decimal | None = None
    last_on: date | None = None
    rhythm_days: Decimal | None = None
    next_on: date | None = None
    quiet_from_on: date | None = None


def order_figures(facts: Sequence[OrderFact]) -> OrderFigures:
    """All figures from the orders that count."""
    if not facts:
        return OrderFigures()
    currency = usual_currency(facts)
    amounts = [fact.amount for fact in facts if fact.currency == currency]
    revenue = sum(amounts, Decimal(0))
    days = {fact.ordered_on for fact in facts}
    last = max(days)
    rhythm = rhythm_days(days)
    is_enough = rhythm is not None and len(days) >= ENOUGH_DAYS
    return OrderFigures(
        orders=len(facts), revenue=revenue, currency=currency,
        average=(revenue / len(amounts)).quantize(CENT, ROUND_HALF_UP), last_on=last, rhythm_days=rhythm,
        next_on=next_on(last, rhythm) if rhythm is not None and is_enough else None,
        quiet_from_on=quiet_from_on(last, rhythm) if rhythm is not None and is_enough else None,
    )  # fmt: skip


def usual_currency(facts: Sequence[OrderFact]) -> str:
    """The currency of most orders; of two with equally many, that of the later order. Amounts in different currencies
    are never added."""
    counts = Counter(fact.currency for fact in facts)
    latest = {fact.currency: fact.ordered_on for fact in sorted(facts, key=lambda fact: fact.ordered_on)}
    return max(counts, key=lambda code: (counts[code], latest[code], code))


def gaps(days: Collection[date]) -> list[int]:
    """The days between one order and the next, in their order; orders of one day are one occasion."""
    return [(later - earlier).days for earlier, later in pairwise(sorted(set(days)))]


def rhythm_days(days: Collection[date]) -> Decimal | None:
    """The median of the gaps: one long holiday does not change it. None before the second order."""
    found = gaps(days)
    return Decimal(str(median(found))) if found else None


def next_on(last_on: date, rhythm: Decimal) -> date:
    """When the next order is to be expected."""
    return last_on + timedelta(days=ceil(rhythm))


def quiet_from_on(last_on: date, rhythm: Decimal) -> date:
    """From this day on a customer without a new order is unusually quiet."""
    return last_on + timedelta(days=ceil(max(rhythm * QUIET_FACTOR, rhythm + QUIET_AT_LEAST_DAYS)))


def is_quiet(quiet_from: date | None, today: date) -> bool:
    return quiet_from is not None and today >= quiet_from


class Slip(StrEnum):
    """What does not fit together in an order."""

    NO_DELIVERY_DATE = "no_delivery_date"
    DELIVERED_ALREADY = "delivered_already"
    DELIVERED_BEFORE_ORDERED = "delivered_before_ordered"
    DUE_BEFORE_ORDERED = "due_before_ordered"


def status_with_delivery(status: OrderStatus, delivered_on: date | None) -> OrderStatus:
    """The status that follows when only a delivery date was said: an order on its way is delivered by it."""
    return OrderStatus.DELIVERED if delivered_on is not None and status in BEFORE_DELIVERY else status


def slips(
    status: OrderStatus, ordered_on: date, delivered_on: date | None, delivery_due_on: date | None
) -> dict[str, Slip]:
    """What does not fit together, by field. An order whose status says delivered has a delivery date."""
    found = {}
    if delivered_on is None and status is OrderStatus.DELIVERED:
        found["delivered_on"] = Slip.NO_DELIVERY_DATE
    if delivered_on is not None and status in BEFORE_DELIVERY:
        found["status"] = Slip.DELIVERED_ALREADY
    if delivered_on is not None and delivered_on < ordered_on:
        found["delivered_on"] = Slip.DELIVERED_BEFORE_ORDERED
    if delivery_due_on is not None and delivery_due_on < ordered_on:
        found["delivery_due_on"] = Slip.DUE_BEFORE_ORDERED
    return found
