"""The response rate: who was asked by a survey in a month, and how many of them have answered.

SQL like that of figures.py, whose statement runs this part too; the parameters are the same. Who was asked is said once, for all
pages, in crm.surveys.rates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crm.reports.score import Responses
from crm.surveys.rates import ASKED

Row = Mapping[str, Any]

PARTS = {
    "invited": f"""
        SELECT i.touchpoint, i.sent_at >= $1 AS is_this, count(*) AS asked,
            count(*) FILTER (WHERE i.state = 'answered') AS answered
        FROM survey_invitation i
        WHERE i."user" IS NULL AND i.sent_at >= $3 AND i.sent_at < $7 AND {ASKED}/* i.customer_id */ GROUP BY 1, 2
    """,
}


def responses_of(rows: Sequence[Row], counts: Callable[[Row], bool]) -> Responses:
    """What the rows (asked, answered) that count add up to."""
    mine = [row for row in rows if counts(row)]
    return Responses(sum(row["asked"] for row in mine), sum(row["answered"] for row in mine))
