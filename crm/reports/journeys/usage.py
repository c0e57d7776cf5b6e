"""How customers really went their way in a stretch of days: over which channels, how many were where, and in which order they first
got there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from crm.database import fetch
from crm.interactions.counting import COUNTED, SHUT
from crm.reports.journeys.periods import Stretch
from crm.reports.rollups.queries import ANSWER_COUNTED

# $1 first instant, $2 the instant up to which is counted, $3 the customers or null, $4 the planned touchpoints in their order.
_USED = f"""
    WITH {SHUT},
    touched AS MATERIALIZED (
        SELECT i.customer, i.touchpoint, i.channel, i.at FROM interaction i
        WHERE i.at >= $1 AND i.at < $2 AND i.touchpoint IS NOT NULL AND {{among}} AND {COUNTED}
    ), firsts AS MATERIALIZED (
        SELECT customer, touchpoint, min(at) AS at FROM touched WHERE customer IS NOT NULL GROUP BY 1, 2
    ), placed AS MATERIALIZED (
        SELECT customer, touchpoint, at, array_position($4::bigint[], touchpoint) AS place FROM firsts WHERE touchpoint = ANY($4::bigint[])
    ), stepped AS (
        SELECT customer, place > lag(place) OVER (PARTITION BY customer ORDER BY at, place) AS is_onward FROM placed
    ), walked AS (
        SELECT bool_and(coalesce(is_onward, true)) AS is_kept FROM stepped GROUP BY customer HAVING count(*) >= 2
    ), ways AS MATERIALIZED (
        SELECT way, count(*) AS n FROM (
            SELECT array_agg(touchpoint ORDER BY at, place) AS way FROM placed GROUP BY customer HAVING count(*) >= 2
        ) one GROUP BY way
    )
    SELECT 'channel' AS series, touchpoint, channel, NULL::bigint AS next, count(*)::int AS n FROM touched GROUP BY 2, 3
    UNION ALL SELECT 'there', touchpoint, '', NULL, count(*)::int FROM firsts GROUP BY 2
    UNION ALL SELECT 'anywhere', NULL, '', NULL, count(DISTINCT customer)::int FROM firsts
    UNION ALL SELECT 'walked', NULL, is_kept::text, NULL, count(*)::int FROM walked GROUP BY is_kept
    UNION ALL SELECT 'ahead', w.way[one], '', w.way[other], sum(w.n)::int
        FROM ways w, generate_series(1, cardinality(w.way)) one, generate_series(one + 1, cardinality(w.way)) other GROUP BY 2, 4
    UNION ALL SELECT 'answer', a.touchpoint, a.score::text, NULL, count(*)::int FROM survey_answer a
        WHERE a.at >= $1 AND a.at < $2 AND a.touchpoint IS NOT NULL AND a.metric = 'csat' AND {{answered}} AND {ANSWER_COUNTED}
        GROUP BY 2, 3
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """`channels` are the contacts of each touchpoint by channel, `there` how many customers had one there, `customers` how many had one
    anywhere. `walked` customers got to at least two planned touchpoints, `kept` of them in the order of the plan; `ahead` says of two
    planned touchpoints (the first, the second) how many customers first got to them in this order. Who got to two at the same moment
    counts in the order of the plan. `answers` are customers' own (CSAT, score and how often)."""

    channels: dict[int, Counter[str]] = field(default_factory=dict)
    there: dict[int, int] = field(default_factory=dict)
    customers: int = 0
    walked: int = 0
    kept: int = 0
    ahead: Mapping[tuple[int, int], int] = field(default_factory=dict)
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
    ahead: dict[tuple[int, int], int] = {}
    anywhere, walked = 0, {"true": 0, "false": 0}
    for row in rows:
        if row.series == "channel":
            channels[row.touchpoint][row.channel] += row.n
        elif row.series == "there":
            there[row.touchpoint] = row.n
        elif row.series == "answer":
            answers[row.touchpoint][int(row.channel)] += row.n
        elif row.series == "anywhere":
            anywhere = row.n
        elif row.series == "walked":
            walked[row.channel] = row.n
        else:
            ahead[row.touchpoint, row.next] = row.n
    return Usage(dict(channels), there, anywhere, sum(walked.values()), walked["true"], ahead, dict(answers))
