"""The reads of the journey map: the touchpoints in order, and what was measured there in a stretch of days."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm.customers.lists.finding import customer_ids
from crm.customers.lists.listing import ListView, Viewer
from crm.database import Row, fetch
from crm.interactions.counting import COUNTED, SHUT
from crm.reports.journeys.comparing import NOTHING, JourneyLine, JourneyPhase, Measured, is_thin
from crm.reports.journeys.periods import Asked, Stretch
from crm.reports.rollups.queries import ANSWER_COUNTED, answers, contacts, read_days
from crm.surveys.rates import ASKED
from crm.surveys.results import Rate
from crm.touchpoints.statistics import mean_estimate

_PLACES = """
    SELECT p.code AS phase, p.name_de AS phase_de, p.name_en AS phase_en, p.retired_at AS phase_retired_at,
        t.id, t.code, t.name_de, t.name_en, t.department, t.channels,
        t.is_moment_of_truth, t.target, t.state
    FROM phase p LEFT JOIN touchpoint t ON t.phase = p.id AND t.state <> 'planned'
    WHERE t.id IS NOT NULL OR p.retired_at IS NULL
    ORDER BY p.position, p.id, t.position, t.id
"""
# Customers who were asked by survey, and whether they answered (1) or not (0).
_ASKED = f"""SELECT 'asked', i.touchpoint, (i.state = 'answered')::int, count(*)::int FROM survey_invitation i
    WHERE i.touchpoint IS NOT NULL AND i."user" IS NULL AND i.sent_at >= $1 AND i.sent_at < $2 AND {ASKED}"""
# Of all customers: $1 first instant, $2 the instant up to which is counted; $3 and $4 are $1 again, $5 the zone.
_ZONE, _UNTIL = "$5::text", "$2::timestamptz"
_OF_ALL = f"""
    WITH {SHUT}, {read_days(zone=_ZONE, until=_UNTIL)}, {contacts(zone=_ZONE, until=_UNTIL)}, {answers(zone=_ZONE, until=_UNTIL)}
    SELECT 'contact' AS series, touchpoint, impression AS score, sum(n)::int AS n FROM touched
    WHERE is_this AND touchpoint IS NOT NULL GROUP BY 2, 3
    UNION ALL
    SELECT 'answer', touchpoint, score, sum(n)::int FROM answer
    WHERE is_this AND touchpoint IS NOT NULL AND metric = 'csat' GROUP BY 2, 3
    UNION ALL
    {_ASKED} GROUP BY 2, 3
"""
# Of some customers, from the raw rows: $1 first instant, $2 the instant up to which is counted, $3 the customers.
_OF_SOME = f"""
    WITH {SHUT}
    SELECT 'contact' AS series, i.touchpoint, i.impression AS score, count(*)::int AS n FROM interaction i
    WHERE i.customer = ANY($3::bigint[]) AND i.at >= $1 AND i.at < $2 AND i.touchpoint IS NOT NULL AND {COUNTED} GROUP BY 2, 3
    UNION ALL
    SELECT 'answer', a.touchpoint, a.score, count(*)::int FROM survey_answer a
    WHERE a.customer = ANY($3::bigint[]) AND a.at >= $1 AND a.at < $2 AND a.touchpoint IS NOT NULL AND a.metric = 'csat'
        AND {ANSWER_COUNTED} GROUP BY 2, 3
    UNION ALL
    {_ASKED} AND i.customer_id = ANY($3::bigint[]) GROUP BY 2, 3
"""


@dataclass(frozen=True, slots=True)
class Journey:
    """The journey of all customers, or of the `customers` of a saved view (None: of all)."""

    phases: list[JourneyPhase]
    customers: int | None

    @property
    def lines(self) -> list[JourneyLine]:
        return [line for phase in self.phases for line in phase.lines]

    @property
    def is_empty(self) -> bool:
        """Nobody was there, and nobody answered, neither now nor then."""
        return not any(
            each.contacts or each.satisfaction for line in self.lines for each in (line.now, line.then or NOTHING)
        )


async def segment_ids(query: str, viewer: Viewer, now: datetime) -> list[int]:
    """The customers of a saved view, as this viewer sees it; restricted and deleted ones are never among them."""
    return await customer_ids(ListView.saved(query).wanted(viewer, now))


async def journey(asked: Asked, *, customers: list[int] | None, now: datetime, zone: ZoneInfo) -> Journey:
    """The map; two statements, or three with a comparison. Planned touchpoints have no place yet in what was measured, retired ones
    (and retired phases) where something happened."""
    rows = await fetch(_PLACES)
    this = await _measured(asked.now, customers, now, zone)
    that = await _measured(asked.then, customers, now, zone) if asked.then else None
    phases: dict[str, JourneyPhase] = {}
    retired: set[str] = set()
    for row in rows:
        phase = phases.setdefault(row.phase, JourneyPhase(row.phase, row.phase_de, row.phase_en, []))
        if row.phase_retired_at is not None:
            retired.add(row.phase)
        if row.id is None:
            continue
        line = _line(row, this.get(row.id, NOTHING), None if that is None else that.get(row.id, NOTHING))
        if not line.is_retired or line.now != NOTHING or line.then not in (None, NOTHING):
            phase.lines.append(line)
    in_use = {
        code: sum(not line.is_retired for line in phase.lines) for code, phase in phases.items() if code not in retired
    }
    told = [
        replace(phase, is_thin=code in in_use and is_thin(in_use[code], [*in_use.values()]))
        for code, phase in phases.items()
        if phase.lines or code not in retired
    ]
    return Journey(told, None if customers is None else len(customers))


def _line(row: Row, now: Measured, then: Measured | None) -> JourneyLine:
    return JourneyLine(
        row.code, row.name_de, row.name_en, row.phase, row.department, tuple(filter(None, row.channels.split(","))),
        row.is_moment_of_truth, row.state == "retired", float(row.target), now, then,
    )  # fmt: skip


async def _measured(
    stretch: Stretch, customers: list[int] | None, now: datetime, zone: ZoneInfo
) -> dict[int, Measured]:
    """By touchpoint what was measured there; one statement."""
    start, end = stretch.bounds(zone)
    until = min(end, now)
    if customers is None:
        rows = await fetch(_OF_ALL, start, until, start, start, zone.key)
    else:
        rows = await fetch(_OF_SOME, start, until, customers)
    by_place: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_place[row.touchpoint].append(row)
    return {place: _summed(found) for place, found in by_place.items()}


def _summed(rows: list[Row]) -> Measured:
    counts: dict[str, Counter[Any]] = {"contact": Counter(), "answer": Counter(), "asked": Counter()}
    for row in rows:
        counts[row.series][row.score] += row.n
    impressions = {score: n for score, n in counts["contact"].items() if score is not None}
    rate = Rate(counts["asked"].total(), counts["asked"][1])
    return Measured(counts["contact"].total(), mean_estimate(dict(counts["answer"])), mean_estimate(impressions), rate)
