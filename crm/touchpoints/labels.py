"""Where the names of drawn points go, so that none covers another name or a point."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf
from typing import NamedTuple

from crm.text import shortened, text_width
from crm.touchpoints.curves import XY

_LINE = 1.3
_ASCENT = 0.95
_GAP = 3.0
_LEVELS = 4
_BOLD = 1.07
_SMALL = 0.9


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, point: XY) -> bool:
        return self.left < point[0] < self.right and self.top < point[1] < self.bottom

    def is_within(self, other: "Box") -> bool:
        return (
            self.left >= other.left
            and self.top >= other.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that wants a label. `texts` are its names and `details` its second lines, the best first.

    `room` is the width that is its own, in which a shortened name stays.
    """

    x: float
    y: float
    r: float
    texts: tuple[str, ...]
    room: float
    details: tuple[str, ...] = ()
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """One or two centred lines; `y` and `detail_y` are baselines, `box` is what they cover."""

    text: str
    detail: str
    x: float
    y: float
    detail_y: float
    box: Box


def placed_labels(spots: Sequence[Spot], within: Box, curve: Sequence[XY], size: float) -> list[Label | None]:
    """A label per spot, above or below it, without overlaps; None where even a shortened name finds no place.

    Important spots choose first, the others from left to right. Nearness counts more than a free curve, and a free
    curve more than a long name.
    """
    dots = [Box(spot.x - spot.r, spot.y - spot.r, spot.x + spot.r, spot.y + spot.r) for spot in spots]
    labels: list[Label | None] = [None] * len(spots)
    taken: list[Box] = []
    course = sorted(curve)
    for index in sorted(range(len(spots)), key=lambda n: (not spots[n].is_first, spots[n].x)):
        best: tuple[float, Label] | None = None
        candidates = list(_candidates(spots[index], within, size))
        boxes = _beside(candidates, [*taken, *dots[:index], *dots[index + 1 :]])
        for cost, label in candidates:
            if best is not None and cost >= best[0]:
                continue
            if any(label.box.overlaps(box) for box in boxes):
                continue
            near = course[bisect_left(course, (label.box.left,)) : bisect_right(course, (label.box.right, inf))]
            cost += 3 * min(4, sum(label.box.holds(point) for point in near))
            if best is None or cost < best[0]:
                best = cost, label
        if best is not None:
            labels[index] = best[1]
            taken.append(best[1].box)
    return labels


def _beside(candidates: Sequence[tuple[float, Label]], boxes: Sequence[Box]) -> list[Box]:
    """Those boxes that any of the candidates could cover: of hundreds of points only the neighbours."""
    left = min((label.box.left for _cost, label in candidates), default=0.0)
    right = max((label.box.right for _cost, label in candidates), default=0.0)
    return [box for box in boxes if box.left < right and left < box.right]


def _candidates(spot: Spot, within: Box, size: float) -> Iterator[tuple[float, Label]]:
    """Labels with their cost before the curve is looked at; all lie within the drawing."""
    wide = within.right - within.left if spot.is_first else 2 * spot.room - 6
    texts = [(2.0 * rank, text) for rank, text in enumerate(spot.texts) if _width(spot, text, size) <= wide]
    texts.append((9.0, _fitted(spot, wide, size)))
    texts.append((12.0, _fitted(spot, spot.room - 6, size)))
    details = [
        (1.0 * rank, detail)
        for rank, detail in enumerate(spot.details)
        if text_width(detail, size * _SMALL) <= (wide if rank == 0 else spot.room - 6)
    ]
    pairs = product(texts, details or [(0.0, "")])
    for (text_cost, text), (detail_cost, detail) in pairs:
        width = max(_width(spot, text, size), text_width(detail, size * _SMALL))
        height = size * _LINE * (2 if detail else 1)
        left = min(max(spot.x - width / 2, within.left), within.right - width)
        for level in range(_LEVELS):
            away = spot.r + _GAP + level * size * _LINE
            for side_cost, top in ((0.0, spot.y + away), (0.5, spot.y - away - height)):
                box = Box(left, top, left + width, top + height)
                if box.is_within(within):
                    y = top + size * _ASCENT
                    label = Label(text, detail, left + width / 2, y, y + size * _LINE, box)
                    yield text_cost + detail_cost + 4 * level + side_cost, label


def _width(spot: Spot, text: str, size: float) -> float:
    return text_width(text, size) * (_BOLD if spot.is_first else 1)


def _fitted(spot: Spot, room: float, size: float) -> str:
    return shortened(spot.texts[-1], size, room / (_BOLD if spot.is_first else 1))
