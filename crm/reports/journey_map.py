"""The journey map of a month: its touchpoints as one drawing on a screen, as rows of phases on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crm.reports.shape import MonthFigures, TouchpointMonth
from crm.touchpoints.describing import journey_description
from crm.touchpoints.journey import JourneyDrawing, JourneyPoint, journey_drawing
from crm.web.formats import num
from crm.web.i18n import _, language, local_name

PER_ROW = 12
"""More touchpoints than this cannot be named legibly across a sheet of A4."""


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """One drawing, its name and its words for those who don't see it."""

    drawing: JourneyDrawing
    title: str
    description: str


def point_of(touchpoint: TouchpointMonth, phase: str, position: int) -> JourneyPoint:
    score = touchpoint.satisfaction
    return JourneyPoint(
        phase=phase,
        position=position,
        name=local_name(touchpoint),
        mean=score.value if score else None,
        n=score.n if score else 0,
        interval=(score.low, score.high) if score and score.low is not None and score.high is not None else None,
        volume=touchpoint.contacts,
        is_moment_of_truth=touchpoint.is_moment_of_truth,
        target=touchpoint.target,
        department=touchpoint.department,
        staff_mean=touchpoint.staff.value if touchpoint.staff else None,
    )


def journey_rows(
    figures: MonthFigures, *, width: float, height: float, per_row: int = PER_ROW, only_answered: bool = False
) -> list[JourneyRow]:
    """The map as rows of whole phases, with at most `per_row` touchpoints each where phases allow it. All rows have the
    same scale and size. Touchpoints where nothing happened and nobody answered stay away; with `only_answered` those
    without answers too, see `unanswered`. Nothing at all gives no row."""
    names = {phase.code: local_name(phase) for phase in figures.phases}
    living = [one for one in figures.touchpoints if one.satisfaction or (one.contacts and not only_answered)]
    if not living:
        return []
    points = [point_of(one, names[one.phase], position) for position, one in enumerate(living)]
    lowest = journey_drawing(list(names.values()), points, width=width, height=height).grid[0].value
    rows = [
        (phases, [point for point in points if point.phase in phases])
        for phases in _rows(list(names.values()), points, per_row)
    ]

    def drawn(phases: list[str], mine: list[JourneyPoint], wide: float) -> JourneyDrawing:
        return journey_drawing(
            phases, mine, width=wide, height=height, target=figures.satisfaction_target, lowest=lowest, has_details=True,
            target_label=_("Target %(value)s") % {"value": num(figures.satisfaction_target, 1)},
        )  # fmt: skip

    widest = max(drawn(phases, mine, width).width for phases, mine in rows)
    return [_row(phases, drawn(phases, mine, widest)) for phases, mine in rows]


def _row(phases: list[str], drawing: JourneyDrawing) -> JourneyRow:
    title = _("Journey map: %(phases)s") % {"phases": ", ".join(phases)}
    return JourneyRow(drawing, title, journey_description(drawing, _, language=language.get()))


def unanswered(figures: MonthFigures) -> list[str]:
    """The names of the touchpoints where there were contacts and nobody answered."""
    return [local_name(one) for one in figures.touchpoints if one.contacts and not one.satisfaction]


def _rows(phases: Sequence[str], points: Sequence[JourneyPoint], per_row: int) -> Iterator[list[str]]:
    """Phases in their order, as many in a row as fit."""
    row: list[str] = []
    count = 0
    for phase in phases:
        mine = sum(point.phase == phase for point in points)
        if row and count + mine > per_row:
            yield row
            row, count = [], 0
        row.append(phase)
        count += mine
    if row:
        yield row
