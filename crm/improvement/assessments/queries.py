"""The reads of assessments: the rounds, what somebody rated in one of them, and its results. Who rated how is read for nobody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound, RuleBroken
from crm.improvement.assessments.periods import BACK_WITHIN, Window, is_over, window_of
from crm.improvement.assessments.priorities import CameBack, Judged, Rated, Standing, priorities
from crm.improvement.assessments.words import ASPECTS
from crm.improvement.queries import basic_expectations
from crm.surveys.rates import rates_by_touchpoint
from crm.surveys.results import Rate
from crm.touchpoints.queries import COUNTED
from crm.touchpoints.statistics import UNCERTAIN_BELOW, mean_estimate
from crm.web.i18n import _, language, zone

SHOWN = 100

_DONE = " AND ".join(f"a.{code} IS NOT NULL" for code in ASPECTS)
_ROUND = f"""
    SELECT r.*, u.name AS opened_by_name, e.name AS closed_by_name,
        (SELECT count(*) FROM assessed_touchpoint s WHERE s.round = r.id)::int AS touchpoints,
        (SELECT count(DISTINCT a.rater) FROM assessed_touchpoint s JOIN assessment a ON a.assessed = s.id WHERE s.round = r.id)::int
            AS raters,
        (SELECT count(*) FROM assessed_touchpoint s JOIN assessment a ON a.assessed = s.id
            WHERE s.round = r.id AND a.rater = $1 AND {_DONE})::int AS done
    FROM assessment_round r LEFT JOIN staff u ON u.id = r.opened_by LEFT JOIN staff e ON e.id = r.closed_by
"""
_OWN = f"""
    SELECT s.id, t.code, t.name_de, t.name_en, p.code AS phase_code, p.name_de AS phase_de, p.name_en AS phase_en,
        {", ".join(f"a.{code}" for code in ASPECTS)}
    FROM assessed_touchpoint s JOIN touchpoint t ON t.id = s.touchpoint JOIN phase p ON p.id = t.phase
        LEFT JOIN assessment a ON a.assessed = s.id AND a.rater = $2
    WHERE s.round = $1 ORDER BY p.position, p.id, t.position, t.id
"""
# $1 the round, $2 and $3 the twelve months of customers' answers
_STANDINGS = f"""
    WITH rated AS (
        SELECT a.assessed, count(*) FILTER (WHERE {" + ".join(f"coalesce(a.{code}, 0)" for code in ASPECTS)} > 0)::int AS raters,
            {", ".join(f"sum(a.{code})::int AS {code}_sum, count(nullif(a.{code}, 0))::int AS {code}_n" for code in ASPECTS)}
        FROM assessment a JOIN assessed_touchpoint s ON s.id = a.assessed WHERE s.round = $1 GROUP BY 1
    ), given AS (
        SELECT touchpoint, array_agg(score) AS scores, array_agg(n) AS counts FROM (
            SELECT x.touchpoint, x.score, count(*)::int AS n FROM survey_answer x
            WHERE x.metric = 'csat' AND x.at >= $2 AND x.at < $3 {COUNTED}
                AND x.touchpoint IN (SELECT s.touchpoint FROM assessed_touchpoint s WHERE s.round = $1) GROUP BY 1, 2
        ) a GROUP BY 1
    )
    SELECT t.id, t.code, t.name_de, t.name_en, t.target, t.importance AS listed, p.name_de AS phase_de, p.name_en AS phase_en,
        r.*, g.scores, g.counts
    FROM assessed_touchpoint s JOIN touchpoint t ON t.id = s.touchpoint JOIN phase p ON p.id = t.phase
        LEFT JOIN rated r ON r.assessed = s.id LEFT JOIN given g ON g.touchpoint = t.id
    WHERE s.round = $1 ORDER BY p.position, p.id, t.position, t.id
