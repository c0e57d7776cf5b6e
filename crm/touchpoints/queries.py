"""The touchpoint catalogue along the journey, with what happened at each touchpoint lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.database import Row, fetch
from crm.touchpoints.catalogue.rules import is_untended
from crm.touchpoints.statistics import Estimate, mean_estimate

LATELY = timedelta(days=90)
"""The catalogue shows the last 90 days."""

# Restricted people and customers are neither listed nor reported (GDPR Art. 18), deleted customers neither.
_PERSON = "AND (x.person IS NULL OR x.person NOT IN (SELECT id FROM person WHERE restricted_at IS NOT NULL))"
OPEN = (
    "AND (x.customer IS NULL OR x.customer NOT IN "
    f"(SELECT id FROM customer WHERE restricted_at IS NOT NULL OR deleted_at IS NOT NULL)) {_PERSON}"
)
"""Whether contact or answer x may be listed, as a condition that follows others."""

COUNTED = (
    "AND (x.customer IS NULL OR x.customer NOT IN (SELECT id FROM customer WHERE restricted_at IS NOT NULL "
    f"OR deleted_at IS NOT NULL AND deleted_at IS DISTINCT FROM erased_at)) {_PERSON}"
)
"""Whether it counts: whoever was a customer until they were erased (GDPR Art. 17) still does, without a name, as in the reports."""

_CATALOGUE = f"""
    WITH volume AS (
        SELECT x.touchpoint, count(*) AS contacts FROM interaction x
        WHERE x.at >= $1 AND x.at < $2 AND x.touchpoint IS NOT NULL {COUNTED} GROUP BY 1
    ), given AS (
        SELECT touchpoint, array_agg(score) AS scores, array_agg(n) AS counts FROM (
            SELECT x.touchpoint, x.score, count(*)::int AS n FROM survey_answer x
            WHERE x.metric = 'csat' AND x.at >= $1 AND x.at < $2 AND x.touchpoint IS NOT NULL {COUNTED} GROUP BY 1, 2
        ) a GROUP BY 1
    )
    SELECT t.id, t.code, t.name_de, t.name_en, t.department, t.is_moment_of_truth, t.importance, t.target, t.state,
        p.code AS phase, p.name_de AS phase_de, p.name_en AS phase_en, t.responsible, u.name AS responsible_name,
        u.deactivated_at AS responsible_left_at, o.name_de AS parent_de, o.name_en AS parent_en,
        p.stage, t.contacts, g.scores, g.counts
    FROM phase p LEFT JOIN (
        SELECT one.*, coalesce(v.contacts, 0) AS contacts FROM touchpoint one LEFT JOIN volume v ON v.touchpoint = one.id
        WHERE one.state <> 'retired' OR v.contacts > 0
    ) t ON t.phase = p.id
        LEFT JOIN staff u ON u.id = t.responsible LEFT JOIN touchpoint o ON o.id = t.parent LEFT JOIN given g ON g.touchpoint = t.id
    WHERE t.id IS NOT NULL OR p.retired_at IS NULL
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

    @property
    def is_untended(self) -> bool:
        return is_untended(self.row.state, self.row.responsible, self.row.responsible_left_at)


@dataclass(frozen=True, slots=True)
class CataloguePhase:
    """A phase of the customer journey and its touchpoints in order."""

    code: str
    name_de: str
    name_en: str
    stage: str
    lines: list[CatalogueLine]


async def catalogue(now: datetime) -> list[CataloguePhase]:
    """The touchpoints by phase, in the order of the journey; a phase in use without any stands there too, so that the lack shows."""
    phases: dict[str, CataloguePhase] = {}
    for row in await fetch(_CATALOGUE, now - LATELY, now):
        phase = phases.setdefault(row.phase, CataloguePhase(row.phase, row.phase_de, row.phase_en, row.stage, []))
        if row.id is None:
            continue
        answers = dict(zip(row.scores or (), row.counts or (), strict=True))
        phase.lines.append(CatalogueLine(row, row.contacts, mean_estimate(answers)))
    return list(phases.values())
