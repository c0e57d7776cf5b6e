"""Which departments and products come first: those where something is to be done. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from crm.reports.places.shape import Standing
from crm.touchpoints.statistics import UNCERTAIN_BELOW


class Concern(StrEnum):
    """Why a place stands where it does. UNKNOWN: too few answers and voices to say anything."""

    BELOW_TARGET = "below_target"
    CRITICISED = "criticised"
    FINE = "fine"
    UNKNOWN = "unknown"


PRODUCT_TARGET = 4.0
"""Products have no target of their own: below this mean of 1 to 5 customers are not satisfied."""


@dataclass(frozen=True, slots=True)
class Ranked:
    standing: Standing
    concern: Concern
    gap: float
    """How far satisfaction lies below the target; 0 where it doesn't."""


def ranked(standings: Iterable[Standing]) -> list[Ranked]:
    """The worst first: satisfaction below the target, furthest first; then more criticism than praise, the most first; then where
    all is well; at the end where too little is known. Small groups decide nothing."""
    return sorted((judged(one) for one in standings), key=_place_in_order)


def judged(one: Standing) -> Ranked:
    target = one.target if one.target is not None else PRODUCT_TARGET
    known = one.satisfaction is not None and not one.satisfaction.is_uncertain
    gap = max(0.0, target - one.satisfaction.value) if known and one.satisfaction is not None else 0.0
    loud = one.praise + one.criticism >= UNCERTAIN_BELOW
    if gap:
        concern = Concern.BELOW_TARGET
    elif loud and one.criticism > one.praise:
        concern = Concern.CRITICISED
    elif known or loud:
        concern = Concern.FINE
    else:
        concern = Concern.UNKNOWN
    return Ranked(one, concern, gap)


_ORDER = {concern: number for number, concern in enumerate(Concern)}


def _place_in_order(one: Ranked) -> tuple[int, float, int, int, str]:
    standing = one.standing
    return (
        _ORDER[one.concern], -round(one.gap, 2), standing.praise - standing.criticism, -standing.opened, standing.place.code,
    )  # fmt: skip
