"""The measures of a month in words: the sentences at their head, the rows of both tables on paper, the lines of the attached table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from crm.improvement.measures.tables import MeasureStatus
from crm.improvement.measures.words import STATUSES
from crm.reports.effects import Verdict
from crm.reports.figures_measures import MeasureMonth, Taken
from crm.reports.lines import Line, count_line
from crm.reports.metric_words import (
    TONES,
    UNITS,
    basis_text,
    change_text,
    metric_name,
    target_text,
    too_few_text,
    value_beside,
    value_text,
)
from crm.reports.metrics import METRICS
from crm.reports.sentences import named, weakest
from crm.reports.shape import MonthFigures
from crm.reports.words import brief
from crm.web.formats import num
from crm.web.i18n import N_, _, local_name, locale, ngettext, pgettext

OPEN, DONE = 12, 10
"""So many open measures, and so many that were carried out, stand on paper; the attached table has all."""

TOLD = 2
"""So many are told beside the touchpoint that they are for."""


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A measure that is planned or under way; `has_weak` where it is one for a touchpoint below its target; `code` is the touchpoint's,
    empty for the whole company."""

    name: str
    goal: str
    place: str
    department: str
    metric: str
    baseline: str
    basis: str
    target: str
    status: str
    due: str
    is_overdue: bool
    has_weak: bool
    id: int
    code: str


@dataclass(frozen=True, slots=True)
class DoneRow:
    """A measure that was carried out, with its figure before and after and what that shows."""

    name: str
    place: str
    ended: str
    metric: str
    before: str
    before_basis: str
    after: str
    after_basis: str
    change: str
    interval: str
    verdict: str
    tone: str
    target: str
    id: int


def open_measures(figures: MonthFigures) -> list[MeasureMonth]:
    """Those for the weakest touchpoints first, in their order; then by due day."""
    rank = {one.code: place for place, one in enumerate(weakest(figures, limit=1000))}
    mine = [one for one in figures.measures or () if one.is_open]
    return sorted(mine, key=lambda one: (rank.get(one.touchpoint, len(rank)), one.due_on, one.id))


def done_measures(figures: MonthFigures) -> list[MeasureMonth]:
    """The latest first."""
    mine = [one for one in figures.measures or () if not one.is_open]
    return sorted(mine, key=lambda one: (one.ended_on or date.min, one.id), reverse=True)


def measures_sentence(figures: MonthFigures) -> str:
    """For how many of the weakest touchpoints something is being done, what is overdue, and what past measures have shown."""
    if figures.measures is None:
        return ""
    return " ".join(filter(None, [_covered(figures), _overdue(figures), _shown(figures)]))


def _covered(figures: MonthFigures) -> str:
    weak = weakest(figures)
    if not weak:
        return ""
    tended = {one.touchpoint for one in figures.measures or () if one.is_open}
    bare = [_("“%(name)s”") % {"name": named(one)} for one in weak if one.code not in tended]
    values = {"n": num(len(weak) - len(bare)), "all": num(len(weak)), "names": ", ".join(bare)}
    if not bare:
        return _("For each of the weakest touchpoints a measure is planned or under way.")
    if len(bare) == len(weak):
        return _("For none of the weakest touchpoints a measure is planned or under way.")
    return (
        ngettext(
            "For one of the %(all)s weakest touchpoints a measure is planned or under way; none yet for %(names)s.",
            "For %(n)s of the %(all)s weakest touchpoints a measure is planned or under way; none yet for %(names)s.",
            len(weak) - len(bare),
        )
        % values
    )


def _overdue(figures: MonthFigures) -> str:
    late = sum(one.is_overdue for one in figures.measures or ())
    if not late:
        return ""
    return ngettext("One open measure is overdue.", "%(n)s open measures are overdue.", late) % {"n": num(late)}


def _shown(figures: MonthFigures) -> str:
    done = done_measures(figures)
    if not done:
        return ""
    found = ngettext(
        "One measure was carried out in the last twelve months", "%(all)s measures were carried out in the last twelve months", len(done)
    ) % {"all": num(len(done))}  # fmt: skip
    ended = Counter(_ending(one) for one in done)
    if len(done) == 1:
        return f"{found}: {_(_OF_ONE[next(iter(ended))])}."
    return f"{found}: {', '.join(_so_many(ending, n) for ending in _OF_ONE if (n := ended[ending]))}."


def _ending(one: MeasureMonth) -> str:
    """What came of a measure: the verdict of its effect, or why there is none."""
    if not one.metric:
        return "prepares"
    return one.achieved.verdict if one.achieved else "unmeasured"


_OF_ONE = {
    Verdict.BETTER: N_("its figure has improved beyond chance"),
    Verdict.WORSE: N_("its figure got worse"),
    Verdict.NO_CHANGE: N_("no change can be shown"),
    Verdict.TOO_FEW: N_("there are too few answers so far"),
    "unmeasured": N_("its effect is not measured yet"),
    "prepares": N_("it prepares, so there is nothing to measure"),
}
"""What came of the only measure; the best news first."""


def _so_many(ending: str, n: int) -> str:
    """How many measures ended so: "bei einer", "bei 3"."""
    words = {
        Verdict.BETTER: ngettext(
            "one with a figure that has improved beyond chance", "%(n)s with a figure that has improved beyond chance", n
        ),
        Verdict.WORSE: ngettext("one with a figure that got worse", "%(n)s with one that got worse", n),
        Verdict.NO_CHANGE: ngettext("one without a change that can be shown", "%(n)s without a change that can be shown", n),
        Verdict.TOO_FEW: ngettext("one with too few answers so far", "%(n)s with too few answers so far", n),
        "unmeasured": ngettext("one not measured yet", "%(n)s not measured yet", n),
        "prepares": ngettext("one with nothing to measure", "%(n)s with nothing to measure", n),
    }  # fmt: skip
    return words[ending] % {"n": num(n)}


