"""A line of the attached table of all figures."""

from __future__ import annotations

from crm.reports.score import Score

Value = float | int | None
Line = tuple[str, str, str, Value, Value, Value, Value, Value]
"""Section, what it is about, figure, value, month before, number of answers, lower and upper end of the 95 % interval."""


def count_line(section: str, about: str, figure: str, value: Value, before: Value = None) -> Line:
    return (section, about, figure, value, before, None, None, None)


def score_line(section: str, about: str, figure: str, score: Score | None, before: Score | None = None) -> Line:
    last = before.value if before else None
    if score is None:
        return (section, about, figure, None, last, 0, None, None)
    return (section, about, figure, score.value, last, score.n, score.low, score.high)
