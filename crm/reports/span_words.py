"""A stretch of days in words: its name, how a sentence about it begins, and what it is compared with."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from crm.reports.spans import LATELY, Span, SpanKind
from crm.reports.words import month_name
from crm.web.formats import month as month_year
from crm.web.i18n import _, locale, ngettext


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


def _on(day: date) -> str:
    return format_date(day, "medium", locale=locale())
