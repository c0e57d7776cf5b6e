"""What one touchpoint has been in the last twelve months: contacts, customers' answers and staff's impressions, by month and by channel;
and what was criticised and praised there. Customers' answers and staff's impressions are two series and never mixed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.database import Row, fetch
from crm.touchpoints.queries import COUNTED, OPEN
from crm.touchpoints.statistics import Estimate, mean_estimate

YEAR = timedelta(days=365)
ANSWER_WITHIN = timedelta(days=30)
"""An answer without an enquiry is about the channel of the customer's last contact there, if that is not older."""

# A row is so many contacts (series contact; score is staff's impression), answers of customers (series answer; their score)
# or reviews elsewhere (series rating: the stars that customers gave there).
_YEAR = f"""
    SELECT 'contact' AS series, date_trunc('month', x.at AT TIME ZONE $4)::date AS month, x.channel, x.impression AS score, x.reason,
        count(*)::int AS n
    FROM interaction x WHERE x.touchpoint = $1 AND x.at >= $2 AND x.at < $3 {COUNTED} GROUP BY 2, 3, 4, 5
    UNION ALL
    SELECT 'answer', a.month, a.channel, a.score, NULL, count(*)::int FROM (
        SELECT date_trunc('month', x.at AT TIME ZONE $4)::date AS month, x.score, coalesce(k.channel,
            (SELECT i.channel FROM interaction i WHERE i.customer = x.customer AND i.touchpoint = x.touchpoint
                AND i.at <= x.at AND i.at > x.at - $5::interval ORDER BY i.at DESC LIMIT 1), '') AS channel
        FROM survey_answer x LEFT JOIN ticket k ON k.id = x.ticket
        WHERE x.touchpoint = $1 AND x.metric = 'csat' AND x.at >= $2 AND x.at < $3 {COUNTED}
    ) a GROUP BY 2, 3, 4
    UNION ALL
    SELECT 'rating', NULL, NULL, o.rating, NULL, count(*)::int FROM interaction x JOIN observation o ON o.interaction = x.id
    WHERE x.touchpoint = $1 AND x.at >= $2 AND x.at < $3 AND o.rating IS NOT NULL {COUNTED} GROUP BY 4
"""
_FEEDBACK = """
    SELECT f.id, f.kind, f.text, f.at, f.interaction, f.ticket, c.id AS customer, c.name AS customer_name,
        count(*) FILTER (WHERE f.kind = 'praise') OVER ()::int AS praise,
        count(*) FILTER (WHERE f.kind = 'criticism') OVER ()::int AS criticism
    FROM feedback f LEFT JOIN interaction i ON i.id = f.interaction LEFT JOIN ticket k ON k.id = f.ticket
        LEFT JOIN customer c ON c.id = coalesce(i.customer, k.customer)
    WHERE f.touchpoint = $1 AND f.kind IN ('praise', 'criticism') AND f.deleted_at IS NULL AND f.at >= $2 AND f.at < $3
        AND c.deleted_at IS NULL AND c.restricted_at IS NULL
        AND NOT EXISTS (SELECT FROM person p WHERE p.id = coalesce(i.person, k.person) AND p.restricted_at IS NOT NULL)
    ORDER BY f.at DESC, f.id DESC LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class YearMonth:
    """One month, by its first day: contacts, what customers answered (CSAT, 1-5), and staff's own impression (1-5)."""

    first: date
    contacts: int
    satisfaction: Estimate | None
    impression: Estimate | None = None


@dataclass(frozen=True, slots=True)
class ByChannel:
    """The same by channel; `channel` is empty for answers that belong to none."""

    channel: str
    contacts: int
    satisfaction: Estimate | None
    impression: Estimate | None


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the channels lie apart, of those with enough answers: the best one and the worst one."""

    best: ByChannel
    worst: ByChannel

    @property
    def width(self) -> float:
        assert self.best.satisfaction
        assert self.worst.satisfaction
        return self.best.satisfaction.value - self.worst.satisfaction.value

    @property
    def is_clear(self) -> bool:
        """Whether the intervals of the two don't touch: the difference is more than chance."""
        best, worst = self.best.satisfaction, self.worst.satisfaction
        return bool(best and worst and best.interval and worst.interval and best.interval[0] > worst.interval[1])


