"""The contacts of twelve months as bars, with their satisfaction written above. Pure: figures in, places out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crm.reports.shape import MonthPoint, Score

HEIGHT, HEAD, FOOT = 150, 22, 122
"""Of the drawing, and where the highest bar begins and all bars stand, in pixels."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`x` and `width` in percent of the drawing, `top` in pixels."""

    month: date
    n: int
    satisfaction: Score | None
    x: float
    width: float
    top: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


def bars_of(year: Sequence[MonthPoint]) -> list[Bar]:
    most = max((point.contacts for point in year), default=0) or 1
    step = 100 / max(1, len(year))
    return [
        Bar(
            point.month, point.contacts, point.satisfaction, round(place * step + step * 0.18, 2), round(step * 0.64, 2),
            round(FOOT - (FOOT - HEAD) * point.contacts / most, 1),
        )
        for place, point in enumerate(year)
    ]  # fmt: skip
