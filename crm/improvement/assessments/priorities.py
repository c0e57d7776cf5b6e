"""What follows from importance and satisfaction: which touchpoints are improved first. Pure.

Importance-performance analysis (J. A. Martilla and J. C. James, Journal of Marketing 41, 1977): important is what matters more
than the mean of the touchpoints compared, and satisfaction is measured against each touchpoint's own target. Basic expectations that
are not met (noted as taken for granted where the target is missed, or where nobody knows) come before everything else: meeting them
delights nobody, missing them loses customers (N. Kano, 1984)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crm.touchpoints.statistics import UNCERTAIN_BELOW, Estimate, difference_interval, share_estimate


class Priority(StrEnum):
    """In this order: an unmet basic expectation; important and below target; below target; important and good; good; unknown."""

    BASICS = "basics"
    ACT = "act"
    WATCH = "watch"
    KEEP = "keep"
    FINE = "fine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CameBack:
    """Of `n` customers who gave such an answer, `back` had another contact or ordered within 90 days."""

    n: int = 0
    back: int = 0

    @property
    def is_uncertain(self) -> bool:
        return self.n < UNCERTAIN_BELOW

    @property
    def share(self) -> float | None:
        """In percent; None for fewer than five customers."""
        return None if self.is_uncertain else 100 * self.back / self.n


@dataclass(frozen=True, slots=True)
class Rated:
    """Colleagues' mean of one aspect from `n` of them; None below five, or one of four could be told from it."""

    mean: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A touchpoint as a round found it. `listed` is its importance in the catalogue, which stands in while fewer than five
    colleagues rated; `basics` how many customers named something there that they take for granted."""

    id: int
    code: str
    name: str
    phase: str
    target: float
    listed: int
    raters: int
    rated: Mapping[str, Rated]
    satisfaction: Estimate | None
    basics: int = 0
    good: CameBack = field(default_factory=CameBack)
    bad: CameBack = field(default_factory=CameBack)

    @property
    def is_from_catalogue(self) -> bool:
        return self.rated["importance"].mean is None

    @property
    def importance(self) -> float:
        mean = self.rated["importance"].mean
        return float(self.listed) if mean is None else mean

    @property
    def is_known(self) -> bool:
        return self.satisfaction is not None and not self.satisfaction.is_uncertain

    @property
    def is_below(self) -> bool:
        return self.satisfaction is not None and self.satisfaction.value < self.target

    @property
    def is_clearly_below(self) -> bool:
        """Whether even the upper end of the interval misses the target."""
        estimate = self.satisfaction
        return bool(estimate and estimate.interval and estimate.interval[1] < self.target)

    @property
    def loses(self) -> bool:
        """Whether it can be shown that fewer came back after a bad answer than after a good one."""
        if self.good.is_uncertain or self.bad.is_uncertain:
            return False
        good, bad = share_estimate(self.good.back, self.good.n), share_estimate(self.bad.back, self.bad.n)
        assert good
        assert bad
        interval = difference_interval(bad, good)
        return interval is not None and interval[0] > 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A touchpoint, its place among the priorities (`number` from 1) and why; `usual` is the mean importance it is compared with."""

    number: int
    standing: Standing
    priority: Priority
    usual: float

    @property
    def is_important(self) -> bool:
        return self.standing.importance >= self.usual


def usual_importance(standings: Iterable[Standing]) -> float:
    """The mean importance of the touchpoints compared; the middle of the scale without any."""
    found = [one.importance for one in standings]
    return sum(found) / len(found) if found else 3.0


def priorities(standings: Iterable[Standing]) -> list[Judged]:
    """All touchpoints, what comes first at the beginning. Within one priority: what is shown to lose customers, then the largest
    shortfall weighed by importance."""
    compared = list(standings)
    usual = usual_importance(compared)
    judged = sorted(((_priority(one, usual), one) for one in compared), key=lambda pair: _place(*pair))
    return [Judged(number, one, priority, usual) for number, (priority, one) in enumerate(judged, 1)]


def _priority(one: Standing, usual: float) -> Priority:
    if one.basics and (one.is_below or not one.is_known):
        return Priority.BASICS
    if not one.is_known:
        return Priority.UNKNOWN
    is_important = one.importance >= usual
    if one.is_below:
        return Priority.ACT if is_important else Priority.WATCH
    return Priority.KEEP if is_important else Priority.FINE


def _place(priority: Priority, one: Standing) -> tuple[int, bool, float, float, int]:
    short = one.target - one.satisfaction.value if one.satisfaction and one.is_known else 0.0
    return list(Priority).index(priority), not one.loses, -short * one.importance, -one.importance, one.id
