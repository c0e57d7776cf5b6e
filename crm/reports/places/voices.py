"""What customers said about a department or a product, and what is being done there."""

from __future__ import annotations

from datetime import datetime

from crm.database import Row, fetch
from crm.improvement.measures.tables import OPEN_STATUSES
from crm.reports.dashboard.asking import Asked
from crm.reports.figures import arguments_of, with_shared
from crm.reports.places.belonging import HEARD, PRODUCT_TICKET
from crm.reports.places.naming import without_names
from crm.reports.places.shape import OpenMeasure, Place, Point
from crm.web.i18n import zone

POINTS = 40
"""So many points of criticism, and of praise, are read out."""

# Parameters: the seven of figures.py, $8 sort, $9 place, $10 how many of each kind.
_POINTS = f"""
    , {PRODUCT_TICKET}, {HEARD},
    chosen AS (
        SELECT f.*, count(*) OVER (PARTITION BY h.kind) AS of_kind,
            row_number() OVER (PARTITION BY h.kind ORDER BY f.at DESC, f.id DESC) AS rank
        FROM heard h JOIN feedback f ON f.id = h.id WHERE h.sort = $8 AND h.place = $9
    )
    SELECT f.id, f.kind, f.category, f.heading, f.text, f.at, f.interaction, f.ticket, f.of_kind,
        coalesce(t.name_de, '') AS touchpoint_de, coalesce(t.name_en, '') AS touchpoint_en,
        c.name AS customer_name, ARRAY[p.given_name || ' ' || p.family_name, p.given_name, p.family_name] AS names,
        (SELECT array_agg(u.name) FROM staff u) AS staff,
        f.kind = 'criticism' AND NOT EXISTS (SELECT FROM feedback_closure z WHERE z.feedback = f.id) AND NOT EXISTS (
            SELECT FROM measure_feedback x JOIN measure m ON m.id = x.measure
            WHERE x.feedback = f.id AND m.status <> 'dropped') AS is_open
    FROM chosen f LEFT JOIN touchpoint t ON t.id = f.touchpoint LEFT JOIN interaction i ON i.id = f.interaction
    LEFT JOIN ticket k ON k.id = f.ticket LEFT JOIN customer c ON c.id = coalesce(i.customer, k.customer)
    LEFT JOIN person p ON p.id = coalesce(i.person, k.person)
    WHERE f.rank <= $10 ORDER BY f.kind, f.at DESC, f.id DESC
"""

# $1 sort, $2 place, $3 statuses, $4 now.
_MEASURES = f"""
    WITH {PRODUCT_TICKET.replace("$7", "$4")}
    SELECT m.id, m.name, m.goal, m.status, m.due_on, coalesce(t.name_de, '') AS touchpoint_de, coalesce(t.name_en, '') AS touchpoint_en
    FROM measure m LEFT JOIN touchpoint t ON t.id = m.touchpoint
    WHERE m.status = ANY($3) AND (($1 = 'department' AND t.department = $2) OR ($1 = 'product' AND m.id IN (
        SELECT x.measure FROM measure_feedback x JOIN feedback f ON f.id = x.feedback LEFT JOIN interaction i ON i.id = f.interaction
        WHERE f.deleted_at IS NULL AND (i.product::text = $2 OR coalesce(f.ticket, i.ticket) IN (
            SELECT n.ticket FROM product_ticket n WHERE n.product::text = $2)))))
    ORDER BY array_position(ARRAY['basic', 'expected', 'delight'], m.level::text), m.due_on, m.id LIMIT 30
"""


async def points_of(
    place: Place, asked: Asked, now: datetime
) -> tuple[tuple[list[Point], int], tuple[list[Point], int]]:
    """The newest points of criticism and of praise, and how many more there are."""
    arguments = arguments_of(asked.span, now, zone.get())
    for value in (place.sort.value, place.key, POINTS):
        arguments(value)
    rows = await fetch(with_shared(_POINTS, asked.wanted, arguments), *arguments)
    found: list[tuple[list[Point], int]] = []
    for kind in ("criticism", "praise"):
        mine = [row for row in rows if row.kind == kind]
        found.append(([_point(row) for row in mine], mine[0].of_kind - len(mine) if mine else 0))
    return found[0], found[1]


def _point(row: Row) -> Point:
    text = without_names(row.text, row.customer_name or "", [name for name in row.names if name], row.staff or [])
    href = f"/interactions/{row.interaction}#feedback" if row.interaction else f"/tickets/{row.ticket}#feedback"
    return Point(
        row.id, row.kind, row.category, row.heading, text, row.touchpoint_de, row.touchpoint_en, row.at, href, row.is_open
    )  # fmt: skip


async def measures_of(place: Place, now: datetime) -> list[OpenMeasure]:
    statuses = [status.value for status in OPEN_STATUSES]
    return [OpenMeasure(**dict(row)) for row in await fetch(_MEASURES, place.sort.value, place.key, statuses, now)]
