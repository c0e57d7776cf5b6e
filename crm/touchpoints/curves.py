"""Smooth curves through measured points that never rise above or fall below what was measured."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

XY: TypeAlias = tuple[float, float]
Bezier: TypeAlias = tuple[XY, XY, XY, XY]


def beziers(points: Sequence[XY]) -> list[Bezier]:
    """One cubic Bézier per pair of neighbours, monotone between them; `points` have rising x.

    Tangents after M. Steffen, A simple method for monotonic interpolation in one dimension, Astronomy and
    Astrophysics 239 (1990), 443-450.
    """
    if len(points) < 2:
        return []
    steps = [(b[0] - a[0], (b[1] - a[1]) / (b[0] - a[0])) for a, b in pairwise(points)]
    inner = [_tangent(left, right) for left, right in pairwise(steps)]
    tangents = [_end(steps[0], inner[:1]), *inner, _end(steps[-1], inner[-1:])]
    curves: list[Bezier] = []
    for index, (a, b) in enumerate(pairwise(points)):
        third = (b[0] - a[0]) / 3
        first = (a[0] + third, a[1] + third * tangents[index])
        second = (b[0] - third, b[1] - third * tangents[index + 1])
        curves.append((a, first, second, b))
    return curves


def path_of(curves: Sequence[Bezier]) -> str:
    """The `d` of an SVG path; curves that don't follow on each other begin anew."""
    parts: list[str] = []
    at: XY | None = None
    for start, first, second, end in curves:
        if start != at:
            parts.append(f"M{start[0]:.1f} {start[1]:.1f}")
        parts.append(f"C{first[0]:.1f} {first[1]:.1f} {second[0]:.1f} {second[1]:.1f} {end[0]:.1f} {end[1]:.1f}")
        at = end
    return "".join(parts)


def samples(curves: Sequence[Bezier], count: int = 16) -> Iterator[XY]:
    """Points on the curves, to see what they would run through."""
    for a, b, c, d in curves:
        for step in range(count + 1):
            t = step / count
            weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            yield (
                sum(weight * point[0] for weight, point in zip(weights, (a, b, c, d), strict=True)),
                sum(weight * point[1] for weight, point in zip(weights, (a, b, c, d), strict=True)),
            )


def _tangent(left: tuple[float, float], right: tuple[float, float]) -> float:
    if left[1] * right[1] <= 0:
        return 0.0
    middle = (left[1] * right[0] + right[1] * left[0]) / (left[0] + right[0])
    size = min(abs(left[1]), abs(right[1]), abs(middle) / 2) * 2
    return size if left[1] > 0 else -size


def _end(step: tuple[float, float], neighbour: Sequence[float]) -> float:
    """At the ends, half as much again as the slope minus half the neighbour's tangent, flat rather than turning."""
    if not neighbour:
        return step[1]
    slope = 1.5 * step[1] - 0.5 * neighbour[0]
    if slope * step[1] <= 0:
        return 0.0
    return slope if abs(slope) <= 2 * abs(step[1]) else 2 * step[1]
