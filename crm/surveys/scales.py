"""The scales of the questions and what a low answer on them is: pure rules."""

from __future__ import annotations

from crm.reminders.alarming import WORST_ANSWERS
from crm.surveys.tables import Metric, QuestionKind

SCALES = {Metric.NPS: (0, 10), Metric.CSAT: (1, 5), Metric.EFFORT: (1, 7)}
"""The lowest and the highest answer of each metric."""
MOST_QUESTIONS = 10

ALL_SCALES = {**{kind.value: scale for kind, scale in SCALES.items()}, QuestionKind.YES_NO.value: (0, 1)}
"""The same for every kind of question that is answered by a number."""


def usual_low(kind: str) -> int:
    """Up to which answer somebody calls back, unless the survey says otherwise: NPS 6 (a detractor), CSAT 2, ease 2."""
    return WORST_ANSWERS[kind]


def is_low(score: int, low: int) -> bool:
    """Whether an answer to the first question asks for a call back."""
    return score <= low
