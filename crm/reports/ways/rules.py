"""By which way an enquiry was answered, and what is said of the difference between two ways. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crm.surveys.results import NOBODY, Rate
from crm.touchpoints.statistics import Estimate, difference_interval, mean_estimate


class Way(StrEnum):
    """AUTOMATIC: level 0. BLOCK: from a text block, or from an approved answer that a person put in. FREE: written anew. SPOKEN: on the
    phone. NONE: solved without an answer. The last two are counted and not compared: nobody chose words that could be."""

    AUTOMATIC = "automatic"
    BLOCK = "block"
    FREE = "free"
    SPOKEN = "spoken"
    NONE = "none"


COMPARED = (Way.AUTOMATIC, Way.BLOCK, Way.FREE)


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What is known of the first answer. `was_automatic`: level 0 answered, and the answer arrived. `replied`: a person answered,
    `spoken` on the phone, `prepared` from a text block or an approved answer."""

    was_automatic: bool
    replied: bool
    spoken: bool
    prepared: bool


def way_of(first: FirstAnswer) -> Way:
    """The first answer decides, whoever went on afterwards: if an enquiry whose automatic answer was not enough counted where a person
    solved it, level 0 would only keep its successes."""
    if first.was_automatic:
        return Way.AUTOMATIC
    if not first.replied:
        return Way.NONE
    if first.prepared:
        return Way.BLOCK
    return Way.SPOKEN if first.spoken else Way.FREE


WAY_SQL = """CASE WHEN was_automatic THEN 'automatic' WHEN NOT replied THEN 'none' WHEN prepared THEN 'block'
    WHEN spoken THEN 'spoken' ELSE 'free' END"""
"""way_of as SQL; a test holds both to each other."""


@dataclass(frozen=True, slots=True)
class WayFigures:
    """The solved enquiries of one way. `known`: those of them that were solved at least seven days ago, of which it is known whether they
    were `resolved` with the first answer or `reopened`. `answers`: customers' satisfaction (1-5), by answer how often. `rate`: how many of
    them were asked by survey. `waited`: the median in seconds until the first answer, None without any."""

    way: Way
    enquiries: int = 0
    known: int = 0
    resolved: int = 0
    reopened: int = 0
    answers: Mapping[int, int] = field(default_factory=dict)
    rate: Rate = NOBODY
    waited: float | None = None

    @property
    def satisfaction(self) -> Estimate | None:
        return mean_estimate(self.answers)

    @property
    def shown(self) -> Estimate | None:
        """The satisfaction, if it rests on five answers at least: a comparison of fewer would be read as one."""
        found = self.satisfaction
        return None if found is None or found.is_uncertain else found


@dataclass(frozen=True, slots=True)
class Gap:
    """By how much customers are more satisfied with one way than with another (`better` is the one with the higher mean), with the 95 %
    interval of the difference."""

    better: Way
    worse: Way
    value: float
    interval: tuple[float, float]

    @property
    def is_clear(self) -> bool:
        """More than chance: the interval doesn't hold zero."""
        return self.interval[0] > 0


def gaps(figures: Mapping[Way, WayFigures]) -> list[Gap]:
    """The differences between any two compared ways that have five answers each, the largest first."""
    found = []
    for place, one in enumerate(COMPARED):
        for other in COMPARED[place + 1 :]:
            pair = [(way, figures[way].shown) for way in (one, other) if way in figures]
            known = [(way, said) for way, said in pair if said is not None]
            if len(known) < 2:
                continue
            (worse, low), (better, high) = sorted(known, key=lambda each: each[1].value)
            interval = difference_interval(low, high)
            if interval is not None:
                found.append(Gap(better, worse, high.value - low.value, interval))
    return sorted(found, key=lambda each: -each.value)


@dataclass(frozen=True, slots=True)
class BlockUse:
    """A text block: in how many first and later answers it was put, in how many of them its words were changed, and what the customers of
    these enquiries answered."""

    id: int
    name_de: str
    name_en: str
    uses: int
    changed: int
    answers: Mapping[int, int]
    is_retired: bool = False

    @property
    def shown(self) -> Estimate | None:
        found = mean_estimate(self.answers)
        return None if found is None or found.is_uncertain else found

    @property
    def is_often_changed(self) -> bool:
        """More than half of at least five times: then it is the text that doesn't fit."""
        return self.uses >= OFTEN and self.changed * 2 > self.uses


OFTEN = 5
