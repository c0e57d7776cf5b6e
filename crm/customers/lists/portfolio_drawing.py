"""The portfolio as the geometry of one drawing: to the right whose contact is overdue, upwards who matters (by revenue or class) or is
content.

A diamond is overdue, a circle is not; a second ring is an open enquiry; hollow is a customer who has never answered. The shapes say
it without colour. All lengths are CSS pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10
from typing import Literal

from crm.text import shortened, text_width

Axis = Literal["revenue", "satisfaction", "class"]
CLASSES = ("", "C", "B", "A")
"""From the foot upwards; at the foot stand those without a class."""

REACH = 90
"""Days to either side of today; who is further away stands at the edge."""
NAMED = 10
TEXT = 11.0
_LEFT, _RIGHT, _TOP, _FOOT = 82.0, 34.0, 26.0, 40.0
_LONGEST_NAME = 170.0


@dataclass(frozen=True, slots=True)
class PortfolioPoint:
    """A customer: `days` since the contact was due (negative: still to come), revenue in EUR, what they answered (1-5), and
    their ABC class (empty: none)."""

    id: int
    name: str
    days: int
    revenue: float
    satisfaction: float | None
    open_tickets: int
    abc_class: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A drawn customer. `label` is the name where there is room for it, from `label_x` on, to the left if `ends`."""

    point: PortfolioPoint
    x: float
    y: float
    is_overdue: bool
    is_hollow: bool
    has_ring: bool
    label: str = ""
    label_x: float = 0.0
    ends: bool = False

    @property
    def diamond(self) -> str:
        """The path of a diamond around the point."""
        left, right, top, foot = (round(each, 2) for each in (self.x - 7, self.x + 7, self.y - 7, self.y + 7))
        return f"M{self.x} {top}L{right} {self.y}L{self.x} {foot}L{left} {self.y}Z"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the grid: the value it stands for, and where."""

    value: float
    at: float


@dataclass(frozen=True, slots=True)
class PortfolioDrawing:
    width: float
    height: float
    left: float
    right: float
    top: float
    foot: float
    today_x: float
    axis: Axis
    columns: tuple[Line, ...]
    rows: tuple[Line, ...]
    marks: tuple[Mark, ...]


def portfolio_drawing(points: Sequence[PortfolioPoint], axis: Axis, *, width: float, height: float) -> PortfolioDrawing:
    """The drawing of these customers. Revenue has a scale of powers of ten with nothing at its foot, satisfaction one of 1 to 5
    with "no answer" at its foot, the class three bands over "no class", within which revenue goes upwards. Names stand at the
    most important ones that are overdue, where they don't cover another."""
    right, foot = width - _RIGHT, height - _FOOT
    rows = _rows(points, axis, _TOP, foot)
    marks = [
        Mark(
            point, _x(point.days, right), _y(point, axis, rows, foot), point.days > 0, point.satisfaction is None,
            point.open_tickets > 0,
        )
        for point in sorted(points, key=lambda each: (each.days, each.id))
    ]  # fmt: skip
    columns = tuple(Line(days, _x(days, right)) for days in (-90, -60, -30, 0, 30, 60, 90))
    return PortfolioDrawing(
        width, height, _LEFT, right, _TOP, foot, _x(0, right), axis, columns, rows, tuple(_named(marks, axis, right))
    )


def _x(days: int, right: float) -> float:
    share = (min(max(days, -REACH), REACH) + REACH) / (2 * REACH)
    return round(_LEFT + 10 + share * (right - _LEFT - 20), 2)


def _rows(points: Sequence[PortfolioPoint], axis: Axis, top: float, foot: float) -> tuple[Line, ...]:
    """The lines across: 0 (for nothing) at the foot, then each power of ten, or each mark."""
    if axis == "class":
        values = [float(place) for place in range(len(CLASSES) + 1)]
    elif axis == "satisfaction":
        values = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    else:
        highest = max([point.revenue for point in points], default=0.0)
        powers = max(1, int(log10(max(highest, 100.0))) + 1)
        values = [0.0, *(10.0**power for power in range(2, powers + 1))]
    step = (foot - top) / max(1, len(values) - 1)
    return tuple(Line(value, round(foot - place * step, 2)) for place, value in enumerate(values))


def _y(point: PortfolioPoint, axis: Axis, rows: tuple[Line, ...], foot: float) -> float:
    if axis == "class":
        band = CLASSES.index(point.abc_class) if point.abc_class in CLASSES else 0
        within = min(log10(max(point.revenue, 1.0)) / 7, 1.0)  # up to 10 million
        return round(rows[band].at - (0.15 + 0.7 * within) * (rows[band].at - rows[band + 1].at), 2)
    value = (point.satisfaction or 0.0) if axis == "satisfaction" else point.revenue
    if value <= 0:
        return foot
    for below, above in pairwise(rows):
        if value <= above.value:
            if axis == "satisfaction":
                share = (value - below.value) / (above.value - below.value)
            else:
                low = log10(below.value) if below.value else 0.0
                share = max(0.0, log10(max(value, 1.0)) - low) / (log10(above.value) - low)
            return round(below.at - share * (below.at - above.at), 2)
    return rows[-1].at


def _named(marks: Sequence[Mark], axis: Axis, right: float) -> list[Mark]:
    """The marks, some of them with their names: overdue ones first, those that matter most (or are least content) before others."""

    def weight(mark: Mark) -> tuple[bool, float, int]:
        point = mark.point
        matters = -(point.satisfaction or 6.0) if axis == "satisfaction" else point.revenue
        return mark.is_overdue, matters, point.days

    taken: list[tuple[float, float, float]] = []
    labels: dict[int, tuple[str, float, bool]] = {}
    for mark in sorted(marks, key=weight, reverse=True):
        if len(labels) >= NAMED:
            break
        text = shortened(mark.point.name, TEXT, _LONGEST_NAME)
        if mark.point.abc_class:
            text = f"{text} · {mark.point.abc_class}"
        long = text_width(text, TEXT)
        ends = mark.x + 12 + long > right
        begin = mark.x - 12 - long if ends else mark.x + 12
        if any(abs(mark.y - y) < 14 and begin < end and begin + long > start for y, start, end in taken):
            continue
        if any(
            other is not mark and abs(other.y - mark.y) < 9 and begin - 6 < other.x < begin + long + 6
            for other in marks
        ):
            continue
        taken.append((mark.y, begin, begin + long))
        labels[mark.point.id] = (text, mark.x - 12 if ends else mark.x + 12, ends)
    return [
        Mark(m.point, m.x, m.y, m.is_overdue, m.is_hollow, m.has_ring, *labels.get(m.point.id, ("", 0.0, False)))
        for m in marks
    ]
