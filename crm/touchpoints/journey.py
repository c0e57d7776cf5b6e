"""The customer journey as the geometry of one drawing: phases left to right, height = satisfaction, size = volume.

Filled rust is a moment of truth below its target, hollow is a figure that rests on fewer than five answers. Staff's
own impression is a second, faint line: the two are never mixed. All lengths are CSS pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import floor, sqrt

from crm.text import text_width
from crm.touchpoints.curves import XY, Bezier, beziers, path_of, samples
from crm.touchpoints.labels import Box, Label, Spot, placed_labels
from crm.touchpoints.names_below import LINE, NameBelow, name_below, slot
from crm.touchpoints.statistics import UNCERTAIN_BELOW

BEST = 5
TEXT_SIZE = 11.0
PHASE_SIZE = 10.5
_HEAD = 22.0
NARROWEST = 62.0
"""The least width of one touchpoint's place."""
_SMALLEST, _LARGEST = 4.0, 8.0
_AXIS = 20.0
_SIDE = 6.0


@dataclass(frozen=True, slots=True)
class JourneyPoint:
    """One touchpoint: what `n` customers said there (mean of 1-5, None without answers), and what staff thought."""

    phase: str
    position: int
    name: str
    mean: float | None = None
    n: int = 0
    interval: tuple[float, float] | None = None
    volume: int = 0
    is_moment_of_truth: bool = False
    target: float | None = None
    department: str = ""
    staff_mean: float | None = None

    @property
    def is_below_target(self) -> bool:
        return self.mean is not None and self.target is not None and self.mean < self.target

    @property
    def is_uncertain(self) -> bool:
        return self.n < UNCERTAIN_BELOW

    @property
    def told_below(self) -> tuple[str, ...]:
        """The same in lines of their own."""
        return (self.department, f"n {self.n}") if self.department else (f"n {self.n}",)

    @property
    def details(self) -> tuple[str, ...]:
        """Who is responsible, and how many answered; then the number alone."""
        answers = f"n {self.n}"
        return (f"{self.department} · {answers}", answers) if self.department else (answers,)


@dataclass(frozen=True, slots=True)
class Dot:
    """A drawn touchpoint, with its name beside it (`label`) or below the drawing (`below`, in
    `room`). Without answers it is a tick at the foot, which says that nobody was asked or answered."""

    point: JourneyPoint
    x: float
    y: float
    r: float
    is_measured: bool
    is_hollow: bool
    is_alarming: bool
    interval_y: tuple[float, float] | None
    label: Label | None = None
    below: NameBelow | None = None
    room: float = 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """A phase: its name and where it begins."""

    name: str
    x: float
    width: float
    is_empty: bool


@dataclass(frozen=True, slots=True)
class GridLine:
    value: int
    y: float


@dataclass(frozen=True, slots=True)
class JourneyDrawing:
    """Everything that the template draws; `staff_marks` are where staff's impressions lie. `width` is what was asked for, or more
    where the names need it. With names below, `height` is that of the drawing and the `names_height` of the rows below it."""

    width: float
    height: float
    left: float
    right: float
    foot: float
    bands: tuple[Band, ...]
    grid: tuple[GridLine, ...]
    dots: tuple[Dot, ...]
    path: str
    gap_path: str
    staff_path: str
    staff_marks: tuple[XY, ...]
    target_y: float | None
    target_label: str
    has_axis: bool
    names_height: float = 0.0

    @property
    def drawn_height(self) -> float:
        """The height of the drawing alone."""
        return self.height - self.names_height


def journey_drawing(
    phases: Sequence[str],
    points: Sequence[JourneyPoint],
    *,
    width: float,
    height: float,
    target: float | None = None,
    lowest: int | None = None,
    has_axis: bool = True,
    has_details: bool = False,
    alarm: str = "",
    target_label: str = "",
    has_names_below: bool = False,
) -> JourneyDrawing:
    """The drawing of these touchpoints; a phase without any keeps its place, so that the lack stands out.

    `target` is one line for all, with `target_label` beside it. `has_details` adds intervals, departments and numbers
    of answers. `lowest` (1 to 4) fixes the foot of the scale, so that two periods can be compared;
    else it is the highest that shows every figure. `alarm` is added to the name of a moment of truth below its target.
    With `has_names_below` all names stand in rows below, as on paper, and the drawing is by these rows higher than `height`.
    Raises ValueError for a point whose phase isn't among `phases`.
    """
    ordered = sorted(points, key=lambda point: (phases.index(point.phase), point.position))
    left = _AXIS if has_axis else _SIDE
    side = text_width(target_label, 10) + 10 if target is not None and target_label else _SIDE
    slots = [
        slot(point.name, point.told_below, narrowest=NARROWEST) if has_names_below else NARROWEST for point in ordered
    ]
    bands, xs, rooms = _laid_out(phases, ordered, slots, left, width - side)
    right = bands[-1].x + bands[-1].width if bands else width - side
    reach = _LARGEST + 4 if has_names_below else TEXT_SIZE * (2.6 if has_details else 1.3) + _LARGEST + 6
    top, foot = _HEAD + reach * 0.75, height - reach
    low = _foot_of_scale(ordered) if lowest is None else lowest

    def y(value: float) -> float:
        return round(foot - (max(value, low) - low) / (BEST - low) * (foot - top), 2)

    dots = [_dot(point, x, y, foot, _radius(point, ordered), has_details) for point, x in zip(ordered, xs, strict=True)]
    measured: list[XY] = [(dot.x, dot.y) for dot in dots if dot.is_measured]
    curves = beziers(measured)
    neighbours = [b - a == 1 for a, b in pairwise([n for n, dot in enumerate(dots) if dot.is_measured])]
    impressions: list[XY] = [(x, y(p.staff_mean)) for p, x in zip(ordered, xs, strict=True) if p.staff_mean is not None]
    spots = _spots(dots, left, right, has_details=has_details, alarm=alarm)
    labels: Sequence[Label | None] = [None] * len(dots)
    below: Sequence[NameBelow | None] = [None] * len(dots)
    if has_names_below:
        below = [name_below(p.name, p.told_below, room) for p, room in zip(ordered, rooms, strict=True)]
    else:
        labels = placed_labels(spots, Box(2, _HEAD, right + side - 2, height - 1), _obstacles(curves, dots), TEXT_SIZE)
    lines = max((len(one.lines) + len(one.details) for one in below if one), default=0)
    names_height = lines * LINE + 6 if lines else 0.0
    return JourneyDrawing(
        width=round(right + side, 2),
        height=round(height + names_height, 2),
        left=left,
        right=round(right, 2),
        foot=round(foot, 2),
        bands=bands,
        grid=tuple(GridLine(value, y(value)) for value in range(low, BEST + 1)),
        dots=tuple(
            replace(dot, label=label, below=under, room=room)
            for dot, label, under, room in zip(dots, labels, below, rooms, strict=True)
        ),
        path=path_of([curve for curve, close in zip(curves, neighbours, strict=True) if close]),
        gap_path=path_of([curve for curve, close in zip(curves, neighbours, strict=True) if not close]),
        staff_path=path_of(beziers(impressions)),
        staff_marks=tuple(impressions),
        target_y=None if target is None else y(target),
        target_label=target_label,
        has_axis=has_axis,
        names_height=names_height,
    )


