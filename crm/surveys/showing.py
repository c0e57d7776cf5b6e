"""Scores of surveys as people read them."""

from __future__ import annotations

from crm.surveys.results import Rate
from crm.surveys.scales import ALL_SCALES
from crm.surveys.words import ENDS
from crm.touchpoints.statistics import Estimate
from crm.web.formats import num, percent
from crm.web.i18n import _


def score_text(kind: str, score: Estimate | None) -> str:
    """NPS in points, satisfaction and ease with one place, yes as a share; a ring marks what rests on fewer than five answers."""
    if score is None:
        return "–"
    text = percent(score.value) if kind == "yes_no" else num(score.value, 0 if kind == "nps" else 1)
    return text + ("°" if score.is_uncertain else "")


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
