"""A line of the attached table of all figures."""

from __future__ import annotations

from crm.reports.score import Responses, Score
from crm.web.i18n import _

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


def responses_line(section: str, about: str, now: Responses | None, before: Responses | None = None) -> Line:
    """The response rate in percent, with the number of answers that it rests on."""
    figure = f"{_('Response rate')} (%)"
    return (section, about, figure, _percent(now), _percent(before), now.answered if now else None, None, None)


def asked_line(section: str, about: str, now: Responses | None, before: Responses | None = None) -> Line:
    return count_line(
        section, about, _("Customers who were asked"), now.asked if now else None, before.asked if before else None
    )


def _percent(one: Responses | None) -> float | None:
    return 100 * one.answered / one.asked if one and one.asked else None
