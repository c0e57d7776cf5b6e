"""Sentences made from the figures, which stand before them: of a month on paper, of any stretch of days on the screen. Where a figure is
missing, so is its sentence."""

from __future__ import annotations

from crm.reports.months import earlier
from crm.reports.shape import MonthFigures, TouchpointMonth
from crm.reports.span_words import before, when
from crm.reports.spans import Span
from crm.reports.words import SMALL, decimals, is_certain, month_name, points
from crm.web.formats import local, num, percent
from crm.web.i18n import _, local_name, ngettext

ABOUT_THE_SAME = 0.02
"""A change of up to two percent is no news."""


_NAME = 60
"""Letters of a name within a sentence; a longer one is cut."""


def named(row: object) -> str:
    """The name of a touchpoint, topic or department as it fits into a sentence."""
    return brief_name(local_name(row))


def brief_name(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1].rstrip() + "…"


def summary(figures: MonthFigures) -> list[str]:
    """The month in at most four sentences: how much, how good, what was weakest, what was kept."""
    span, running = Span.of_month(figures.month), _is_running(figures)
    return [*told(figures, span, is_running=running), *filter(None, [promises_sentence(figures)])]


def told(figures: MonthFigures, span: Span, *, is_running: bool) -> list[str]:
    """Any stretch of days in at most three sentences: how many contacts, how satisfied, what was weakest. While it runs nothing is
    compared with a whole one."""
    found = [_contacts(figures, span, is_running), _satisfaction(figures, span, is_running), journey_sentence(figures)]
    return [sentence for sentence in found if sentence]


def _is_running(figures: MonthFigures) -> bool:
    """Whether the month was not over when the figures were drawn up."""
    return local(figures.computed_at).date() < earlier(figures.month, -1)


def _contacts(figures: MonthFigures, span: Span, is_running: bool) -> str:
    values = {"when": when(span), "n": num(figures.contacts)}
    if figures.contacts == 0:
        return _("%(when)s no contact with a customer was recorded.") % values
    start = ngettext(
        "%(when)s we had one contact with customers", "%(when)s we had %(n)s contacts with customers", figures.contacts
    )
    compared = "" if is_running else _difference(figures.contacts, figures.contacts_before, before(span))
    return start % values + compared + "."


def _difference(count: int, count_before: int, then: str) -> str:
    """The end of a sentence that compares with the stretch before; `then` is when that was."""
    if count_before == 0:
        return ""
    change = (count - count_before) / count_before
    values = {"before": then}
    if count == count_before or (count_before >= SMALL and abs(change) < ABOUT_THE_SAME):
        return _(", about as many as %(before)s") % values
    is_share = count_before >= SMALL and count < 3 * count_before
    values["difference"] = percent(abs(change)) if is_share else num(abs(count - count_before))
    if change > 0:
        return _(", %(difference)s more than %(before)s") % values
    return _(", %(difference)s fewer than %(before)s") % values


def _satisfaction(figures: MonthFigures, span: Span, is_running: bool) -> str:
    score, then = figures.satisfaction, figures.satisfaction_before
    if score is None:
        return ""
    values = {"value": num(score.value, 1), "n": num(score.n), "before": before(span)}
    if score.is_uncertain:
        few = ngettext(
            "Only one customer said how satisfied they were; that is too little for a statement.",
            "Only %(n)s customers said how satisfied they were; that is too little for a statement.", score.n,
        )  # fmt: skip
        return few % values
    if is_running or then is None or then.is_uncertain:
        return _("Customers' satisfaction is %(value)s of 5 (%(n)s answers).") % values
    values["then"] = num(then.value, 1)
    if not is_certain(score, then):
        if values["value"] == values["then"]:
            return _("Customers' satisfaction is %(value)s of 5 (%(n)s answers), as %(before)s.") % values
        return (
            _(
                "Customers' satisfaction is %(value)s of 5 (%(n)s answers); %(before)s it was %(then)s: no certain change."
            )
            % values
        )
    if score.value > then.value:
        return (
            _("Customers were more satisfied than %(before)s: %(value)s after %(then)s, from %(n)s answers.") % values
        )
    return _("Customers were less satisfied than %(before)s: %(value)s after %(then)s, from %(n)s answers.") % values


