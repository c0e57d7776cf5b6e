"""How customers really went their way in a stretch of days: over which channels, how many were where, and in which order they first
got there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from crm.database import fetch
from crm.interactions.counting import COUNTED, SHUT
from crm.reports.journeys.periods import Stretch
from crm.reports.rollups.queries import ANSWER_COUNTED

Way = tuple[int, ...]
"""Touchpoints (their ids) in the order in which a customer first had contact there."""

# $1 first instant, $2 the instant up to which is counted, $3 the customers or null, $4 the planned touchpoints in their order.
_USED = f"""
    WITH {SHUT},
    touched AS MATERIALIZED (
        SELECT i.customer, i.touchpoint, i.channel, i.at FROM interaction i
        WHERE i.at >= $1 AND i.at < $2 AND i.touchpoint IS NOT NULL AND {{among}} AND {COUNTED}
    ), firsts AS MATERIALIZED (
        SELECT customer, touchpoint, min(at) AS at FROM touched WHERE customer IS NOT NULL GROUP BY 1, 2
    ), ways AS (
        SELECT array_agg(touchpoint ORDER BY at, array_position($4::bigint[], touchpoint)) AS way FROM firsts
        WHERE touchpoint = ANY($4::bigint[]) GROUP BY customer HAVING count(*) >= 2
    )
    SELECT 'channel' AS series, touchpoint, channel, NULL::bigint[] AS way, count(*)::int AS n FROM touched GROUP BY 2, 3
    UNION ALL SELECT 'there', touchpoint, '', NULL, count(*)::int FROM firsts GROUP BY 2
    UNION ALL SELECT 'anywhere', NULL, '', NULL, count(DISTINCT customer)::int FROM firsts
    UNION ALL SELECT 'way', NULL, '', way, count(*)::int FROM ways GROUP BY way
    UNION ALL SELECT 'answer', a.touchpoint, a.score::text, NULL, count(*)::int FROM survey_answer a
        WHERE a.at >= $1 AND a.at < $2 AND a.touchpoint IS NOT NULL AND a.metric = 'csat' AND {{answered}} AND {ANSWER_COUNTED}
        GROUP BY 2, 3
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """`channels` are the contacts of each touchpoint by channel, `there` how many customers had one there, `customers` how many had one
    anywhere. `ways` are the orders in which customers first got to planned touchpoints (at least two of them), with how many went so;
    who got to two at the same moment counts in the order of the plan. `answers` are customers' own (CSAT, score and how often)."""

    channels: dict[int, Counter[str]] = field(default_factory=dict)
    there: dict[int, int] = field(default_factory=dict)
    customers: int = 0
    ways: list[tuple[Way, int]] = field(default_factory=list)
    answers: dict[int, Counter[int]] = field(default_factory=dict)

    def contacts(self, touchpoint_id: int) -> int:
        found = self.channels.get(touchpoint_id)
        return found.total() if found else 0


async def usage(
    stretch: Stretch, customers: list[int] | None, planned: Sequence[int], *, now: datetime, zone: ZoneInfo
) -> Usage:
    """What happened at all touchpoints, of all customers or of these; one statement. Contacts without a touchpoint are left out, and so
    are restricted and deleted people (crm.interactions.counting)."""
    start, end = stretch.bounds(zone)
    among = "$3::bigint[] IS NULL" if customers is None else "i.customer = ANY($3::bigint[])"
    statement = _USED.format(among=among, answered=among.replace("i.", "a."))
    rows = await fetch(statement, start, min(end, now), customers, list(planned))
    channels: defaultdict[int, Counter[str]] = defaultdict(Counter)
    answers: defaultdict[int, Counter[int]] = defaultdict(Counter)
    there: dict[int, int] = {}
    anywhere, ways = 0, []
    for row in rows:
        if row.series == "channel":
            channels[row.touchpoint][row.channel] += row.n
        elif row.series == "there":
            there[row.touchpoint] = row.n
        elif row.series == "answer":
            answers[row.touchpoint][int(row.channel)] += row.n
        elif row.series == "anywhere":
            anywhere = row.n
        else:
            ways.append((tuple(row.way), row.n))
    return Usage(dict(channels), there, anywhere, sorted(ways), dict(answers))
