"""The intended journey as a layer of the map: where the satisfaction aimed at lies, what is planned and not used, what is not planned."""

from __future__ import annotations

from dataclasses import dataclass, field

from crm.improvement.intended.forms import shown_aim
from crm.reports.journeys.comparing import JourneyLine
from crm.reports.journeys.deviation import Deviation, Use
from crm.web.i18n import _, local_name


@dataclass(frozen=True, slots=True)
class Planned:
    """A touchpoint that is planned: its place on the intended journey (from 1), the satisfaction aimed at, whether nobody was there."""

    number: int
    aim: float
    is_unused: bool


@dataclass(frozen=True, slots=True)
class Layer:
    """By the code of the touchpoint; `is_shown` is False where there is no intended journey."""

    planned: dict[str, Planned] = field(default_factory=dict)
    is_shown: bool = False

    def words(self, line: JourneyLine) -> str:
        """What stands in the row below the map: the place on the plan, or that there is none though customers were there."""
        one = self.planned.get(line.code)
        if one is not None:
            return _("plan %(number)s") % {"number": one.number}
        return _("not planned") if self.is_shown and line.now.contacts else ""

    def told(self, line: JourneyLine) -> list[str]:
        """The same where the pointer or the keyboard stands on it."""
        one = self.planned.get(line.code)
        if one is None:
            return [_("not planned")] if self.is_shown and line.now.contacts else []
        told = [_("planned as number %(number)s, aim %(aim)s") % {"number": one.number, "aim": shown_aim(one.aim)}]
        return [*told, _("planned, but nobody was there")] if one.is_unused else told

    def description(self, lines: list[JourneyLine]) -> list[str]:
        """The layer in sentences, for those who don't see the drawing."""
        if not self.is_shown:
            return []
        named = sorted(
            ((self.planned[line.code], line) for line in lines if line.code in self.planned), key=lambda pair: pair[0].number
        )  # fmt: skip
        aims = "; ".join(f"{local_name(line)} {shown_aim(one.aim)}" for one, line in named)
        found = (
            [_("Intended journey in its order, with the satisfaction aimed at: %(aims)s.") % {"aims": aims}]
            if aims
            else []
        )
        unused = [local_name(line) for one, line in named if one.is_unused]
        if unused:
            found.append(_("Planned, but nobody was there: %(names)s.") % {"names": ", ".join(unused)})
        return found


NO_LAYER = Layer()


def layer_of(found: Deviation) -> Layer:
    return Layer({
        one.step.code: Planned(one.step.number, one.step.aim, one.use is Use.NONE and not one.step.is_retired) for one in found.steps
    }, is_shown=True)  # fmt: skip
