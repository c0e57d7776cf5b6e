"""One or two sentences at the head of each chapter of the printed report, made from its figures. Where there is nothing to say there
is none."""

from __future__ import annotations

from crm.customers.orders.words import DECLINE_REASONS
from crm.customers.words import LOSS_REASONS
from crm.reports import words
from crm.reports.figures_sales import Sales
from crm.reports.figures_voices import Place, Voices
from crm.reports.months import earlier
from crm.reports.sentences import named
from crm.reports.shape import MonthFigures
from crm.reports.words import SMALL, month_name
from crm.touchpoints.statistics import UNCERTAIN_BELOW
from crm.web.formats import minutes, num, percent
from crm.web.i18n import _, language, ngettext, word


def quotations_sentence(figures: MonthFigures) -> str:
    """How many quotations were asked for, how long they took, and how they were decided."""
    if figures.sales is None or figures.sales.quotations.is_empty:
        return ""
    one = figures.sales.quotations
    found = [_asked_for(one.requested)]
    if one.turnaround_min is not None and one.sent >= UNCERTAIN_BELOW:
        values = {"time": minutes(one.turnaround_min)}
        if one.turnaround_min_before is not None and one.sent_before >= UNCERTAIN_BELOW:
            values |= {"before": minutes(one.turnaround_min_before), "month": month_name(earlier(figures.month, 1))}
            found.append(
                _("Half of those sent took at most %(time)s of business time (%(month)s: %(before)s).") % values
            )
        else:
            found.append(_("Half of those sent took at most %(time)s of business time.") % values)
    if one.decided:
        found.append(_decided(one.accepted, one.decided))
    return " ".join(found)


def _asked_for(requested: int) -> str:
    if not requested:
        return _("No quotations were asked for.")
    return ngettext("One quotation was asked for.", "%(n)s quotations were asked for.", requested) % {
        "n": num(requested)
    }


def _decided(accepted: int, decided: int) -> str:
    values = {"n": num(decided), "accepted": num(accepted), "share": percent(accepted / decided)}
    if decided < SMALL:
        return _("Customers accepted %(accepted)s of the %(n)s on which they decided.") % values
    return _("Customers accepted %(share)s of the %(n)s on which they decided.") % values


def growth_sentence(figures: MonthFigures) -> str:
    """How many prospects became customers, and how many of both were lost."""
    if figures.sales is None:
        return ""
    found = []
    if won := figures.sales.won:
        found.append(
            ngettext("One prospect became a customer.", "%(n)s prospects became customers.", won) % {"n": num(won)}
        )
    if lost := figures.sales.lost:
        found.append(
            ngettext("One customer or prospect was lost.", "%(n)s customers and prospects were lost.", lost)
            % {"n": num(lost)}
        )
        if reason := _reason(figures.sales):
            found.append(_("Most frequent reason: %(reason)s.") % {"reason": reason})
    return " ".join(found)


def _reason(sales: Sales) -> str:
    told = [row for row in sales.losses if row.code and row.count > 1]
    return word(LOSS_REASONS, told[0].code) if told else ""


def loss_reason(code: str) -> str:
    return word(LOSS_REASONS, code) if code else _("not given")


def decline_reason(code: str) -> str:
    return word(DECLINE_REASONS, code) if code else _("not given")


def voices_sentence(figures: MonthFigures) -> str:
    """The balance of praise and criticism, and where the most criticism is."""
    voices = figures.voices
    if voices is None or not (voices.praise or voices.criticism):
        return ""
    values = {
        "praise": words.times(voices.praise), "criticism": words.times(voices.criticism), "month": month_name(earlier(figures.month, 1)),
        "praise_before": num(voices.praise_before), "criticism_before": num(voices.criticism_before),
    }  # fmt: skip
    sentence = _("Customers praised %(praise)s and criticised %(criticism)s") % values
    if voices.praise_before or voices.criticism_before:
        sentence += _(" (%(month)s: %(praise_before)s and %(criticism_before)s)") % values
    worst = max((one for one in voices.touchpoints if one.code), key=lambda one: one.criticism, default=None)
    if worst is None or worst.criticism < 2:
        return sentence + "."
    values = {"name": named(worst), "n": num(worst.criticism)}
    return sentence + ". " + _("Most criticism was about “%(name)s” (%(n)s).") % values


def places_sentence(figures: MonthFigures) -> str:
    """Where customers waited longest for a first response, among departments with at least five answered enquiries."""
    if figures.voices is None:
        return ""
    sure = [one for one in figures.voices.departments if one.first_hours is not None and one.first_n >= UNCERTAIN_BELOW]
    if len(sure) < 2:
        return ""
    slowest, quickest = (pick(sure, key=lambda one: one.first_hours or 0.0) for pick in (max, min))
    if (slowest.first_hours or 0.0) < 1.5 * (quickest.first_hours or 0.0):
        return _("Customers waited about as long for a first response in all departments.")
    values = {
        "slow": named(slowest), "slow_time": words.waited(slowest.first_hours), "quick": named(quickest),
        "quick_time": words.waited(quickest.first_hours),
    }  # fmt: skip
    return (
        _(
            "Customers waited longest for a first response in %(slow)s (%(slow_time)s), least in %(quick)s (%(quick_time)s)."
        )
        % values
    )


def place_topic(place: Place) -> str:
    """The topic that was asked about most, if it was asked about more than once."""
    name = place.topic_de if language.get() == "de" else place.topic_en or place.topic_de
    return f"{name} ({num(place.topic_n)})" if place.topic_n > 1 and name else "–"


def place_cause(place: Place) -> str:
    return f"{words.cause(place.cause)} ({num(place.cause_n)})" if place.cause_n > 1 and place.cause else "–"


def requests_sentence(figures: MonthFigures) -> str:
    """Requests of data subjects, and whether the deadlines were kept."""
    if not figures.requests:
        return (
            _("Nobody made use of their data protection rights by a request.") if figures.requests is not None else ""
        )
    received, settled, in_time, overdue = (
        sum(getattr(row, name) for row in figures.requests) for name in ("received", "settled", "in_time", "overdue")
    )
    found = [
        ngettext("One data protection request came in.", "%(n)s data protection requests came in.", received)
        % {"n": num(received)}
        if received
        else _("No data protection request came in.")
    ]
    if settled and in_time == settled:
        found.append(_("Everything that was settled was settled in time."))
    elif settled:
        found.append(
            _("%(n)s of %(settled)s settled requests were settled in time.")
            % {"n": num(in_time), "settled": num(settled)}
        )
    if overdue:
        found.append(ngettext("One is overdue.", "%(n)s are overdue.", overdue) % {"n": num(overdue)})
    return " ".join(found)


def balance_share(voices: Voices) -> float | None:
    """Praise as a share of praise and criticism; None if there is neither."""
    whole = voices.praise + voices.criticism
    return voices.praise / whole if whole else None
