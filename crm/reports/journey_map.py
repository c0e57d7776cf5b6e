"""The journey map of a month: its touchpoints as one drawing on a screen, as rows of phases on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from crm.reports.shape import MonthFigures, TouchpointMonth
from crm.text import text_width
from crm.touchpoints.describing import journey_description
from crm.touchpoints.journey import NARROWEST, PHASE_SIZE, JourneyDrawing, JourneyPoint, journey_drawing
from crm.touchpoints.names_below import slot
from crm.web.formats import num
from crm.web.i18n import _, language, local_name

SCREEN_WIDTH, SCREEN_HEIGHT = 1000, 250
MOST_ON_PAPER = 40
"""More touchpoints than this are a wall and no map: paper shows those that matter most, the table has all."""


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


def journey_rows(figures: MonthFigures, *, width: float, height: float) -> list[JourneyRow]:
    """The map in one row, as on a screen, which scrolls. Touchpoints where nothing happened and nobody answered stay away; nothing
    at all gives no row."""
    names = {phase.code: local_name(phase) for phase in figures.phases}
    living = [one for one in figures.touchpoints if one.satisfaction or one.contacts]
    if not living:
        return []
    points = [point_of(one, names[one.phase], position) for position, one in enumerate(living)]
    phases = list(names.values())
    return [_row(phases, _drawn(figures, phases, points, width, height))]


def paper_rows(figures: MonthFigures, *, width: float, height: float) -> tuple[list[JourneyRow], int]:
    """The map as rows that fit a sheet, all at the same scale, with the names below the curve; and how many touchpoints with
    answers it had no place for. A phase goes on in the next row where it must."""
    answered = [one for one in figures.touchpoints if one.satisfaction]
    shown = {one.code for one in sorted(answered, key=_weight)[:MOST_ON_PAPER]}
    points = [point_of(one, one.phase, n) for n, one in enumerate(figures.touchpoints) if one.code in shown]
    if not points:
        return [], 0
    lowest = journey_drawing([phase.code for phase in figures.phases], points, width=width, height=height).grid[0].value
    rows = []
    for phases, mine in _packed(figures, points, width - 62):
        names = [point.phase for point in mine]
        titles = [*dict.fromkeys(names), *(phase for phase in phases if phase not in names)]
        ordered = sorted(titles, key=phases.index)
        rows.append(_row(ordered, _drawn(figures, ordered, mine, width, height, lowest=lowest, has_names_below=True)))
    return rows, len(answered) - len(shown)


def _weight(one: TouchpointMonth) -> tuple[bool, bool, int, int]:
    """What matters most comes first: moments of truth, then what lies below its target, then by answers and contacts."""
    return (
        not one.is_moment_of_truth,
        not one.is_below_target,
        -(one.satisfaction.n if one.satisfaction else 0),
        -one.contacts,
    )


def _packed(
    figures: MonthFigures, points: Sequence[JourneyPoint], width: float
) -> Iterator[tuple[list[str], list[JourneyPoint]]]:
    """Rows of points with the names of their phases, as many as fit side by side. What goes on is said to."""
    phases: list[str] = []
    mine: list[JourneyPoint] = []
    used = 0.0
    for phase in figures.phases:
        name, here = local_name(phase), [point for point in points if point.phase == phase.code]
        needs = [slot(point.name, point.told_below, narrowest=NARROWEST) for point in here]
        heading = text_width(name.upper(), PHASE_SIZE) * 1.1 + 16
        if phases and used + max(sum(needs), heading) > width:
            yield phases, mine
            phases, mine, used = [], [], 0.0
        phases.append(name)
        start = used
        for point, need in zip(here, needs, strict=True):
            if used + need > width:
                yield phases, mine
                name = _("%(phase)s, continued") % {"phase": local_name(phase)}
                phases, mine, used, start = [name], [], 0.0, 0.0
            mine.append(replace(point, phase=name))
            used += need
        used = max(used, start + heading)
    if phases:
        yield phases, mine


def _drawn(
    figures: MonthFigures, phases: list[str], points: list[JourneyPoint], width: float, height: float, *,
    lowest: int | None = None, has_names_below: bool = False,
) -> JourneyDrawing:  # fmt: skip
    return journey_drawing(
        phases, points, width=width, height=height, target=figures.satisfaction_target, lowest=lowest, has_details=True,
        target_label=_("Target %(value)s") % {"value": num(figures.satisfaction_target, 1)}, has_names_below=has_names_below,
    )  # fmt: skip


def _row(phases: list[str], drawing: JourneyDrawing) -> JourneyRow:
    title = _("Journey map: %(phases)s") % {"phases": ", ".join(phases)}
    return JourneyRow(drawing, title, journey_description(drawing, _, language=language.get()))


def unanswered(figures: MonthFigures) -> list[str]:
    """The names of the touchpoints where there were contacts and nobody answered."""
    return [local_name(one) for one in figures.touchpoints if one.contacts and not one.satisfaction]