def _laid_out(
    phases: Sequence[str], points: Sequence[JourneyPoint], slots: Sequence[float], left: float, right: float
) -> tuple[tuple[Band, ...], list[float], list[float]]:
    """Phases as wide as their touchpoints (`slots`) and their name need; what is left over goes to the touchpoints alike. The
    phases, where each touchpoint lies, and how wide its place is."""
    own = [[room for point, room in zip(points, slots, strict=True) if point.phase == phase] for phase in phases]
    needs = [
        max(sum(rooms), text_width(phase.upper(), PHASE_SIZE) * 1.1 + 16)
        for phase, rooms in zip(phases, own, strict=True)
    ]
    spare = max(0.0, right - left - sum(needs))
    shares = [max(len(rooms), 1) for rooms in own]
    bands: list[Band] = []
    xs: list[float] = []
    widths: list[float] = []
    at = left
    for phase, rooms, need, share in zip(phases, own, needs, shares, strict=True):
        band_width = need + spare * share / sum(shares)
        bands.append(Band(phase, round(at, 2), round(band_width, 2), is_empty=not rooms))
        more = (band_width - sum(rooms)) / len(rooms) if rooms else 0.0
        place = at
        for room in rooms:
            xs.append(round(place + (room + more) / 2, 2))
            widths.append(room + more)
            place += room + more
        at += band_width
    return tuple(bands), xs, widths


def _foot_of_scale(points: Sequence[JourneyPoint]) -> int:
    """The highest of 1 to 3 that lies below every mean and every interval that is worth trusting."""
    values = [point.mean for point in points if point.mean is not None]
    values += [point.interval[0] for point in points if point.interval is not None and not point.is_uncertain]
    values += [point.staff_mean for point in points if point.staff_mean is not None]
    return max(1, min([3, *(floor(value) for value in values)]))


def _radius(point: JourneyPoint, points: Sequence[JourneyPoint]) -> float:
    """The area of a dot, not its radius, follows the number of contacts."""
    most = max(each.volume for each in points) or 1
    return round(_SMALLEST + (_LARGEST - _SMALLEST) * sqrt(point.volume / most), 2)


def _dot(point: JourneyPoint, x: float, y: Callable[[float], float], foot: float, r: float, has_interval: bool) -> Dot:
    interval = None if point.interval is None or not has_interval else (y(point.interval[1]), y(point.interval[0]))
    if point.mean is None:
        return Dot(point, x, foot, 3.0, False, True, False, None)
    alarming = point.is_moment_of_truth and point.is_below_target
    return Dot(point, x, y(point.mean), r, True, point.is_uncertain, alarming, interval)


def _obstacles(curves: Sequence[Bezier], dots: Sequence[Dot]) -> list[XY]:
    """Points that a label had better not cover: the curve and the intervals."""
    points = list(samples(curves))
    for dot in dots:
        if dot.interval_y is not None:
            upper, lower = dot.interval_y
            points.extend((dot.x, upper + (lower - upper) * step / 12) for step in range(13))
    return points


def _spots(dots: Sequence[Dot], left: float, right: float, *, has_details: bool, alarm: str) -> list[Spot]:
    spots: list[Spot] = []
    for index, dot in enumerate(dots):
        before = dot.x - dots[index - 1].x if index else 2 * (dot.x - left)
        after = dots[index + 1].x - dot.x if index + 1 < len(dots) else 2 * (right - dot.x)
        name = dot.point.name
        texts = (f"{name} · {alarm}", name) if alarm and dot.is_alarming else (name,)
        details = dot.point.details if has_details else ()
        spots.append(Spot(dot.x, dot.y, dot.r, texts, min(before, after), details, is_first=dot.is_alarming))
    return spots
