"""Figures in words: their values with their unit, what they rest on, and the sentence that says what a measure has achieved."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crm.reports.effects import Effect, Verdict
from crm.reports.metrics import METRICS, Basis, Measured, Metric, Unit
from crm.reports.words import decimals_apart
from crm.touchpoints.statistics import UNCERTAIN_BELOW
from crm.web.formats import minutes, num
from crm.web.i18n import N_, _, language, ngettext

BOUNDS: Mapping[Unit, tuple[int, int]] = {
    Unit.OF_5: (1, 5), Unit.OF_7: (1, 7), Unit.POINTS: (-100, 100), Unit.MINUTES: (0, 100_000), Unit.PERCENT: (0, 100),
    Unit.COUNT: (0, 1_000_000), Unit.HOURS: (0, 30_000),
}  # fmt: skip
UNITS: Mapping[Unit, str] = {
    Unit.OF_5: N_("from 1 to 5"), Unit.OF_7: N_("from 1 to 7"), Unit.POINTS: N_("in points from −100 to +100"),
    Unit.MINUTES: N_("in minutes of business time"), Unit.PERCENT: N_("in percent"), Unit.COUNT: N_("contacts in 30 days"),
    Unit.HOURS: N_("in hours of business time"),
}  # fmt: skip
_BASES: Mapping[Basis, Callable[[int], str]] = {
    Basis.ANSWERS: lambda n: ngettext("%(num)s answer", "%(num)s answers", n),
    Basis.ENQUIRIES: lambda n: ngettext("%(num)s enquiry", "%(num)s enquiries", n),
    Basis.PROMISES: lambda n: ngettext("%(num)s promise", "%(num)s promises", n),
    Basis.CONTACTS: lambda n: ngettext("%(num)s contact", "%(num)s contacts", n),
    Basis.QUOTATIONS: lambda n: ngettext("%(num)s quotation", "%(num)s quotations", n),
}
_TOO_FEW: Mapping[Basis, str] = {
    Basis.ANSWERS: N_("Too few answers"), Basis.ENQUIRIES: N_("Too few enquiries"), Basis.PROMISES: N_("Too few promises"),
    Basis.CONTACTS: N_("Too few contacts"), Basis.QUOTATIONS: N_("Too few quotations"),
}  # fmt: skip
_TIMES: Mapping[Unit, int] = {Unit.MINUTES: 1, Unit.HOURS: 60}
"""What is written as a time, and how many minutes it counts."""
TONES = {Verdict.BETTER: "good", Verdict.WORSE: "rust", Verdict.NO_CHANGE: "", Verdict.TOO_FEW: "amber"}


def target_bounds() -> dict[str, tuple[int, int]]:
    """The lowest and the highest target of each figure, by its code."""
    return {code: BOUNDS[metric.unit] for code, metric in METRICS.items()}


def metric_name(code: str) -> str:
    return _(METRICS[code].name) if code in METRICS else code


def value_text(metric: Metric, value: float | None) -> str:
    """A value with its unit: "4,2", "+24", "2 Std. 5 Min.", "12 %", "34 in 30 Tagen", "4,5 Tage"."""
    if value is None:
        return "–"
    if metric.unit in _TIMES:
        return minutes(value * _TIMES[metric.unit])
    text = _signed(value, 0) if metric.unit is Unit.POINTS else num(value, _digits(metric.unit))
    return _with_unit(metric.unit, text)


def target_text(metric: Metric, value: float | None) -> str:
    """A target as it was typed: with the decimals that a measured value would be rounded by."""
    return "–" if value is None else _exactly(metric, value, _typed(metric, value))


def value_beside(metric: Metric, value: float | None, target: float | None, is_met: bool | None) -> str:
    """A value beside its target: with the decimals that show whether it has reached it."""
    if value is None or target is None:
        return value_text(metric, value)
    digits, factor = _typed(metric, target), _TIMES.get(metric.unit, 1)
    if not is_met:
        digits = decimals_apart(value * factor, target * factor, digits)
    return _exactly(metric, value, digits)


def change_text(metric: Metric, value: float) -> str:
    """A difference with its sign and unit."""
    if metric.unit in _TIMES:
        taken = value * _TIMES[metric.unit]
        return ("+" if round(taken) > 0 else "") + minutes(taken)
    return _with_unit(metric.unit, _signed(value, 2 if metric.unit in (Unit.OF_5, Unit.OF_7) else _digits(metric.unit)))


def basis_text(metric: Metric, n: int) -> str:
    """What a figure rests on: "34 Antworten"."""
    return _BASES[metric.basis](n) % {"num": num(n)}


def interval_text(metric: Metric, one: Measured) -> str:
    """From where to where the true figure most likely lies; empty where that can't be known."""
    if one.interval is None:
        return ""
    low, high = (value_text(metric, value) for value in one.interval)
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def verdict_text(effect: Effect | None) -> str:
    """The verdict in two words, for a chip."""
    if effect is None:
        return _("not measured yet")
    if effect.verdict is Verdict.TOO_FEW:
        return too_few_text(effect.metric)
    return {
        Verdict.NO_CHANGE: _("no change shown"), Verdict.BETTER: _("improved"), Verdict.WORSE: _("got worse"),
    }[effect.verdict]  # fmt: skip


