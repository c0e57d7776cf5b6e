"""What answers add up to, and what of an anonymous survey must not be shown: pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from crm.surveys.tables import QuestionKind
from crm.touchpoints.statistics import UNCERTAIN_BELOW, Estimate, mean_estimate, nps_estimate, wilson_interval

HIDDEN_BELOW = UNCERTAIN_BELOW


class Cell(NamedTuple):
    """So many gave this answer to this question at this touchpoint in this month."""

    question: int
    touchpoint: int | None
    month: date
    score: int
    n: int


class Rate(NamedTuple):
    """The response rate: of those who were asked (and whose mail was not refused), so many answered."""

    asked: int
    answered: int

    @property
    def share(self) -> float | None:
        return self.answered / self.asked if self.asked else None


NOBODY = Rate(0, 0)
"""Nobody was asked."""


@dataclass(frozen=True, slots=True)
class Group:
    """The answers of one group; nothing but that there are some if it `is_hidden`."""

    key: Any
    answers: Mapping[int, int]
    score: Estimate | None
    is_hidden: bool = False

    @property
    def n(self) -> int:
        return sum(self.answers.values())


@dataclass(frozen=True, slots=True)
class RatedGroup:
    """A group with the response rate of those who were asked about it: `name` of a touchpoint, or the month of the group's key. A rate
    of fewer than five people is not told of an anonymous survey."""

    name: str
    group: Group
    rate: Rate


def with_rates(
    groups: Iterable[Group], rates: Mapping[Any, Rate], names: Mapping[Any, str], *, is_anonymous: bool
) -> list[RatedGroup]:
    """The groups with their rates, and those in which people were asked and nobody answered."""
    known = {group.key: group for group in groups}
    silent = {key: Group(key, {}, None) for key, rate in rates.items() if key not in known and rate.asked}
    return [
        RatedGroup(
            names.get(key, ""), group,
            NOBODY if is_anonymous and rates.get(key, NOBODY).asked < HIDDEN_BELOW else rates.get(key, NOBODY),
        )
        for key, group in (known | silent).items()
    ]  # fmt: skip


def score_of(kind: str, answers: Mapping[int, int]) -> Estimate | None:
    """NPS in points, the mean of satisfaction and ease, the share (0 to 1) of yes; each with its interval."""
    if kind == QuestionKind.NPS:
        return nps_estimate(answers)
    if kind == QuestionKind.YES_NO:
        n = sum(answers.values())
        share = answers.get(1, 0) / n if n else 0.0
        return Estimate(share, n, wilson_interval(share, n)) if n else None
    return mean_estimate(answers, lowest=1, highest=7 if kind == QuestionKind.EFFORT else 5)


def grouped(kind: str, groups: Mapping[Any, Mapping[int, int]], *, is_anonymous: bool) -> list[Group]:
    """Each group with its score. Of an anonymous survey those with fewer than five answers are hidden; if that is one alone, the
    smallest of the others too, since the total would give it away."""
    sizes = {key: sum(answers.values()) for key, answers in groups.items()}
    hidden = hidden_groups(sizes) if is_anonymous else frozenset()
    return [
        Group(key, {}, None, True) if key in hidden else Group(key, answers, score_of(kind, answers))
        for key, answers in groups.items()
    ]


def hidden_groups(sizes: Mapping[Any, int]) -> frozenset[Any]:
    """The groups of an anonymous survey that are not shown."""
    small = {key for key, n in sizes.items() if 0 < n < HIDDEN_BELOW}
    shown = sorted((n, position, key) for position, (key, n) in enumerate(sizes.items()) if n >= HIDDEN_BELOW)
    if small and sum(sizes[key] for key in small) < HIDDEN_BELOW and shown:
        small.add(shown[0][2])
    return frozenset(small)


def tally(cells: Iterable[Cell], by: Sequence[str]) -> dict[Any, dict[int, int]]:
    """The answers by one or several of the fields of a cell, in the order in which they come; by nothing: all under ()."""
    found: dict[Any, dict[int, int]] = {}
    for cell in cells:
        key = tuple(getattr(cell, name) for name in by)
        answers = found.setdefault(key[0] if len(key) == 1 else key, {})
        answers[cell.score] = answers.get(cell.score, 0) + cell.n
    return found
