"""The effect as a drawing: both figures as dots on one scale, their intervals as lines, the target as a mark. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from crm.reports.effects import Effect
from crm.reports.metrics import Measured

WIDTH, HEIGHT, MARGIN = 520, 96, 14
ROWS = (26, 62)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: where its dot is, and where its interval begins and ends (none where it has none). Hollow: uncertain."""

    y: int
    x: float
    low: float | None
    high: float | None
    is_hollow: bool


@dataclass(frozen=True, slots=True)
class EffectDrawing:
    before: Line
    after: Line
    target: float | None
    width: int = WIDTH
    height: int = HEIGHT


def effect_drawing(effect: Effect) -> EffectDrawing | None:
    """None where one of the figures is missing."""
    if effect.before.value is None or effect.after.value is None:
        return None
    both = (effect.before, effect.after)
    ends = [value for one in both for value in (one.value, *(one.interval or ())) if value is not None]
    if effect.target is not None:
        ends.append(effect.target)
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return float(round(MARGIN + (value - low) / span * (WIDTH - 2 * MARGIN), 1))

    def line(one: Measured, y: int) -> Line:
        left, right = one.interval or (None, None)
        return Line(
            y, at(one.value or 0.0), None if left is None else at(left), None if right is None else at(right), one.is_uncertain
        )  # fmt: skip

    return EffectDrawing(
        line(effect.before, ROWS[0]), line(effect.after, ROWS[1]), None if effect.target is None else at(effect.target)
    )
