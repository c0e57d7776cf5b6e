"""What lies over and under the drawing of a journey: an earlier period as a second lighter line, a target for each touchpoint, what
is intended there, phases with few touchpoints, channel and department in rows below, and where a click leads. Pure; all lengths are
CSS pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from crm.text import shortened
from crm.touchpoints.curves import XY, beziers, path_of
from crm.touchpoints.journey import BEST, JourneyDrawing
from crm.touchpoints.statistics import Estimate

LANE = 17.0
"""The height of one row below."""
LANE_TEXT = 9.5
_LANE_ROOM = 8.0
AIM_REACH = 24.0
"""Half the length of the bar that says what satisfaction is aimed at."""


@dataclass(frozen=True, slots=True)
class Under:
    """What else is known of one drawn touchpoint. `href` is where a click leads, `told` what is read there; without an `href`
    there is no click. `earlier` is what customers said in the period before."""

    target: float | None = None
    earlier: Estimate | None = None
    channel: str = ""
    department: str = ""
    href: str = ""
    told: str = ""
    aim: float | None = None
    plan: str = ""
    is_unused: bool = False


@dataclass(frozen=True, slots=True)
class AimMark:
    """The satisfaction aimed at: a bar from `left` to `right` at height `y`; hollow at `x` where it is planned and nobody was there."""

    x: float
    y: float
    left: float
    right: float
    is_unused: bool


@dataclass(frozen=True, slots=True)
class EarlierMark:
    """Where the period before lies; hollow: it rests on few answers."""

    x: float
    y: float
    is_hollow: bool


@dataclass(frozen=True, slots=True)
class LaneSpan:
    """A piece of a row below: what neighbours have in common is written once."""

    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    y: float
    spans: tuple[LaneSpan, ...]


@dataclass(frozen=True, slots=True)
class ThinBand:
    """A phase with few touchpoints, and the words that say so at its foot."""

    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """The strip of a touchpoint from top to bottom: where a click on it leads."""

    x: float
    width: float
    href: str
    told: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """`height` is that of the whole drawing with the rows below."""

    height: float
    earlier_path: str
    earlier_marks: tuple[EarlierMark, ...]
    target_path: str
    aims: tuple[AimMark, ...]
    thin: tuple[ThinBand, ...]
    lanes: tuple[Lane, ...]
    hits: tuple[Hit, ...]


def overlay(drawing: JourneyDrawing, under: Sequence[Under], *, thin: Sequence[bool], thin_words: str) -> Overlay:
    """`under` has one for each dot of the drawing, `thin` one for each phase, in their order."""
    slots = _slots(drawing)
    y = _scale(drawing)
    earlier = [(x, one.earlier) for (x, _left, _width), one in zip(slots, under, strict=True) if one.earlier]
    marks = tuple(EarlierMark(x, y(said.value), said.is_uncertain) for x, said in earlier)
    points: list[XY] = [(mark.x, mark.y) for mark in marks]
    bands = tuple(
        ThinBand(band.x, band.width, shortened(thin_words, LANE_TEXT, band.width - _LANE_ROOM))
        for band, is_thin in zip(drawing.bands, thin, strict=True)
        if is_thin
    )
    rows = ([one.plan for one in under], [one.channel for one in under], [one.department for one in under])
    lanes = [row for row in rows if any(row)]
    return Overlay(
        height=drawing.height + LANE * (len(lanes) + bool(bands)),
        earlier_path=path_of(beziers(points)),
        earlier_marks=marks,
        target_path=_steps(slots, under, y),
        aims=_aims(slots, under, y),
        thin=bands,
        lanes=tuple(
            Lane(drawing.height + LANE * n, _spans(slots, row, drawing)) for n, row in enumerate(lanes)
        ),
        hits=tuple(
            Hit(left, width, one.href, one.told)
            for (_x, left, width), one in zip(slots, under, strict=True)
            if one.href
        ),
    )  # fmt: skip


def _scale(drawing: JourneyDrawing) -> Callable[[float], float]:
    """The heights of the drawing, which its grid tells."""
    low, high = drawing.grid[0], drawing.grid[-1]

    def y(value: float) -> float:
        within = min(max(value, low.value), BEST)
        return round(low.y + (within - low.value) * (high.y - low.y) / (high.value - low.value), 2)

    return y


def _slots(drawing: JourneyDrawing) -> list[tuple[float, float, float]]:
    """Of each touchpoint its middle, its left edge and its width: to the middle between neighbours, within its phase."""
    found = []
    places = {band.name: (band.x, band.x + band.width) for band in drawing.bands}
    for _phase, dots in groupby(drawing.dots, key=lambda dot: dot.point.phase):
        own = list(dots)
        left, right = places[own[0].point.phase]
        edges = [left, *((a.x + b.x) / 2 for a, b in pairwise(own)), right]
        found += [
            (dot.x, round(start, 2), round(end - start, 2))
            for dot, (start, end) in zip(own, pairwise(edges), strict=True)
        ]
    return found


def _steps(slots: Sequence[tuple[float, float, float]], under: Sequence[Under], y: Callable[[float], float]) -> str:
    """The target of each touchpoint across its own strip; where neighbours aim at the same it is one line."""
    pieces: list[str] = []
    end: tuple[float, float] | None = None
    for (_x, left, width), one in zip(slots, under, strict=True):
        if one.target is None:
            continue
        at = y(one.target)
        if end is None or abs(end[0] - left) > 0.1 or end[1] != at:
            pieces.append(f"M{left} {at}")
        right = round(left + width, 2)
        pieces.append(f"H{right}")
        end = right, at
    return "".join(pieces)


def _aims(
    slots: Sequence[tuple[float, float, float]], under: Sequence[Under], y: Callable[[float], float]
) -> tuple[AimMark, ...]:
    """Bars that don't touch each other, so that they are told from the line of the targets."""
    found = []
    for (x, left, width), one in zip(slots, under, strict=True):
        if one.aim is not None:
            half = round(max(6.0, min(AIM_REACH, x - left - 2, left + width - x - 2)), 2)
            found.append(AimMark(x, y(one.aim), round(x - half, 2), round(x + half, 2), one.is_unused))
    return tuple(found)


def _spans(
    slots: Sequence[tuple[float, float, float]], row: Sequence[str], drawing: JourneyDrawing
) -> tuple[LaneSpan, ...]:
    """Neighbours of one phase with the same words share them."""
    cells = [(dot.point.phase, text, left, width)
        for dot, text, (_x, left, width) in zip(drawing.dots, row, slots, strict=True)]  # fmt: skip
    spans = []
    for (_phase, text), found in groupby(cells, key=lambda cell: cell[:2]):
        own = list(found)
        left, width = own[0][2], sum(cell[3] for cell in own)
        if text:
            spans.append(LaneSpan(left, round(width, 2), shortened(text, LANE_TEXT, width - _LANE_ROOM)))
    return tuple(spans)
