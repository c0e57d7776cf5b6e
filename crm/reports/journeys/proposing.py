"""What the measured journey of some customers proposes for the intended one: touchpoints, their channels, their order. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.reports.journeys.deviation import RARE
from crm.reports.journeys.usage import Usage
from crm.touchpoints.statistics import Estimate, mean_estimate

OFTEN = 5
"""A channel is proposed that had at least one in so many contacts of its touchpoint."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured at a touchpoint: contacts, how many customers and their share of all who had contact anywhere (in percent; None
    without any), the contacts by channel, the customers' satisfaction. `place` is where most customers get to it (from 1)."""

    contacts: int
    customers: int
    share: float | None
    channels: Counter[str]
    satisfaction: Estimate | None
    place: int | None

    @property
    def is_used(self) -> bool:
        """It is worth a place on the journey: at least one in twenty customers was there, or strangers were."""
        if self.contacts and not self.customers:
            return True
        return self.share is not None and self.share * RARE >= 100

    @property
    def usual_channels(self) -> tuple[str, ...]:
        """The channels most used, the most used first."""
        total = self.channels.total()
        return tuple(code for code, n in self.channels.most_common() if n * OFTEN >= total)


def seen(touchpoints: Sequence[int], used: Usage) -> dict[int, Seen]:
    """By touchpoint, of those in the order of the catalogue."""
    known = {one for pair in used.ahead for one in pair}
    places = {
        one: n for n, one in enumerate((each for each in majority_order(touchpoints, used.ahead) if each in known), 1)
    }
    return {
        one: Seen(
            used.contacts(one), customers := used.there.get(one, 0), 100 * customers / used.customers if used.customers else None,
            used.channels.get(one, Counter()), mean_estimate(dict(used.answers.get(one, {}))), places.get(one),
        )
        for one in touchpoints
    }  # fmt: skip


def majority_order(touchpoints: Sequence[int], ahead: Mapping[tuple[int, int], int]) -> list[int]:
    """The order in which most customers get to touchpoints. Of every two the majority decides which comes first (customers who were at
    both, `ahead` of Usage); a touchpoint stands the further in front, the more others it precedes (Copeland's rule). Where nobody says
    anything, the order of `touchpoints` stays: such a one follows the one that precedes it there."""
    index = {one: n for n, one in enumerate(touchpoints)}
    told = {one for pair in ahead for one in pair if one in index}
    score = {
        one: sum(_sign(ahead.get((one, other), 0) - ahead.get((other, one), 0)) for other in told if other != one) for one in told
    }  # fmt: skip
    order = sorted(told, key=lambda one: (-score[one], index[one]))
    for one in touchpoints:
        if one not in told:
            at = index[one]
            order.insert(order.index(touchpoints[at - 1]) + 1 if at else 0, one)
    return order


def _sign(difference: int) -> int:
    return (difference > 0) - (difference < 0)
