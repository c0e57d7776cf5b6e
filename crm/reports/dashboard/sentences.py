"""Two or three sentences made from the figures of any stretch of days. Where a figure is missing, so is its sentence."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from crm.reports.sentences import ABOUT_THE_SAME, weakest
from crm.reports.shape import MonthFigures
from crm.reports.spans import LATELY, Span, SpanKind
from crm.reports.words import SMALL, is_certain, month_name
from crm.web.formats import month as month_year
from crm.web.formats import num, percent
from crm.web.i18n import _, local_name, locale, ngettext

LONGEST_NAME = 60
"""Letters of a touchpoint's name in a sentence."""


def title_of(span: Span) -> str:
    """ "November 2026", "The last 30 days", "4th quarter of 2026", "2026", "3 Nov 2026 – 17 Nov 2026"."""
    if span.kind is SpanKind.LATELY:
        return _("The last %(n)s days") % {"n": LATELY}
    if span.kind is SpanKind.MONTH:
        return month_year(span.first)
    if span.kind is SpanKind.QUARTER:
        return _("Quarter %(n)s of %(year)s") % {"n": (span.first.month + 2) // 3, "year": span.first.year}
    if span.kind is SpanKind.YEAR:
        return str(span.first.year)
    return f"{_on(span.first)} – {_on(span.last)}"


def when(span: Span) -> str:
    """How a sentence about it begins."""
    words = {"days": LATELY, "name": title_of(span), "first": _on(span.first), "last": _on(span.last)}
    return {
        SpanKind.LATELY: _("In the last %(days)s days"),
        SpanKind.MONTH: _("In %(name)s"),
        SpanKind.QUARTER: _("In quarter %(n)s of %(year)s")
        % {"n": (span.first.month + 2) // 3, "year": span.first.year},
        SpanKind.YEAR: _("In the year %(name)s"),
        SpanKind.DAYS: _("From %(first)s to %(last)s"),
    }[span.kind] % words


def before(span: Span) -> str:
    """What it is compared with, within a sentence: "in October", "in the 30 days before"."""
    if span.kind is SpanKind.MONTH:
        return _("in %(month)s") % {"month": month_name(span.back(1))}
    if span.kind is SpanKind.QUARTER:
        return _("in the quarter before")
    if span.kind is SpanKind.YEAR:
        return _("in the year before")
    return ngettext("on the day before", "in the %(n)s days before", span.days) % {"n": span.days}


def told(figures: MonthFigures, span: Span, *, is_running: bool) -> list[str]:
    """How many contacts, how satisfied, what was weakest. While the stretch runs nothing is compared with a whole one."""
    found = [_contacts(figures, span, is_running), _satisfaction(figures, span, is_running), _weakest(figures)]
    return [sentence for sentence in found if sentence]


def _contacts(figures: MonthFigures, span: Span, is_running: bool) -> str:
    words = {"when": when(span), "n": num(figures.contacts)}
    if figures.contacts == 0:
        return _("%(when)s no contact with a customer was recorded.") % words
    start = ngettext(
        "%(when)s we had one contact with customers", "%(when)s we had %(n)s contacts with customers", figures.contacts
    )
    return start % words + ("" if is_running else _difference(figures, span)) + "."


def _difference(figures: MonthFigures, span: Span) -> str:
    count, then = figures.contacts, figures.contacts_before
    if then == 0:
        return ""
    change = (count - then) / then
    words = {"before": before(span)}
    if count == then or (then >= SMALL and abs(change) < ABOUT_THE_SAME):
        return _(", about as many as %(before)s") % words
    words["difference"] = percent(abs(change)) if then >= SMALL and count < 3 * then else num(abs(count - then))
    if change > 0:
        return _(", %(difference)s more than %(before)s") % words
    return _(", %(difference)s fewer than %(before)s") % words


def _satisfaction(figures: MonthFigures, span: Span, is_running: bool) -> str:
    score, then = figures.satisfaction, figures.satisfaction_before
    if score is None:
        return ""
    words = {"value": num(score.value, 1), "n": num(score.n), "before": before(span)}
    if score.is_uncertain:
        few = ngettext(
            "Only one customer said how satisfied they were; that is too little for a statement.",
            "Only %(n)s customers said how satisfied they were; that is too little for a statement.", score.n,
        )  # fmt: skip
        return few % words
    if is_running or then is None or then.is_uncertain:
        return _("Customers' satisfaction is %(value)s of 5 (%(n)s answers).") % words
    words["then"] = num(then.value, 1)
    if not is_certain(score, then):
        return (
            _(
                "Customers' satisfaction is %(value)s of 5 (%(n)s answers); %(before)s it was %(then)s: no certain change."
            )
            % words
        )
    if score.value > then.value:
        return _("Customers were more satisfied than %(before)s: %(value)s after %(then)s, from %(n)s answers.") % words
    return _("Customers were less satisfied than %(before)s: %(value)s after %(then)s, from %(n)s answers.") % words


def _weakest(figures: MonthFigures) -> str:
    sure = [one for one in weakest(figures) if one.satisfaction and not one.satisfaction.is_uncertain]
    if not sure or sure[0].satisfaction is None:
        return ""
    name = local_name(sure[0])
    words = {
        "name": name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…",
        "value": num(sure[0].satisfaction.value, 1), "target": num(sure[0].target, 1), "n": num(sure[0].satisfaction.n),
    }  # fmt: skip
    return _("Furthest below its target is “%(name)s”: %(value)s instead of %(target)s, from %(n)s answers.") % words


def _on(day: date) -> str:
    return format_date(day, "medium", locale=locale())
