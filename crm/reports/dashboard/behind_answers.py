"""The answers behind satisfaction, NPS and ease. Of an anonymous survey nothing stands in the list: what it gave is told together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from crm.database import Arguments, fetch
from crm.reports.dashboard.asking import Asked
from crm.reports.dashboard.behind import Behind, Together, page_of
from crm.reports.figures import arguments_of, with_shared
from crm.reports.gathering import LOW_ANSWER
from crm.reports.rollups.queries import ANSWER_COUNTED
from crm.reports.score import Score
from crm.surveys.results import HIDDEN_BELOW, score_of
from crm.web.i18n import language, zone

_IS_NAMELESS = "a.survey IN (SELECT id FROM survey WHERE is_anonymous)"


async def answers_behind(asked: Asked, filters: dict[str, str], cursor: str, now: datetime) -> Behind:
    """Customers' answers by metric, touchpoint (code), phase (code of the touchpoint's), and whether they are low (`low`: 1 or 2 of 5)."""
    arguments = arguments_of(asked.span, now, zone.get())
    where = _where(filters, arguments)
    select = f"""
        SELECT a.id, a.at, a.metric, a.score, CASE WHEN a.customer IS NOT NULL THEN left(a.comment, 300) ELSE '' END AS text,
            CASE WHEN c.deleted_at IS NULL THEN a.customer END AS customer, c.name AS customer_name,
            t.code AS touchpoint, t.name_{language.get()} AS touchpoint_name
        FROM survey_answer a LEFT JOIN customer c ON c.id = a.customer LEFT JOIN touchpoint t ON t.id = a.touchpoint"""
    listed = [*where, f"(a.survey IS NULL OR NOT {_IS_NAMELESS})"]
    found = await page_of(select, listed, "a.at", "a.id", arguments, asked, cursor)
    return found if cursor else replace(found, together=await _together(asked, filters, now))


def _where(filters: dict[str, str], arguments: Arguments) -> list[str]:
    """The conditions on answer a at touchpoint t, as the figures count."""
    where = ["a.at >= $1", "a.at < $7", ANSWER_COUNTED + "/* a.customer */"]
    for name, test in (
        ("metric", "a.metric = {}"),
        ("touchpoint", "t.code = {}"),
        ("phase", "t.phase = (SELECT id FROM phase WHERE code = {})"),
    ):
        if filters.get(name):
            where.append(test.format(arguments(filters[name])))
    if filters.get("low"):
        where.append(f"a.metric = 'csat' AND a.score <= {LOW_ANSWER}")
    return where


async def _together(asked: Asked, filters: dict[str, str], now: datetime) -> tuple[Together, ...]:
    """The anonymous answers among them by metric: how many and their score, from five on."""
    arguments = arguments_of(asked.span, now, zone.get())
    where = [*_where(filters, arguments), _IS_NAMELESS]
    sql = f"""
        SELECT a.metric, a.score, count(*)::int AS n FROM survey_answer a LEFT JOIN touchpoint t ON t.id = a.touchpoint
        WHERE {" AND ".join(where)} GROUP BY 1, 2 ORDER BY 1, 2"""
    given: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row in await fetch(with_shared(sql, asked.wanted, arguments), *arguments):
        given[row.metric][row.score] = row.n
    return tuple(_told(metric, answers) for metric, answers in given.items())


def _told(metric: str, answers: dict[int, int]) -> Together:
    n = sum(answers.values())
    return (
        Together(metric, None, None) if n < HIDDEN_BELOW else Together(metric, n, Score.of(score_of(metric, answers)))
    )
