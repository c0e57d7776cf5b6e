"""A touchpoint in two stretches of days: what customers said then and now, and how sure the difference is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.surveys.results import NOBODY, Rate
from crm.touchpoints.statistics import Estimate, difference_interval

NOTHING_ROUND = 0.05
"""A smaller difference reads as 0.0."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What happened there: contacts, what customers answered (CSAT, 1-5), and what staff thought (1-5), which is never mixed;
    `rate` is the response rate of those who were asked about it."""

    contacts: int = 0
    satisfaction: Estimate | None = None
    impression: Estimate | None = None
    rate: Rate = NOBODY


NOTHING = Measured()


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better customers' answers became, with its 95 % interval."""

    value: float
    interval: tuple[float, float]

    @property
    def is_clear(self) -> bool:
        """More than chance: the interval doesn't hold zero."""
        return self.interval[0] > 0 or self.interval[1] < 0


@dataclass(frozen=True, slots=True)
class JourneyLine:
    """A touchpoint on the map; `then` is None without a comparison. `target` is the satisfaction aimed at, `state` that of the
    catalogue."""

    code: str
    name_de: str
    name_en: str
    phase: str
    department: str
    channels: tuple[str, ...]
    is_moment_of_truth: bool
    is_retired: bool
    target: float
    now: Measured
    then: Measured | None
    id: int = 0
    state: str = "active"

    @property
    def is_below_target(self) -> bool:
        return self.now.satisfaction is not None and self.now.satisfaction.value < self.target

    @property
    def difference(self) -> Difference | None:
        """None where one of the two rests on too few answers to be compared."""
        then, now = self.then.satisfaction if self.then else None, self.now.satisfaction
        if then is None or now is None or then.is_uncertain or now.is_uncertain:
            return None
        interval = difference_interval(then, now)
        return Difference(now.value - then.value, interval) if interval else None


@dataclass(frozen=True, slots=True)
class JourneyPhase:
    """A phase with its touchpoints in order; `is_thin`: it has few."""

    code: str
    name_de: str
    name_en: str
    lines: list[JourneyLine]
    is_thin: bool = False


def is_thin(count: int, counts: Sequence[int]) -> bool:
    """Whether a phase with so many touchpoints in use has few: at most one, or less than half of what phases have on average."""
    return count <= 1 or count * 2 < sum(counts) / len(counts)
