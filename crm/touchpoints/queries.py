"""The touchpoint catalogue with what happened there lately, and one touchpoint with its last year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.database import Row, fetch, fetch_one
from crm.errors import NotFound
from crm.touchpoints.statistics import Estimate, mean_estimate

LATELY = timedelta(days=90)
"""The catalogue shows the last 90 days."""

# Restricted people and customers are not reported (GDPR Art. 18), deleted customers neither.
_OPEN = (
    "AND (x.customer IS NULL OR x.customer NOT IN "
    "(SELECT id FROM customer WHERE restricted_at IS NOT NULL OR deleted_at IS NOT NULL)) "
    "AND (x.person IS NULL OR x.person NOT IN (SELECT id FROM person WHERE restricted_at IS NOT NULL))"
)

_CATALOGUE = f"""
    WITH volume AS (
        SELECT x.touchpoint, count(*) AS contacts FROM interaction x
        WHERE x.at >= $1 AND x.at < $2 AND x.touchpoint IS NOT NULL {_OPEN} GROUP BY 1
    ), given AS (
        SELECT touchpoint, array_agg(score) AS scores, array_agg(n) AS counts FROM (
            SELECT x.touchpoint, x.score, count(*)::int AS n FROM survey_answer x
            WHERE x.metric = 'csat' AND x.at >= $1 AND x.at < $2 AND x.touchpoint IS NOT NULL {_OPEN} GROUP BY 1, 2
        ) a GROUP BY 1
    )
    SELECT t.id, t.code, t.name_de, t.name_en, t.department, t.is_moment_of_truth, t.importance, t.target, t.state,
        p.code AS phase, p.name_de AS phase_de, p.name_en AS phase_en,
        coalesce(v.contacts, 0) AS contacts, g.scores, g.counts
    FROM touchpoint t JOIN phase p ON p.id = t.phase
        LEFT JOIN volume v ON v.touchpoint = t.id LEFT JOIN given g ON g.touchpoint = t.id
    WHERE t.state <> 'retired' OR v.contacts > 0
    ORDER BY p.position, p.id, t.position, t.id
"""


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """A touchpoint of the catalogue, with the contacts and the satisfaction of the last 90 days."""

    row: Row
    contacts: int
    satisfaction: Estimate | None

    @property
    def is_below_target(self) -> bool:
        return self.satisfaction is not None and self.satisfaction.value < float(self.row.target)


@dataclass(frozen=True, slots=True)
class CataloguePhase:
    """A phase of the customer journey and its touchpoints in order."""

    code: str
    name_de: str
    name_en: str
    lines: list[CatalogueLine]


async def catalogue(now: datetime) -> list[CataloguePhase]:
    """The touchpoints by phase, in the order of the journey."""
    phases: dict[str, CataloguePhase] = {}
    for row in await fetch(_CATALOGUE, now - LATELY, now):
        phase = phases.setdefault(row.phase, CataloguePhase(row.phase, row.phase_de, row.phase_en, []))
        answers = dict(zip(row.scores or (), row.counts or (), strict=True))
        phase.lines.append(CatalogueLine(row, row.contacts, mean_estimate(answers)))
    return list(phases.values())


async def touchpoint_named(code: str) -> Row:
    """The touchpoint with this code, with its phase. Raises NotFound."""
    row = await fetch_one(
        "SELECT t.*, p.name_de AS phase_de, p.name_en AS phase_en FROM touchpoint t JOIN phase p ON p.id = t.phase "
        "WHERE t.code = $1",
        code.replace("\x00", "")[:40],
    )
    if row is None:
        raise NotFound()
    return row


@dataclass(frozen=True, slots=True)
class YearMonth:
    """One month of a touchpoint's last year, by its first day."""

    first: date
    contacts: int
    satisfaction: Estimate | None


async def last_year(touchpoint_id: int, *, since: datetime, until: datetime, zone: ZoneInfo) -> list[YearMonth]:
    """Contacts and satisfaction by month of the company's time zone, oldest first; months without either are missing."""
    rows = await fetch(
        "SELECT date_trunc('month', x.at AT TIME ZONE $4)::date AS month, NULL::int AS score, count(*)::int AS n "
        f"FROM interaction x WHERE x.touchpoint = $1 AND x.at >= $2 AND x.at < $3 {_OPEN} GROUP BY 1 "
        "UNION ALL SELECT date_trunc('month', x.at AT TIME ZONE $4)::date, x.score, count(*)::int "
        f"FROM survey_answer x WHERE x.touchpoint = $1 AND x.metric = 'csat' AND x.at >= $2 AND x.at < $3 {_OPEN} GROUP BY 1, 2",
        touchpoint_id, since, until, zone.key,
    )  # fmt: skip
    contacts: dict[date, int] = {}
    answers: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for row in rows:
        if row.score is None:
            contacts[row.month] = row.n
        else:
            answers[row.month][row.score] = row.n
    return [
        YearMonth(month, contacts.get(month, 0), mean_estimate(answers[month]))
        for month in sorted({*contacts, *answers})
    ]


async def last_contacts(touchpoint_id: int, limit: int = 20) -> list[Row]:
    """The newest contacts at a touchpoint, with the customer's name."""
    return await fetch(
        "SELECT x.id, x.at, x.channel, x.direction, x.text, x.impression, x.is_moment_of_truth, x.customer, "
        "c.name AS customer_name, u.name AS by_name FROM interaction x "
        'LEFT JOIN customer c ON c.id = x.customer LEFT JOIN staff u ON u.id = x.by_user '
        f"WHERE x.touchpoint = $1 {_OPEN} ORDER BY x.at DESC, x.id DESC LIMIT $2",
        touchpoint_id, limit,
    )  # fmt: skip


async def last_answers(touchpoint_id: int, limit: int = 10) -> list[Row]:
    """The newest answers of customers that came with a comment."""
    return await fetch(
        "SELECT x.id, x.at, x.metric, x.score, x.comment FROM survey_answer x "
        f"WHERE x.touchpoint = $1 AND x.comment <> '' {_OPEN} ORDER BY x.at DESC, x.id DESC LIMIT $2",
        touchpoint_id, limit,
    )  # fmt: skip
