"""What the customers of a segment answered: their satisfaction, NPS and ease, as everywhere (metrics.py, figures.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from crm.database import fetch
from crm.interactions.counting import SHUT
from crm.reports.metrics import Measured
from crm.reports.rollups.queries import ANSWER_COUNTED
from crm.touchpoints.statistics import mean_estimate, nps_estimate

_ANSWERS = f"""
    WITH {SHUT}
    SELECT a.metric, a.score, count(*)::int AS n FROM survey_answer a
    WHERE a.customer = ANY($1::bigint[]) AND a.at >= $2 AND a.at < $3 AND {ANSWER_COUNTED}
    GROUP BY 1, 2
"""


async def answers_of_segment(customers: Sequence[int], *, start: datetime, end: datetime) -> Mapping[str, Measured]:
    """The figures csat, nps and effort of these customers' own answers from `start` to before `end`; one statement."""
    answers: dict[str, dict[int, int]] = {"csat": {}, "nps": {}, "effort": {}}
    for row in await fetch(_ANSWERS, list(customers), start, end):
        answers[row.metric][row.score] = row.n
    return {
        "csat": Measured.of(mean_estimate(answers["csat"])), "nps": Measured.of(nps_estimate(answers["nps"])),
        "effort": Measured.of(mean_estimate(answers["effort"], highest=7)),
    }  # fmt: skip
