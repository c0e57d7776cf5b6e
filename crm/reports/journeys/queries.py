"""The reads of the journey map: the touchpoints in order, and what was measured there in a stretch of days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
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
    FROM phase p LEFT JOIN touchpoint t ON t.phase = p.id AND (t.state <> 'planned' OR t.id = ANY($1::bigint[]))
    WHERE t.id IS NOT NULL OR p.retired_at IS NULL
    ORDER BY p.position, p.id, t.position, t.id
"""
# Series: contacts with staff's impression, answers, and who was asked by survey and answered (1) or not (0).
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
    SELECT 'asked', i.touchpoint, (i.state = 'answered')::int, count(*)::int FROM survey_invitation i
    WHERE i.touchpoint IS NOT NULL AND i."user" IS NULL AND i.sent_at >= $1 AND i.sent_at < $2 AND {ASKED} GROUP BY 2, 3
"""
# Of some customers, from the raw rows: $1 first instants, $2 the instants up to which is counted, $3 the customers.
_OF_SOME = f"""
    WITH {SHUT}, stretch AS (
        SELECT place, since, until FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS s (since, until, place)
    )
    SELECT s.place, 'contact' AS series, i.touchpoint, i.impression AS score, count(*)::int AS n
    FROM stretch s JOIN interaction i ON i.at >= s.since AND i.at < s.until
    WHERE i.customer = ANY($3::bigint[]) AND i.touchpoint IS NOT NULL AND {COUNTED} GROUP BY 1, 3, 4
    UNION ALL
    SELECT s.place, 'answer', a.touchpoint, a.score, count(*)::int
    FROM stretch s JOIN survey_answer a ON a.at >= s.since AND a.at < s.until
    WHERE a.customer = ANY($3::bigint[]) AND a.touchpoint IS NOT NULL AND a.metric = 'csat' AND {ANSWER_COUNTED} GROUP BY 1, 3, 4
    UNION ALL
    SELECT s.place, 'asked', i.touchpoint, (i.state = 'answered')::int, count(*)::int
    FROM stretch s JOIN survey_invitation i ON i.sent_at >= s.since AND i.sent_at < s.until
    WHERE i.customer_id = ANY($3::bigint[]) AND i.touchpoint IS NOT NULL AND i."user" IS NULL AND {ASKED} GROUP BY 1, 3, 4
"""
# $1 the user, $2 their team: the saved views that they see, and the personas that are tied to a view.
_SEGMENTS = """
    SELECT 'view' AS kind, v.id, v.name, v.query, v.team, NULL::bigint AS "view", NULL::bigint AS view_by, NULL AS view_query,
        NULL::bigint AS view_team
    FROM saved_view v WHERE v.owner = $1 OR v.team = $2
    UNION ALL
    SELECT 'persona', p.id, p.name, NULL, NULL, p."view", p.view_by, v.query, s.team
    FROM persona p JOIN saved_view v ON v.id = p."view" LEFT JOIN staff s ON s.id = p.view_by
    ORDER BY 1, 3, 2 LIMIT 500
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


async def segments_of(viewer: Viewer) -> tuple[list[Row], list[Row]]:
    """Whose journey can be looked at: the views that this viewer sees, and the personas that are tied to a view; one statement."""
    rows = await fetch(_SEGMENTS, viewer.id, viewer.team_id)
    rows.sort(key=lambda row: (row.name.lower(), row.id))
    return [row for row in rows if row.kind == "view"], [row for row in rows if row.kind == "persona"]


async def segment_ids(query: str, viewer: Viewer, now: datetime) -> list[int]:
    """The customers of a saved view, as this viewer sees it; restricted and deleted ones are never among them."""
    return await customer_ids(ListView.saved(query).wanted(viewer, now))


async def journey(
    asked: Asked, *, customers: list[int] | None, now: datetime, zone: ZoneInfo, also: Sequence[int] = ()
) -> Journey:
    """The map; two statements, of all customers three with a comparison. Planned touchpoints have no place yet in what was measured,
    retired ones (and retired phases) where something happened; `also` are touchpoints (their ids) that stand there all the same."""
    rows = await fetch(_PLACES, list(also))
    this, *before = await _measured([one for one in (asked.now, asked.then) if one], customers, now, zone)
    that = before[0] if before else None
    phases: dict[str, JourneyPhase] = {}
    retired: set[str] = set()
    for row in rows:
        phase = phases.setdefault(row.phase, JourneyPhase(row.phase, row.phase_de, row.phase_en, []))
        if row.phase_retired_at is not None:
            retired.add(row.phase)
        if row.id is None:
            continue
        line = _line(row, this.get(row.id, NOTHING), None if that is None else that.get(row.id, NOTHING))
        if not line.is_retired or row.id in also or line.now != NOTHING or line.then not in (None, NOTHING):
            phase.lines.append(line)
    in_use = {
        code: sum(line.state == "active" for line in phase.lines)
        for code, phase in phases.items()
        if code not in retired
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
        row.is_moment_of_truth, row.state == "retired", float(row.target), now, then, row.id, row.state,
    )  # fmt: skip


async def _measured(
    stretches: Sequence[Stretch], customers: list[int] | None, now: datetime, zone: ZoneInfo
) -> list[dict[int, Measured]]:
    """Of each stretch, by touchpoint, what was measured there: of some customers one statement, of all one for each stretch."""
    bounds = [(start, min(end, now)) for start, end in (stretch.bounds(zone) for stretch in stretches)]
    if customers is None:
        return [_by_place(await fetch(_OF_ALL, start, until, start, start, zone.key)) for start, until in bounds]
    rows = await fetch(_OF_SOME, [start for start, _until in bounds], [until for _start, until in bounds], customers)
    return [_by_place([row for row in rows if row.place == place]) for place in range(1, len(bounds) + 1)]


def _by_place(rows: Sequence[Row]) -> dict[int, Measured]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.touchpoint].append(row)
    return {place: _summed(own) for place, own in found.items()}


def _summed(rows: list[Row]) -> Measured:
    counts: dict[str, Counter[Any]] = {"contact": Counter(), "answer": Counter(), "asked": Counter()}
    for row in rows:
        counts[row.series][row.score] += row.n
    impressions = {score: n for score, n in counts["contact"].items() if score is not None}
    rate = Rate(counts["asked"].total(), counts["asked"][1])
    return Measured(counts["contact"].total(), mean_estimate(dict(counts["answer"])), mean_estimate(impressions), rate)