def too_few_text(metric: Metric) -> str:
    """ "Zu wenige Antworten", or whatever the figure is counted from."""
    return _(_TOO_FEW[metric.basis])


def effect_sentence(effect: Effect) -> str:
    """What the measure has achieved, in a sentence or two that promise no more than the figures do."""
    metric = effect.metric
    if effect.verdict is Verdict.TOO_FEW or effect.change is None or effect.interval is None:
        words = {
            "too_few": _(_TOO_FEW[metric.basis]), "before": num(effect.before.n), "after": num(effect.after.n), "least": UNCERTAIN_BELOW,
        }  # fmt: skip
        if min(effect.before.n, effect.after.n) >= UNCERTAIN_BELOW:
            return _("%(too_few)s to say how sure it is: %(before)s before, %(after)s after.") % words
        return (
            _("%(too_few)s to judge: %(before)s before, %(after)s after. At least %(least)s each are needed.") % words
        )
    values = {
        "metric": _(metric.name), "before": value_text(metric, effect.before.value),
        "after": value_beside(metric, effect.after.value, effect.target, effect.is_target_met),
        "change": change_text(metric, effect.change), "low": change_text(metric, effect.interval[0]),
        "high": change_text(metric, effect.interval[1]),
    }  # fmt: skip
    if effect.verdict is Verdict.NO_CHANGE:
        return _(
            "No change can be shown: %(metric)s went from %(before)s to %(after)s, but the true difference may lie anywhere "
            "from %(low)s to %(high)s, and 0 is among that."
        ) % values  # fmt: skip
    sentence = (
        _("Improved: %(metric)s went from %(before)s to %(after)s, a difference of %(change)s (most likely %(low)s to %(high)s).")
        if effect.verdict is Verdict.BETTER
        else _("Got worse: %(metric)s went from %(before)s to %(after)s, a difference of %(change)s (most likely %(low)s to %(high)s).")
    )  # fmt: skip
    return sentence % values


def target_sentence(effect: Effect) -> str:
    """Whether the target is reached; empty where there is none or nothing was measured."""
    if effect.is_target_met is None:
        return ""
    values = {"target": target_text(effect.metric, effect.target)}
    return (
        _("The target of %(target)s is reached.")
        if effect.is_target_met
        else _("The target of %(target)s is not reached.")
    ) % values


def _typed(metric: Metric, target: float) -> int:
    """The decimals with which a target was typed; of times those of its minutes."""
    value = target * _TIMES.get(metric.unit, 1)
    return next((each for each in range(_digits(metric.unit), 2) if round(value, each) == value), 2)


def _exactly(metric: Metric, value: float, digits: int) -> str:
    if digits == _digits(metric.unit):
        return value_text(metric, value)
    if metric.unit in _TIMES:
        return _("%(n)s minutes") % {"n": num(value * _TIMES[metric.unit], digits)}
    return _with_unit(metric.unit, _signed(value, digits) if metric.unit is Unit.POINTS else num(value, digits))


def _digits(unit: Unit) -> int:
    return 1 if unit in (Unit.OF_5, Unit.OF_7) else 0


def _signed(value: float, digits: int) -> str:
    rounded = round(value, digits) or 0.0
    return ("+" if rounded > 0 else "−" if rounded < 0 else "±" if digits else "") + num(abs(rounded), digits)


def _with_unit(unit: Unit, text: str) -> str:
    if unit is Unit.PERCENT:
        return f"{text}\u00a0%" if language.get() == "de" else f"{text}%"
    if unit is Unit.COUNT:
        return _("%(n)s in 30 days") % {"n": text}
    return text
