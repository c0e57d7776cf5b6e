"""What is aimed at, beside the figure it belongs to, and whether it was reached, in words."""

from __future__ import annotations

from dataclasses import dataclass

from crm.reports.glance import glance
from crm.reports.shape import MonthFigures, TouchpointMonth
from crm.web.i18n import _, pgettext


@dataclass(frozen=True, slots=True)
class Judged:
    """`verdict` is empty where too little is known for one; `tone` goes along with it and never stands for it."""

    target: str
    verdict: str = ""
    tone: str = ""

    @property
    def sentence(self) -> str:
        """ "target 4.2: missed"."""
        told = _("target %(value)s") % {"value": self.target}
        return f"{told}: {self.verdict}" if self.verdict else told


def judged(figures: MonthFigures) -> dict[str, Judged]:
    """By the code of the figure's definition; those without a target are left out. The report's own lines judge (glance.py)."""
    names = {
        _("Satisfaction"): "satisfaction", _("NPS"): "nps", _("Promises kept"): "promises",
        _("Solved at the first contact"): "first_contact",
    }  # fmt: skip
    return {
        names[line.name]: verdict(line.target, line.is_judged, line.is_missed)
        for _heading, lines in glance(figures)
        for line in lines
        if line.target and line.name in names
    }


def verdict(target: str, is_judged: bool, is_missed: bool) -> Judged:
    if not is_judged:
        return Judged(target)
    return Judged(target, _("missed"), "rust") if is_missed else Judged(target, pgettext("target", "reached"), "good")


def of_touchpoint(one: TouchpointMonth) -> Judged:
    """Whether a touchpoint reached its target; fewer than five answers say nothing."""
    known = one.satisfaction is not None and not one.satisfaction.is_uncertain
    return verdict("", known, one.is_below_target)
