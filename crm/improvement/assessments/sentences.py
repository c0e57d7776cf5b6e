"""What the matrix says about a touchpoint: its priority in words, and a sentence or two why."""

from __future__ import annotations

from crm.improvement.assessments.priorities import CameBack, Judged, Priority, Standing
from crm.web.formats import num
from crm.web.i18n import N_, _, ngettext

PRIORITIES = {
    Priority.BASICS: N_("Basics first"), Priority.ACT: N_("Improve first"), Priority.WATCH: N_("Keep an eye on it"),
    Priority.KEEP: N_("Keep it up"), Priority.FINE: N_("Leave it as it is"), Priority.UNKNOWN: N_("Ask customers first"),
}  # fmt: skip
TONES = {Priority.BASICS: "rust", Priority.ACT: "rust", Priority.WATCH: "amber", Priority.KEEP: "good"}


def why(one: Judged) -> str:
    """The reasons for this place, in sentences made from the figures."""
    parts = [_basics(one.standing)] if one.standing.basics else []
    parts.append(_importance(one))
    parts.append(_satisfaction(one.standing))
    parts.append(_return(one.standing))
    return " ".join(part for part in parts if part)


def _basics(one: Standing) -> str:
    return ngettext(
        "One customer named something here that they take for granted.",
        "%(num)s customers named something here that they take for granted.",
        one.basics,
    ) % {"num": num(one.basics)}


def _importance(one: Judged) -> str:
    told = {"value": num(one.standing.importance, 1), "usual": num(one.usual, 1)}
    if one.is_important:
        return _("More important than most (%(value)s, on average %(usual)s).") % told
    return _("Less important than most (%(value)s, on average %(usual)s).") % told


def _satisfaction(one: Standing) -> str:
    estimate = one.satisfaction
    if estimate is None:
        return _("No customer has answered here.")
    told = {"value": num(estimate.value, 1), "target": num(one.target, 1)}
    if estimate.is_uncertain:
        return _("Too few customers have answered to judge it (%(value)s).") % told
    if not one.is_below:
        return _("Customers give %(value)s, the target of %(target)s is reached.") % told
    if one.is_clearly_below:
        return _("Customers give %(value)s and the target is %(target)s; this is more than chance.") % told
    return _("Customers give %(value)s and the target is %(target)s; it may be chance.") % told


def _return(one: Standing) -> str:
    if not one.loses:
        return ""
    told = {"good": _of(one.good), "bad": _of(one.bad)}
    return _("After a good answer %(good)s came back, after a bad one only %(bad)s.") % told


def _of(one: CameBack) -> str:
    return _("%(back)s of %(n)s customers") % {"back": num(one.back), "n": num(one.n)}


def came_back(one: CameBack) -> str:
    """For a table: "9 of 12", or that there are too few."""
    if one.is_uncertain:
        return _("too few answers")
    return _("%(back)s of %(n)s") % {"back": num(one.back), "n": num(one.n)}