def weakest(figures: MonthFigures, limit: int = 5) -> list[TouchpointMonth]:
    """The touchpoints furthest below their target; those with too few answers come last."""
    below = [one for one in figures.touchpoints if one.is_below_target and one.satisfaction]
    return sorted(below, key=lambda one: (_is_uncertain(one), -one.gap, -one.importance))[:limit]


def _is_uncertain(touchpoint: TouchpointMonth) -> bool:
    return touchpoint.satisfaction is None or touchpoint.satisfaction.is_uncertain


def journey_sentence(figures: MonthFigures) -> str:
    """Which touchpoint is furthest below its target."""
    sure = [one for one in figures.touchpoints if not _is_uncertain(one)]
    worst = next((one for one in weakest(figures) if not _is_uncertain(one)), None)
    if worst is None or worst.satisfaction is None:
        return _("Every touchpoint with at least five answers reached its target.") if sure else ""
    digits = decimals(worst.satisfaction, worst.target)
    values = {
        "name": named(worst), "value": num(worst.satisfaction.value, digits), "n": num(worst.satisfaction.n),
        "target": num(worst.target, digits),
    }  # fmt: skip
    if worst.is_moment_of_truth:
        return (
            _(
                "Furthest below its target is “%(name)s”, a moment of truth: %(value)s instead of %(target)s, from %(n)s answers."
            )
            % values
        )
    return _("Furthest below its target is “%(name)s”: %(value)s instead of %(target)s, from %(n)s answers.") % values


def promises_sentence(figures: MonthFigures) -> str:
    """How many promises were kept, against the month before."""
    due, kept = figures.promises_due, figures.promises_kept
    if due == 0:
        return ""
    values = {"due": num(due), "kept": num(kept), "month": month_name(earlier(figures.month, 1))}
    if kept == due:
        return (
            ngettext("We kept the one promise that was due.", "We kept all %(due)s promises that were due.", due)
            % values
        )
    if due < SMALL:
        return _("Of %(due)s promises that were due we kept %(kept)s.") % values
    values["share"] = percent(kept / due)
    if figures.promises_due_before < SMALL:
        return _("Of %(due)s promises that were due we kept %(share)s.") % values
    then = figures.promises_kept_before / figures.promises_due_before
    if round(100 * kept / due) == round(100 * then):
        return _("Of %(due)s promises that were due we kept %(share)s, as in %(month)s.") % values
    values["points"] = points(kept / due, then)
    return _("Of %(due)s promises that were due we kept %(share)s (%(points)s against %(month)s).") % values


def levels_sentence(figures: MonthFigures) -> str:
    """How many enquiries were solved at the first contact."""
    solved = sum(row.solved for row in figures.levels)
    at_once = sum(row.solved_at_first_contact for row in figures.levels)
    if solved == 0:
        return ""
    values = {"solved": num(solved), "n": num(at_once), "share": percent(at_once / solved)}
    if solved < SMALL:
        return _("%(n)s of %(solved)s solved enquiries were solved at the first contact.") % values
    return _("%(share)s of the %(solved)s solved enquiries were solved at the first contact.") % values


def topics_sentence(figures: MonthFigures) -> str:
    """How many enquiries came, and which topics rise or vanish."""
    if figures.enquiries == 0 and not figures.topics:
        return ""
    start = ngettext("One enquiry came in", "%(n)s enquiries came in", figures.enquiries)
    sentence = start % {"n": num(figures.enquiries)}
    if not _is_running(figures):
        sentence += _difference(figures.enquiries, figures.enquiries_before, before(Span.of_month(figures.month)))
    sentence += "."
    for trend, words in (
        ("rising", _("Clearly more than usual: %(topics)s.")),
        ("vanishing", _("Clearly fewer than usual: %(topics)s.")),
    ):
        names = [named(topic) for topic in figures.topics if topic.trend == trend and topic.code]
        if names:
            sentence += " " + words % {"topics": ", ".join(names[:5])}
    return sentence


def consents_sentence(figures: MonthFigures) -> str:
    """How many took their consent back."""
    withdrawn = sum(row.withdrawn for row in figures.consents)
    given = sum(row.given for row in figures.consents)
    if not withdrawn and not given:
        return ""
    return _("Consents given: %(given)s. Consents withdrawn or objections made: %(withdrawn)s.") % {
        "given": num(given), "withdrawn": num(withdrawn),
    }  # fmt: skip
