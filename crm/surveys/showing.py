"""Scores of surveys as people read them."""

from __future__ import annotations

from crm.touchpoints.statistics import Estimate
from crm.web.formats import num, percent


def score_text(kind: str, score: Estimate | None) -> str:
    """NPS in points, satisfaction and ease with one place, yes as a share; a ring marks what rests on fewer than five answers."""
    if score is None:
        return "–"
    text = percent(score.value) if kind == "yes_no" else num(score.value, 0 if kind == "nps" else 1)
    return text + ("°" if score.is_uncertain else "")