@dataclass(frozen=True, slots=True)
class Year:
    """The last twelve months of a touchpoint. `months` are those with contacts or answers, oldest first; `channels` the most used
    first; `reasons` how often each reason for contact was logged (by its id); `rating` the stars of reviews elsewhere, a series of
    its own."""

    months: list[YearMonth]
    channels: list[ByChannel]
    contacts: int
    satisfaction: Estimate | None
    impression: Estimate | None
    reasons: dict[int, int]
    rating: Estimate | None = None

    @property
    def spread(self) -> Spread | None:
        """None unless two channels have enough answers to be compared."""
        sure = [one for one in self.channels if one.channel and one.satisfaction and not one.satisfaction.is_uncertain]
        if len(sure) < 2:
            return None
        ranked = sorted(sure, key=lambda one: one.satisfaction.value if one.satisfaction else 0.0)
        return Spread(ranked[-1], ranked[0])


def first_of_year(now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the month, in the company's time zone, in which the last twelve months began."""
    begin = (now.astimezone(zone) - YEAR).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return begin.astimezone(UTC)


async def last_year(touchpoint_id: int, *, since: datetime, until: datetime, zone: ZoneInfo) -> Year:
    """The figures between two instants, by months of the company's time zone; one statement."""
    found = await fetch(_YEAR, touchpoint_id, since, until, zone.key, ANSWER_WITHIN)
    rows = [row for row in found if row.series != "rating"]
    months = {month: [row for row in rows if row.month == month] for month in sorted({row.month for row in rows})}
    channels: defaultdict[str, list[Row]] = defaultdict(list)
    reasons: Counter[int] = Counter()
    for row in rows:
        channels[row.channel].append(row)
        if row.reason is not None:
            reasons[row.reason] += row.n
    by_channel = [
        ByChannel(channel, _contacts(of), _mean(of, "answer"), _mean(of, "contact")) for channel, of in channels.items()
    ]
    return Year(
        months=[
            YearMonth(first, _contacts(of), _mean(of, "answer"), _mean(of, "contact")) for first, of in months.items()
        ],
        channels=sorted(by_channel, key=lambda one: (not one.channel, -one.contacts, one.channel)),
        contacts=_contacts(rows),
        satisfaction=_mean(rows, "answer"),
        impression=_mean(rows, "contact"),
        reasons=dict(reasons),
        rating=_mean(found, "rating"),
    )


def _contacts(rows: list[Row]) -> int:
    return sum(row.n for row in rows if row.series == "contact")


def _mean(rows: list[Row], series: str) -> Estimate | None:
    given: Counter[int] = Counter()
    for row in rows:
        if row.series == series and row.score is not None:
            given[row.score] += row.n
    return mean_estimate(given)


@dataclass(frozen=True, slots=True)
class Said:
    """Praise and criticism at a touchpoint: how much of each, and the newest points."""

    praise: int
    criticism: int
    newest: list[Row]


async def said_there(touchpoint_id: int, *, since: datetime, until: datetime, limit: int = 6) -> Said:
    """What customers praised and criticised there between two instants; one statement."""
    rows = await fetch(_FEEDBACK, touchpoint_id, since, until, limit)
    return Said(rows[0].praise, rows[0].criticism, rows) if rows else Said(0, 0, [])


_LATELY = f"""
    (SELECT 'contact' AS what, x.id, x.at, x.channel, x.text, x.impression, x.is_moment_of_truth, c.name AS customer_name,
        u.name AS by_name
    FROM interaction x LEFT JOIN customer c ON c.id = x.customer LEFT JOIN staff u ON u.id = x.by_user
    WHERE x.touchpoint = $1 {OPEN} ORDER BY x.at DESC, x.id DESC LIMIT $2)
    UNION ALL
    (SELECT 'answer', x.id, x.at, '', x.comment, NULL, false, NULL, NULL FROM survey_answer x
    WHERE x.touchpoint = $1 AND x.comment <> '' {OPEN} ORDER BY x.at DESC, x.id DESC LIMIT $3)
"""


@dataclass(frozen=True, slots=True)
class Lately:
    """The newest contacts with the customer's name, and the newest answers of customers that came with a comment (`text`)."""

    contacts: list[Row]
    answers: list[Row]


async def lately_there(touchpoint_id: int, *, contacts: int = 10, answers: int = 10) -> Lately:
    """What came last at a touchpoint; one statement."""
    rows = sorted(
        await fetch(_LATELY, touchpoint_id, contacts, answers), key=lambda row: (row.at, row.id), reverse=True
    )
    return Lately([row for row in rows if row.what == "contact"], [row for row in rows if row.what == "answer"])
