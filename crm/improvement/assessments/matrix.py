"""The matrix of importance and satisfaction as geometry. Pure.

Across, places are shares of the drawing in percent, and down they are pixels, so that the writing keeps its size on every screen. Below
target is a square, at or above it a dot; hollow is what rests on fewer than five answers, or on the catalogue's importance alone. Each
point has its number of the list of priorities beside it, where it covers no other point and no other number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import NamedTuple

from crm.improvement.assessments.priorities import Judged

LEFT, RIGHT = 7.0, 98.0
TOP, FOOT, HEIGHT = 24.0, 356.0, 396.0
BEST = 5
_NARROWEST = 300.0
"""Numbers find their places as on a drawing of this width in pixels: what doesn't touch there doesn't on a wider one."""
_HALF = 6.0
_LETTER, _LINE = 7.0, 12.0


@dataclass(frozen=True, slots=True)
class Point:
    """`x` in percent, `y` in pixels; the number stands `dx`, `dy` pixels away."""

    judged: Judged
    x: float
    y: float
    dx: float
    dy: float

    @property
    def is_square(self) -> bool:
        return self.judged.standing.is_below

    @property
    def is_hollow(self) -> bool:
        return self.judged.standing.is_from_catalogue or not self.judged.standing.is_known


@dataclass(frozen=True, slots=True)
class Matrix:
    """`across` and `down` are the lines of the scales (place, value); `usual_x` divides by importance, `target_y` by the mean target."""

    points: list[Point]
    across: list[tuple[float, int]]
    down: list[tuple[float, int]]
    usual_x: float
    target_y: float
    left: float = LEFT
    right: float = RIGHT
    top: float = TOP
    foot: float = FOOT
    height: float = HEIGHT


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def matrix(judged: Sequence[Judged]) -> Matrix | None:
    """None if no touchpoint has an answer of a customer."""
    shown = [(one, one.standing.satisfaction.value) for one in judged if one.standing.satisfaction]
    if not shown:
        return None
    usual = shown[0][0].usual
    target = sum(one.standing.target for one, _value in shown) / len(shown)
    first = _foot([usual, *(one.standing.importance for one, _value in shown)])
    low = _foot([target, *(value for _one, value in shown)])

    def x(value: float) -> float:
        return round(LEFT + (value - first) / (BEST - first) * (RIGHT - LEFT), 2)

    def y(value: float) -> float:
        return round(FOOT - (value - low) / (BEST - low) * (FOOT - TOP), 1)

    places = [(x(one.standing.importance), y(value)) for one, value in shown]
    offsets = _offsets(places, [len(str(one.number)) for one, _value in shown])
    points = [Point(one, *place, *offset) for (one, _value), place, offset in zip(shown, places, offsets, strict=True)]
    return Matrix(
        points, [(x(step), step) for step in range(first, BEST + 1)], [(y(step), step) for step in range(low, BEST + 1)], x(usual),
        y(target),
    )  # fmt: skip


def _foot(values: Sequence[float]) -> int:
    return max(1, min(4, floor(min(values))))


def _offsets(places: Sequence[tuple[float, float]], letters: Sequence[int]) -> list[tuple[float, float]]:
    """Where each number stands beside its point, the first ones choosing first; right of it where nothing is free."""
    taken = [_around(x * _NARROWEST / 100, y, _HALF, _HALF) for x, y in places]
    found = []
    for (share, y), count in zip(places, letters, strict=True):
        x, half = share * _NARROWEST / 100, count * _LETTER / 2
        near, far = _HALF + half + 2, _HALF + _LINE / 2
        candidates = [
            (near, 0.0),
            (-near, 0.0),
            (0.0, -far),
            (0.0, far),
            (near, -far),
            (-near, -far),
            (near, far),
            (-near, far),
        ]
        candidates += [(2 * dx, 2 * dy) for dx, dy in candidates]
        boxes = [(_around(x + dx, y + dy, half, _LINE / 2), dx, dy) for dx, dy in candidates]
        box, dx, dy = next(
            (one for one in boxes if _fits(one[0]) and not any(one[0].overlaps(other) for other in taken)), boxes[0]
        )
        taken.append(box)
        found.append((round(dx, 1), round(dy, 1)))
    return found


def _fits(box: _Box) -> bool:
    return box.left >= LEFT * _NARROWEST / 100 and box.right <= _NARROWEST and box.top >= 0 and box.bottom <= FOOT


def _around(x: float, y: float, half_width: float, half_height: float) -> _Box:
    return _Box(x - half_width, y - half_height, x + half_width, y + half_height)
