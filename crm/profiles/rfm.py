"""RFM: how lately, how often, for how much a customer orders, each from 1 to 5 by fifths. Pure; scoring.py holds its twin
in SQL, and a test holds the two together."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

FIFTHS = 5
FEWEST = 5
"""Among fewer customers fifths say nothing."""


@dataclass(frozen=True, slots=True)
class RfmInput:
    """What a customer has ordered: the day of the last order, how many, and for how much in all."""

    last_order_on: date | None
    orders: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class RfmScore:
    """Each from 1 (the lowest fifth) to 5."""

    recency: int
    frequency: int
    monetary: int

    @property
    def code(self) -> str:
        return f"{self.recency}{self.frequency}{self.monetary}"


def rfm_scores(inputs: Mapping[int, RfmInput]) -> dict[int, RfmScore]:
    """A customer's score is one more than the fifths of all compared customers that do worse; the same value gets the
    same score, so that the order of the rows never matters. Empty for fewer than FEWEST customers."""
    if len(inputs) < FEWEST:
        return {}
    days = sorted(one.last_order_on or date.min for one in inputs.values())
    orders = sorted(one.orders for one in inputs.values())
    revenues = sorted(one.revenue for one in inputs.values())
    return {
        customer: RfmScore(
            _fifth(days, one.last_order_on or date.min), _fifth(orders, one.orders), _fifth(revenues, one.revenue)
        )
        for customer, one in inputs.items()
    }


def _fifth(ordered: Sequence[Any], value: Any) -> int:
    return 1 + FIFTHS * bisect_left(ordered, value) // len(ordered)
