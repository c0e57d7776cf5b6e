"""Sentences made from the figures, which stand before them. Where a figure is missing, so is its sentence."""

from __future__ import annotations

from crm.reports.months import earlier
from crm.reports.shape import MonthFigures, TouchpointMonth
from crm.reports.words import SMALL, is_certain, month_name, points
from crm.web.formats import month as month_year
from crm.web.formats import num, percent
from crm.web.i18n import _, local_name, ngettext

ABOUT_THE_SAME = 0.02
"""A change of up to two percent is no news."""


_NAME = 60
"""Letters of a name within a sentence; a longer one is cut."""


def named(row: object) -> str:
    """The name of a touchpoint, topic or department as it fits into a sentence."""
    name = local_name(row)
    return name if len(name) <= _NAME else name[: _NAME - 1].rstrip() + "…"


def summary(figures: MonthFigures) -> list[str]:
    """The month in at most four sentences: how much, how good, what was weakest, what was kept."""
    found = [_contacts(figures), _satisfaction(figures), journey_sentence(figures), promises_sentence(figures)]
    return [sentence for sentence in found if sentence]


def _contacts(figures: MonthFigures) -> str:
    values = {
        "month": month_year(figures.month),
        "n": num(figures.contacts),
        "before": month_name(earlier(figures.month, 1)),
    }
    if figures.contacts == 0:
        return _("No contact with a customer was recorded in %(month)s.") % values
    start = ngettext(
        "In %(month)s we had one contact with customers",
        "In %(month)s we had %(n)s contacts with customers",
        figures.contacts,
    )
    return (start + _difference(figures.contacts, figures.contacts_before, values) + ".") % values


def _difference(count: int, before: int, values: dict[str, str]) -> str:
    """The end of a sentence that compares with the month before, whose name is `before` among the values."""
    if before == 0:
        return ""
    change = (count - before) / before
    if count == before or (before >= SMALL and abs(change) < ABOUT_THE_SAME):
        return _(", about as many as in %(before)s")
    values["difference"] = percent(abs(change)) if before >= SMALL and count < 3 * before else num(abs(count - before))
    return (
        _(", %(difference)s more than in %(before)s") if change > 0 else _(", %(difference)s fewer than in %(before)s")
    )


def _satisfaction(figures: MonthFigures) -> str:
    score, before = figures.satisfaction, figures.satisfaction_before
    if score is None:
        return ""
    if score.is_uncertain:
        few = ngettext(
            "Only one customer said how satisfied they were; that is too little for a statement.",
            "Only %(n)s customers said how satisfied they were; that is too little for a statement.", score.n,
        )  # fmt: skip
        return few % {"n": score.n}
    values = {
        "value": num(score.value, 1), "n": num(score.n), "month": month_name(earlier(figures.month, 1)),
        "before": num(before.value, 1) if before else "",
    }  # fmt: skip
    if before is None or before.is_uncertain:
        return _("Customers' satisfaction is %(value)s of 5 (%(n)s answers).") % values
    if not is_certain(score, before) and values["value"] == values["before"]:
        return _("Customers' satisfaction is %(value)s of 5 (%(n)s answers), as in %(month)s.") % values
    if not is_certain(score, before):
        return (
            _(
                "Customers' satisfaction is %(value)s of 5 (%(n)s answers); against %(month)s (%(before)s) no certain change."
            )
            % values
        )
    if score.value > before.value:
        return (
            _("Customers were more satisfied than in %(month)s: %(value)s after %(before)s, from %(n)s answers.")
            % values
        )
    return (
        _("Customers were less satisfied than in %(month)s: %(value)s after %(before)s, from %(n)s answers.") % values
    )


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
    values = {
        "name": named(worst), "value": num(worst.satisfaction.value, 1), "n": num(worst.satisfaction.n),
        "target": num(worst.target, 1),
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
    before = figures.promises_kept_before / figures.promises_due_before
    if round(100 * kept / due) == round(100 * before):
        return _("Of %(due)s promises that were due we kept %(share)s, as in %(month)s.") % values
    values["points"] = points(kept / due, before)
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
    values = {
        "month": month_year(figures.month),
        "n": num(figures.enquiries),
        "before": month_name(earlier(figures.month, 1)),
    }
    start = ngettext("One enquiry came in", "%(n)s enquiries came in", figures.enquiries)
    sentence = (start + _difference(figures.enquiries, figures.enquiries_before, values) + ".") % values
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
