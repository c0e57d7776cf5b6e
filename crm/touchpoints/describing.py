"""The journey in words, for those who hear it instead of seeing it."""

from collections.abc import Callable, Iterator, Sequence

from babel.numbers import format_decimal

from crm.touchpoints.journey import JourneyDrawing, JourneyPoint

Gettext = Callable[[str], str]


def journey_description(drawing: JourneyDrawing, _: Gettext, *, language: str) -> str:
    """Every phase with its touchpoints, what customers said there, and what must be known about the figure."""
    points = [dot.point for dot in drawing.dots]
    phases = [_phase(band.name, [p for p in points if p.phase == band.name], _, language) for band in drawing.bands]
    return " ".join((*phases, *_impressions(points, _, language)))


def _impressions(points: Sequence[JourneyPoint], _: Gettext, language: str) -> Iterator[str]:
    """Staff's own view, apart from what customers said."""
    told = [f"{each.name} {_mean(each.staff_mean, language)}" for each in points if each.staff_mean is not None]
    if told:
        yield _("Our own impression, of 5: %(told)s.") % {"told": "; ".join(told)}


def _phase(name: str, points: Sequence[JourneyPoint], _: Gettext, language: str) -> str:
    told = "; ".join(_point(point, _, language) for point in points) or _("no touchpoints")
    return f"{name}: {told}."


def _point(point: JourneyPoint, _: Gettext, language: str) -> str:
    if point.mean is None:
        return _("%(name)s without answers") % {"name": point.name}
    notes: list[str] = [_("1 answer") if point.n == 1 else _("%(n)s answers") % {"n": point.n}]
    if point.is_uncertain:
        notes.append(_("uncertain"))
    if point.is_moment_of_truth:
        notes.append(_("moment of truth"))
    if point.is_below_target:
        notes.append(_("below target"))
    mean = _mean(point.mean, language)
    return _("%(name)s %(mean)s of 5 (%(notes)s)") % {"name": point.name, "mean": mean, "notes": ", ".join(notes)}


def _mean(value: float, language: str) -> str:
    return str(format_decimal(value, "0.0", locale="de_DE" if language == "de" else "en_GB"))