def tended(figures: MonthFigures) -> dict[str, list[str]]:
    """By touchpoint: what is planned or under way there, and what was carried out and came of it; at most TOLD lines each."""
    found: dict[str, list[str]] = {}
    for one in [*open_measures(figures), *done_measures(figures)]:
        if one.touchpoint and len(lines := found.setdefault(one.touchpoint, [])) < TOLD:
            state = _(STATUSES[MeasureStatus(one.status)])
            told = verdict_words(one) if not one.is_open and one.achieved else ""
            lines.append(": ".join(filter(None, (f"{brief(one.name)} ({state})", told))))
    return found


def open_rows(figures: MonthFigures) -> list[OpenRow]:
    weak = {one.code for one in weakest(figures, limit=1000)}
    return [_open_row(one, one.touchpoint in weak) for one in open_measures(figures)]


def _open_row(one: MeasureMonth, has_weak: bool) -> OpenRow:
    metric = METRICS.get(one.metric)
    return OpenRow(
        one.name, one.goal, place_of(one), one.department, metric_name(one.metric) if one.metric else _("nothing: it prepares"),
        value_text(metric, one.before.value) if metric and one.before else "–",
        basis_text(metric, one.before.n) if metric and one.before else _("measured at the start") if metric else "",
        target_text(metric, one.target) if metric and one.target is not None else "–",
        _(STATUSES[MeasureStatus(one.status)]), _on(one.due_on), one.is_overdue, has_weak, one.id, one.touchpoint,
    )  # fmt: skip


def done_rows(figures: MonthFigures) -> list[DoneRow]:
    return [_done_row(one) for one in done_measures(figures)]


def _done_row(one: MeasureMonth) -> DoneRow:
    metric, before, after, shown = METRICS.get(one.metric), one.before, one.after, one.achieved
    told = dict.fromkeys(("before", "after", "change"), "–")
    basis = dict.fromkeys(("before", "after"), "")
    verdict, tone, interval, target = _("not measured yet"), "", "", ""
    if metric is None:
        verdict = _("nothing to measure")
    elif before is not None:
        told["before"], basis["before"] = value_text(metric, before.value), basis_text(metric, before.n)
        if after is not None and shown is not None:
            told["after"] = value_beside(metric, after.value, one.target, shown.is_target_met)
            basis["after"] = basis_text(metric, after.n)
            verdict, tone = verdict_words(one), TONES[Verdict(shown.verdict)]
            if shown.change is not None:
                told["change"] = change_text(metric, shown.change)
            if shown.low is not None and shown.high is not None and shown.verdict != Verdict.TOO_FEW:
                interval = _("%(low)s to %(high)s") % {
                    "low": change_text(metric, shown.low),
                    "high": change_text(metric, shown.high),
                }
            if shown.is_target_met is not None:
                reached = (
                    _("target of %(target)s reached") if shown.is_target_met else _("target of %(target)s not reached")
                )
                target = reached % {"target": target_text(metric, one.target)}
    return DoneRow(
        one.name, place_of(one), _on(one.ended_on) if one.ended_on else "", metric_name(one.metric) if one.metric else "–",
        told["before"], basis["before"], told["after"], basis["after"], told["change"], interval, verdict, tone, target,
        one.id,
    )  # fmt: skip


def verdict_words(one: MeasureMonth) -> str:
    """ "verbessert", "keine Veränderung belegt", "Zu wenige Antworten"."""
    assert one.achieved is not None
    metric = METRICS[one.metric]
    return {
        Verdict.BETTER: _("improved"), Verdict.WORSE: _("got worse"), Verdict.NO_CHANGE: _("no change shown"),
        Verdict.TOO_FEW: too_few_text(metric),
    }[Verdict(one.achieved.verdict)]  # fmt: skip


def place_of(one: MeasureMonth) -> str:
    return local_name(one) or _("the whole company")


def _on(day: date) -> str:
    return format_date(day, "medium", locale=locale())


def measure_lines(figures: MonthFigures) -> Iterator[Line]:
    """The lines of the attached table: what is measured, with its unit, before and after."""
    measure, target, difference = _("Measure"), _("target"), pgettext("measure", "difference")
    before, after = pgettext("measure", "before"), pgettext("measure", "after")
    for one in [*open_measures(figures), *done_measures(figures)]:
        if (metric := METRICS.get(one.metric)) is None:
            continue
        section, about = f"{measure}: {_(STATUSES[MeasureStatus(one.status)])}", f"{one.name} ({place_of(one)})"
        figure = f"{metric_name(one.metric)} ({_(UNITS[metric.unit])})"
        yield count_line(section, about, f"{figure}, {target}", one.target)
        yield _taken(section, about, f"{figure}, {before}", one.before)
        yield _taken(section, about, f"{figure}, {after}", one.after)
        if (shown := one.achieved) is not None:
            figure = f"{figure}, {difference}: {verdict_words(one)}"
            yield (section, about, figure, shown.change, None, None, shown.low, shown.high)


def _taken(section: str, about: str, figure: str, one: Taken | None) -> Line:
    if one is None:
        return (section, about, figure, None, None, None, None, None)
    return (section, about, figure, one.value, None, one.n, one.low, one.high)


def left_over(rows: Sequence[object], most: int) -> int:
    return max(0, len(rows) - most)
