"""The journey of a stretch of days as drawings: one that scrolls on a screen, rows of it on paper; and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import floor

from crm.customers.words import CHANNELS
from crm.reports.journeys.comparing import JourneyLine, JourneyPhase
from crm.reports.journeys.layer import NO_LAYER, Layer
from crm.touchpoints.describing import journey_description
from crm.touchpoints.journey import JourneyDrawing, JourneyPoint, journey_drawing
from crm.touchpoints.overlay import Overlay, Under, overlay
from crm.touchpoints.statistics import Estimate
from crm.web.formats import num
from crm.web.i18n import _, language, local_name, ngettext, pgettext

SCREEN = (1080.0, 300.0)
PAPER = (1040.0, 250.0)
"""Width and height; a sheet shrinks it a little."""
PER_ROW = 14
"""More touchpoints than this cannot be named legibly across a sheet."""

Href = Callable[[JourneyLine], str]


@dataclass(frozen=True, slots=True)
class DrawnJourney:
    """A drawing with what lies over it, its name and its words for those who don't see it."""

    drawing: JourneyDrawing
    over: Overlay
    title: str
    description: str


def on_screen(phases: Sequence[JourneyPhase], href: Href, layer: Layer = NO_LAYER) -> DrawnJourney:
    """One drawing; every touchpoint leads to the contacts behind it."""
    return _drawn(phases, SCREEN, _lowest(phases, layer), href, layer)


def on_paper(phases: Sequence[JourneyPhase], layer: Layer = NO_LAYER) -> list[DrawnJourney]:
    """Rows of the same drawing at the same scale. A phase goes on in the next row where it must."""
    lowest = _lowest(phases, layer)
    return [_drawn(row, PAPER, lowest, None, layer) for row in rows_of(phases)]


def rows_of(phases: Sequence[JourneyPhase], most: int = PER_ROW) -> Iterator[list[JourneyPhase]]:
    """Phases in rows of at most `most` touchpoints; one without any takes the place of one."""
    row: list[JourneyPhase] = []
    left = most
    for phase in phases:
        pieces = [phase.lines[start : start + most] for start in range(0, len(phase.lines), most)] or [[]]
        for piece in pieces:
            if row and max(1, len(piece)) > left:
                yield row
                row, left = [], most
            row.append(JourneyPhase(phase.code, phase.name_de, phase.name_en, piece, phase.is_thin))
            left -= max(1, len(piece))
    if row:
        yield row


def _drawn(
    phases: Sequence[JourneyPhase], size: tuple[float, float], lowest: int, href: Href | None, layer: Layer
) -> DrawnJourney:
    names = _names(phases)
    lines = [line for phase in phases for line in phase.lines]
    points = [_point(line, names[line.phase], position) for position, line in enumerate(lines)]
    width, height = size
    drawing = journey_drawing(
        list(names.values()), points, width=width, height=height, lowest=lowest, has_details=True, has_names_below=True
    )
    over = overlay(
        drawing, [_under(line, href, layer) for line in lines], thin=[phase.is_thin for phase in phases],
        thin_words=_("few touchpoints"),
    )  # fmt: skip
    title = _("Journey map: %(phases)s") % {"phases": ", ".join(names.values())}
    words = [
        journey_description(drawing, _, language=language.get()),
        *_earlier(lines),
        *layer.description(lines),
        *_thin(phases),
    ]
    return DrawnJourney(drawing, over, title, " ".join(words))


def _names(phases: Sequence[JourneyPhase]) -> dict[str, str]:
    """The phases' names by code; the drawing tells phases by name, so that one that another has too gets an invisible letter."""
    names: dict[str, str] = {}
    for phase in phases:
        name = local_name(phase)
        while name in names.values():
            name += "\N{ZERO WIDTH SPACE}"
        names[phase.code] = name
    return names


def _point(line: JourneyLine, phase: str, position: int) -> JourneyPoint:
    said, own = line.now.satisfaction, line.now.impression
    return JourneyPoint(
        phase=phase, position=position, name=local_name(line), mean=said.value if said else None, n=said.n if said else 0,
        interval=said.interval if said else None, volume=line.now.contacts, is_moment_of_truth=line.is_moment_of_truth,
        target=line.target, staff_mean=own.value if own else None,
    )  # fmt: skip


def _under(line: JourneyLine, href: Href | None, layer: Layer) -> Under:
    first = _(CHANNELS[line.channels[0]]) if line.channels and line.channels[0] in CHANNELS else ""
    more = len(line.channels) - 1
    return Under(
        target=line.target, earlier=line.then.satisfaction if line.then else None,
        channel=f"{first} +{more}" if first and more > 0 else first, department=line.department,
        href=href(line) if href else "", told=told(line, layer) if href else "", plan=layer.words(line),
        aim=one.aim if (one := layer.planned.get(line.code)) else None, is_unused=one is not None and one.is_unused,
    )  # fmt: skip


def told(line: JourneyLine, layer: Layer = NO_LAYER) -> str:
    """What the map knows about a touchpoint, in a line: read where the pointer or the keyboard stands on it."""
    contacts = ngettext("one contact", "%(num)s contacts", line.now.contacts) % {"num": num(line.now.contacts)}
    parts = [said(line.now.satisfaction), _("target %(value)s") % {"value": num(line.target, 1)}, contacts]
    if line.is_moment_of_truth:
        parts.append(pgettext("chip", "Moment of truth"))
    if line.then is not None:
        parts.append(_("before: %(said)s") % {"said": said(line.then.satisfaction)})
    if line.now.impression:
        parts.append(_("our own impression %(value)s") % {"value": num(line.now.impression.value, 1)})
    channels = ", ".join(_(CHANNELS[code]) for code in line.channels if code in CHANNELS)
    parts += filter(None, (channels, line.department))
    parts += layer.told(line)
    return f"{local_name(line)}: {' · '.join(parts)}"


def said(estimate: Estimate | None) -> str:
    """ "3.8 from 12 answers"; few answers are said to be uncertain."""
    if estimate is None:
        return _("no answers")
    words = ngettext("%(value)s from one answer", "%(value)s from %(num)s answers", estimate.n)
    text = words % {"value": num(estimate.value, 1), "num": num(estimate.n)}
    return _("%(said)s, uncertain") % {"said": text} if estimate.is_uncertain else text


def _earlier(lines: Sequence[JourneyLine]) -> Iterator[str]:
    named = [
        f"{local_name(line)} {num(line.then.satisfaction.value, 1)}"
        for line in lines
        if line.then and line.then.satisfaction
    ]
    if named:
        yield _("In the period it is compared with: %(told)s.") % {"told": "; ".join(named)}


def _thin(phases: Sequence[JourneyPhase]) -> Iterator[str]:
    named = [local_name(phase) for phase in phases if phase.is_thin]
    if named:
        yield _("Phases with few touchpoints: %(phases)s.") % {"phases": ", ".join(named)}


def _lowest(phases: Sequence[JourneyPhase], layer: Layer) -> int:
    """The foot of the scale: the highest of 1 to 3 that lies below all that is drawn, now and then."""
    values: list[float] = [3.0, *(one.aim for one in layer.planned.values())]
    for line in (line for phase in phases for line in phase.lines):
        values.append(line.target)
        values += [each.value for each in (line.now.satisfaction, line.now.impression) if each]
        values += [line.then.satisfaction.value] if line.then and line.then.satisfaction else []
        sure = line.now.satisfaction
        values += [sure.interval[0]] if sure and sure.interval and not sure.is_uncertain else []
    return max(1, min(3, floor(min(values))))
