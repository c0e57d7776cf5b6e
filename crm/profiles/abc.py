"""ABC: which customers carry the revenue. Pure; scoring.py holds its twin in SQL, and a test holds the two together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

PLACES = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class AbcScore:
    """The class; the customer's share of all revenue and that of all customers with more, as parts of 1; the place."""

    abc_class: str
    share: Decimal
    share_before: Decimal
    rank: int


def abc_scores(revenues: Mapping[int, Decimal], *, a: int, b: int) -> dict[int, AbcScore]:
    """Customers by revenue, the greatest first: A until those with more carry `a` percent of it, B until `b` percent, then
    C. So whoever reaches over a limit belongs to the class before it, and the greatest customer is always A. The same
    revenue gets the same class. Revenue below zero counts as nothing; where there is none at all, all are C."""
    counted = {customer: max(Decimal(0), revenue) for customer, revenue in revenues.items()}
    total = sum(counted.values(), Decimal(0))
    scores: dict[int, AbcScore] = {}
    before, place = Decimal(0), 1
    for revenue in sorted(set(counted.values()), reverse=True):
        peers = [customer for customer, own in counted.items() if own == revenue]
        for customer in peers:
            name = _class(before, total, a, b) if revenue else "C"
            scores[customer] = AbcScore(name, _part(revenue, total), _part(before, total), place)
        before += revenue * len(peers)
        place += len(peers)
    return scores


def _class(before: Decimal, total: Decimal, a: int, b: int) -> str:
    return "A" if before * 100 < a * total else "B" if before * 100 < b * total else "C"


def _part(amount: Decimal, total: Decimal) -> Decimal:
    return (amount / total).quantize(PLACES, ROUND_HALF_UP) if total else Decimal(0)
