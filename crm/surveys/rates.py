"""Response rates: of those who were asked, how many answered. At touchpoints, over all, within one survey. For whoever shows a score."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from crm.database import fetch, fetch_one
from crm.surveys.results import NOBODY, Rate

# Who was asked: neither those who were left out nor those whose mail did not leave, nobody who is restricted (GDPR Art. 18), and no deleted
# customer; one that was merged into another was asked all the same, and so was one that is erased by now.
ASKED = """i.state IN ('sent', 'answered', 'expired') AND NOT EXISTS (
    SELECT FROM outbox_message x WHERE x.id = i.outbox_id AND x.status IN ('refused', 'failed'))
    AND NOT EXISTS (SELECT FROM person y WHERE y.id = i.person_id AND y.restricted_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM customer y WHERE y.id = i.customer_id AND y.restricted_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM customer y WHERE y.id = i.customer_id AND y.deleted_at IS NOT NULL AND y.merged_into IS NULL
        AND y.deleted_at IS DISTINCT FROM y.erased_at)"""

_COUNTS = "count(*) AS asked, count(*) FILTER (WHERE i.state = 'answered') AS answered"
_WITHIN = f'i."user" IS NULL AND i.sent_at >= $1 AND i.sent_at < $2 AND {ASKED}'


async def rate_at(touchpoint_id: int, since: datetime, until: datetime) -> Rate:
    """The response rate of customers at a touchpoint, of those who were asked in a period."""
    row = await fetch_one(
        f"SELECT {_COUNTS} FROM survey_invitation i WHERE i.touchpoint = $3 AND {_WITHIN}", since, until, touchpoint_id
    )
    assert row is not None
    return Rate(row.asked, row.answered)


async def rates_by_touchpoint(
    since: datetime, until: datetime, customers: Sequence[int] | None = None
) -> dict[str, Rate]:
    """The same of every touchpoint at which somebody was asked, by its code; of these `customers` alone. One statement."""
    rows = await fetch(
        f"SELECT t.code, {_COUNTS} FROM survey_invitation i JOIN touchpoint t ON t.id = i.touchpoint "
        f"WHERE {_WITHIN} AND ($3::bigint[] IS NULL OR i.customer_id = ANY($3)) GROUP BY t.code",
        since, until, None if customers is None else list(customers),
    )  # fmt: skip
    return {row.code: Rate(row.asked, row.answered) for row in rows}


async def rate_of(since: datetime, until: datetime, customers: Sequence[int] | None = None) -> Rate:
    """The same of all surveys together, with or without a touchpoint."""
    row = await fetch_one(
        f"SELECT {_COUNTS} FROM survey_invitation i WHERE {_WITHIN} AND ($3::bigint[] IS NULL OR i.customer_id = ANY($3))",
        since, until, None if customers is None else list(customers),
    )  # fmt: skip
    assert row is not None
    return Rate(row.asked, row.answered)


async def rates_within(survey_id: int, zone: ZoneInfo) -> tuple[dict[int | None, Rate], dict[date, Rate]]:
    """The response rates of one survey: by the touchpoint (its id) that was asked about, and by the month in which people were asked.
    One statement."""
    rows = await fetch(
        f"SELECT i.touchpoint, date_trunc('month', i.sent_at AT TIME ZONE $2)::date AS month, {_COUNTS} FROM survey_invitation i "
        f"WHERE i.survey = $1 AND i.sent_at IS NOT NULL AND {ASKED} GROUP BY 1, 2",
        survey_id, zone.key,
    )  # fmt: skip
    touchpoints: dict[int | None, Rate] = {}
    months: dict[date, Rate] = {}
    for row in rows:
        there, then = touchpoints.get(row.touchpoint, NOBODY), months.get(row.month, NOBODY)
        touchpoints[row.touchpoint] = Rate(there.asked + row.asked, there.answered + row.answered)
        months[row.month] = Rate(then.asked + row.asked, then.answered + row.answered)
    return touchpoints, months
