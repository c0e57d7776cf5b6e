"""Scores of surveys as people read them."""

from __future__ import annotations

from crm.surveys.results import Rate
from crm.surveys.scales import ALL_SCALES
from crm.surveys.words import ENDS
from crm.touchpoints.statistics import Estimate
from crm.web.formats import num, percent, signed
from crm.web.i18n import _


def score_text(kind: str, score: Estimate | None) -> str:
    """NPS in points with its sign, satisfaction and ease with one place, yes as a share; a ring marks what rests on fewer than five
    answers."""
    if score is None:
        return "–"
    text = signed(score.value) if kind == "nps" else percent(score.value) if kind == "yes_no" else num(score.value, 1)
    return text + ("°" if score.is_uncertain else "")


def interval_text(kind: str, score: Estimate | None) -> str:
    """ "3.9 to 4.4": where the score lies with 95 % certainty."""
    if score is None or score.interval is None:
        return "–"
    low, high = score.interval
    if kind == "yes_no":
        return f"{percent(low)}–{percent(high)}"
    lowest, highest = (signed(one) if kind == "nps" else num(one, 1) for one in (low, high))
    return _("%(lowest)s to %(highest)s") % {"lowest": lowest, "highest": highest}


def rate_text(rate: Rate) -> str:
    """ "42 % (21 of 50)", or a dash where nobody was asked."""
    if rate.share is None:
        return "–"
    return _("%(share)s (%(answered)s of %(asked)s)") % {
        "share": percent(rate.share), "answered": num(rate.answered), "asked": num(rate.asked),
    }  # fmt: skip


def scale_of(kind: str) -> list[int]:
    """The answers of a scale, from the lowest to the highest."""
    lowest, highest = ALL_SCALES[kind]
    return list(range(lowest, highest + 1))


def ends_of(kind: str) -> list[str]:
    """What the lowest and the highest answer mean, in words."""
    return [_(one) for one in ENDS[kind]]
