"""What the ratings say about the team. Pure: sums in, means out; never by person, and nothing from a handful of ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm.improvement.quality.words import ASPECTS
from crm.touchpoints.statistics import UNCERTAIN_BELOW


@dataclass(frozen=True, slots=True)
class Aspect:
    """The mean of one rating (1 to 5) from `n` of them; `mean` is None below five, `before` the mean of the stretch before."""

    code: str
    mean: float | None
    n: int
    before: float | None


def aspects(now: Mapping[str, tuple[float, int]], before: Mapping[str, tuple[float, int]]) -> list[Aspect]:
    """Means of two stretches side by side, from (sum, number) per rating. Whoever is one of four could be told from a mean, so
    fewer than five ratings are not shown."""
    return [
        Aspect(code, _mean(now.get(code)), (now.get(code) or (0, 0))[1], _mean(before.get(code))) for code in ASPECTS
    ]


def _mean(found: tuple[float, int] | None) -> float | None:
    if found is None or found[1] < UNCERTAIN_BELOW:
        return None
    return found[0] / found[1]
