"""The charts of a touchpoint's page as geometry: contacts per month as bars, satisfaction over the months as a line. Pure.

Across, lengths are shares of the drawing in percent, and down they are pixels, so that the writing keeps its size on every screen.
Customers' answers are dots on a line (hollow: fewer than five answers), staff's impressions diamonds on a dotted one: they differ by
shape, not by colour alone. A month without answers is a gap, bridged by a broken line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil, floor, log10

from crm.touchpoints.figures import YearMonth
from crm.touchpoints.statistics import Estimate

LEFT = 5.0
"""Percent at the left that the scale takes."""
TOP = 22.0
BARS_FOOT, BARS_HEIGHT = 112.0, 136.0
COURSE_FOOT, COURSE_HEIGHT = 172.0, 196.0
BEST = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """A month of the drawing: its middle and the edges of its bar in percent."""

    first: date
    x: float
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The contacts of a month; `top` in pixels, None without any. `is_running`: the month is not over."""

    slot: Slot
    contacts: int
    top: float | None
    is_running: bool


@dataclass(frozen=True, slots=True)
class Bars:
    bars: list[Bar]
    lines: list[tuple[float, int]]
    height: float = BARS_HEIGHT
    foot: float = BARS_FOOT
    left: float = LEFT


@dataclass(frozen=True, slots=True)
class Mark:
    """A measured month: where it lies, how sure it is (`low` and `high` in pixels), and whether it rests on few answers."""

    slot: Slot
    y: float
    estimate: Estimate
    low: float | None = None
    high: float | None = None

    @property
    def is_hollow(self) -> bool:
        return self.estimate.is_uncertain


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight piece of a line between two months; `is_gap`: months without answers lie between."""

    x1: float
    y1: float
    x2: float
    y2: float
    is_gap: bool


@dataclass(frozen=True, slots=True)
class Course:
    """Satisfaction over the months, 1 to 5."""

    slots: list[Slot]
    lines: list[tuple[float, int]]
    target_y: float
    answers: list[Mark]
    answer_strokes: list[Stroke]
    impressions: list[Mark]
    impression_strokes: list[Stroke]
    height: float = COURSE_HEIGHT
    foot: float = COURSE_FOOT
    left: float = LEFT


def months_between(first: date, last: date) -> list[date]:
    """The first days of all months from one to another, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count + 1)]


def volume_bars(months: Sequence[date], found: Iterable[YearMonth], today: date) -> Bars:
    """Contacts per month; a month without any keeps its place."""
    counts = {one.first: one.contacts for one in found}
    most = _round_up(max([1, *counts.values()]))
    steps = sorted({0, most} if most < 2 or most % 2 else {0, most // 2, most})

    def y(count: float) -> float:
        return round(BARS_FOOT - (BARS_FOOT - TOP) * count / most, 1)

    bars = [
        Bar(
            slot, counts.get(slot.first, 0), y(counts[slot.first]) if counts.get(slot.first) else None,
            (slot.first.year, slot.first.month) == (today.year, today.month),
        )
        for slot in _slots(months)
    ]  # fmt: skip
    return Bars(bars, [(y(step), step) for step in steps])


def satisfaction_course(months: Sequence[date], found: Iterable[YearMonth], target: float) -> Course:
    """Customers' answers with their intervals, staff's impressions beside them, and the target; the foot of the scale is the
    highest that shows every figure."""
    by_month = {one.first: one for one in found}
    slots = _slots(months)
    answers = [(slot, one.satisfaction) for slot in slots if (one := by_month.get(slot.first)) and one.satisfaction]
    impressions = [(slot, one.impression) for slot in slots if (one := by_month.get(slot.first)) and one.impression]
    lowest = [target, *(each.value for _slot, each in (*answers, *impressions))]
    lowest += [each.interval[0] for _slot, each in answers if each.interval and not each.is_uncertain]
    foot = max(1, min(3, floor(min(lowest))))

    def y(value: float) -> float:
        return round(COURSE_FOOT - (max(value, foot) - foot) / (BEST - foot) * (COURSE_FOOT - TOP), 1)

    marks = [
        Mark(
            slot, y(each.value), each, *((y(each.interval[0]), y(each.interval[1])) if each.interval else (None, None))
        )
        for slot, each in answers
    ]
    own = [Mark(slot, y(each.value), each) for slot, each in impressions]
    return Course(
        slots, [(y(step), step) for step in range(foot, BEST + 1)], y(target), marks, _strokes(marks, slots), own, _strokes(own, slots)
    )  # fmt: skip


def on_scale(value: float) -> float:
    """Where a figure from 1 to 5 lies on a scale across, in percent."""
    return round((value - 1) / (BEST - 1) * 100, 1)


def _slots(months: Sequence[date]) -> list[Slot]:
    width = (100 - LEFT) / max(1, len(months))
    gap = width * 0.2
    return [
        Slot(first, round(LEFT + width * (n + 0.5), 2), round(LEFT + width * n + gap, 2), round(width - 2 * gap, 2))
        for n, first in enumerate(months)
    ]


def _strokes(marks: Sequence[Mark], slots: Sequence[Slot]) -> list[Stroke]:
    place = {slot.first: n for n, slot in enumerate(slots)}
    return [
        Stroke(a.slot.x, a.y, b.slot.x, b.y, place[b.slot.first] - place[a.slot.first] > 1) for a, b in pairwise(marks)
    ]


def _round_up(most: int) -> int:
    """The end of the scale: the next number that is 1, 2, 4, 6 or 8 and zeros; up to 4 the number itself."""
    if most <= 4:
        return most
    ten: int = 10 ** int(log10(most))
    return next(step for step in (1 * ten, 2 * ten, 4 * ten, 6 * ten, 8 * ten, 10 * ten) if ceil(most) <= step)