"""
# $1 the round, $2 and $3 when was answered, $4 within which time somebody came back, $5 the company's zone. The contacts of the enquiry
# that was asked about belong to the same concern; what the company did by itself is no coming back.
_CAME_BACK = f"""
    WITH given AS (
        SELECT x.touchpoint, x.customer, x.score >= 4 AS is_good, x.at, x.ticket FROM survey_answer x
        WHERE x.metric = 'csat' AND x.score <> 3 AND x.customer IS NOT NULL AND x.at >= $2 AND x.at < $3 {COUNTED}
            AND x.touchpoint IN (SELECT s.touchpoint FROM assessed_touchpoint s WHERE s.round = $1)
    ), followed AS (
        SELECT g.touchpoint, g.is_good, g.customer, EXISTS (
            SELECT FROM interaction i WHERE i.customer = g.customer AND i.at > g.at AND i.at <= g.at + $4::interval
                AND i.direction = 'inbound' AND i.counts AND (i.ticket IS NULL OR i.ticket IS DISTINCT FROM g.ticket)
        ) OR EXISTS (
            SELECT FROM customer_order o WHERE o.customer = g.customer AND o.status <> 'cancelled'
                AND o.ordered_on > (g.at AT TIME ZONE $5)::date AND o.ordered_on <= ((g.at + $4::interval) AT TIME ZONE $5)::date
        ) AS is_back FROM given g
    )
    SELECT touchpoint, is_good, count(DISTINCT customer)::int AS n, count(DISTINCT customer) FILTER (WHERE is_back)::int AS back
    FROM followed GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Results:
    """What a round found, what comes first at the beginning, and the stretch of customers' answers that it is compared with. `rates`:
    of those who were asked in it, how many answered, by the code of the touchpoint."""

    judged: list[Judged]
    window: Window
    rates: Mapping[str, Rate]


async def rounds(user_id: int) -> list[Row]:
    """The rounds, the newest first, with how many touchpoints somebody has rated to the end; one statement."""
    return await fetch(f"{_ROUND} ORDER BY r.opened_at DESC, r.id DESC LIMIT {SHOWN}", user_id)


async def round_for(user_id: int, round_id: int) -> Row:
    """Raises NotFound."""
    row = await fetch_one(f"{_ROUND} WHERE r.id = $2", user_id, round_id) if 0 < round_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def own_ratings(round_id: int, user_id: int) -> list[tuple[str, list[Row]]]:
    """The touchpoints of a round by phase, in the order of the journey, each with what this user chose; one statement."""
    rows = await fetch(_OWN, round_id, user_id)
    named = groupby(rows, key=lambda row: (row.phase_code, row.phase_de, row.phase_en))
    return [(german if language.get() == "de" else english, list(of)) for (_code, german, english), of in named]


async def results_of(row: Row, now: datetime) -> Results:
    """Of a round that is over; four statements. Raises RuleBroken before: whoever looked after each rating could tell whose it was."""
    if not is_over(row, now):
        raise RuleBroken(_("There are results once the round is over."))
    window = window_of(row)
    found = await fetch(_STANDINGS, row.id, window.since, window.until)
    back = await _came_back(row.id, window)
    basics = await basic_expectations(window.since, window.until)
    rates = await rates_by_touchpoint(window.since, window.until)
    return Results(priorities([_standing(one, back, basics.get(one.id, 0)) for one in found]), window, rates)


async def _came_back(round_id: int, window: Window) -> dict[tuple[int, bool], CameBack]:
    rows = await fetch(_CAME_BACK, round_id, window.settled_since, window.settled, BACK_WITHIN, zone.get().key)
    found: defaultdict[tuple[int, bool], CameBack] = defaultdict(CameBack)
    found.update({(row.touchpoint, row.is_good): CameBack(row.n, row.back) for row in rows})
    return found


def _standing(row: Row, back: dict[tuple[int, bool], CameBack], basics: int) -> Standing:
    rated = {}
    for code in ASPECTS:
        n = row[f"{code}_n"] or 0
        rated[code] = Rated(row[f"{code}_sum"] / n if n >= UNCERTAIN_BELOW else None, n)
    is_german = language.get() == "de"
    return Standing(
        row.id, row.code, row.name_de if is_german else row.name_en or row.name_de, row.phase_de if is_german else row.phase_en,
        float(row.target), row.listed, row.raters or 0, rated, mean_estimate(dict(zip(row.scores or (), row.counts or (), strict=True))),
        basics, back[row.id, True], back[row.id, False],
    )  # fmt: skip
