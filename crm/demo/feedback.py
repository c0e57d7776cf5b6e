"""Criticism, praise and expectations of the demo company, from contacts that went badly or well in the last year."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from crm.database import execute
from crm.demo.texts.said import EXPECTATIONS, POINTS
from crm.demo.world import World

# $2: the texts, of praise and criticism by touchpoint ("" for the others), of expectations by level. Which of them it is follows from the
# contact's number.
_NOTED = """
    WITH noted AS (
        SELECT i.id AS interaction, i.touchpoint, t.code, i.at + interval '3 minutes' AS at, i.by_user,
            CASE WHEN i.impression <= 2 THEN 'criticism' WHEN i.id % 9 = 0 THEN 'expectation' ELSE 'praise' END AS kind,
            CASE WHEN t.code IN ('delivery', 'installation', 'showroom', 'web_shop', 'maintenance') THEN 'products'
                WHEN t.code IN ('invoice', 'website') THEN 'other' WHEN t.department = 'Vertrieb' THEN 'sales_staff'
                ELSE 'service_staff' END AS category,
            CASE WHEN t.code IN ('delivery', 'installation') THEN 'delivery' WHEN t.code = 'invoice' THEN 'invoice'
                WHEN t.code = 'website' THEN 'website' WHEN t.code = 'hotline' THEN 'reachability' WHEN t.code = 'advice' THEN 'advice'
                WHEN t.code = 'complaint_handling' THEN 'solution' WHEN t.code = 'order_status' THEN 'information'
                ELSE '' END AS heading,
            CASE WHEN i.impression > 2 AND i.id % 9 = 0 THEN (ARRAY['basic', 'expected', 'delight'])[1 + (i.id / 9) % 3] ELSE '' END
                AS level
        FROM interaction i JOIN touchpoint t ON t.id = i.touchpoint
        WHERE i.at >= $1 AND i.impression IS NOT NULL AND i.impression <> 3 AND i.text <> '' AND i.by_user IS NOT NULL AND i.id % 6 = 0
    ), told AS (
        SELECT n.*, coalesce($2::jsonb -> kind -> (CASE WHEN kind = 'expectation' THEN level ELSE code END), $2::jsonb -> kind -> '')
            AS texts
        FROM noted n
    )
    INSERT INTO feedback (kind, category, heading, level, text, touchpoint, interaction, at, by_user)
    SELECT kind, category, heading, level, texts ->> (interaction / 6 % jsonb_array_length(texts))::int, touchpoint, interaction, at,
        by_user
    FROM told ORDER BY at, interaction
"""


async def note_points(world: World) -> None:
    texts = {
        "praise": {code: [one.text for one in said.good] for code, said in POINTS.items()},
        "criticism": {code: [one.text for one in said.bad] for code, said in POINTS.items()},
        "expectation": EXPECTATIONS,
    }
    await execute(_NOTED, world.now - timedelta(days=365), msgspec.json.encode(texts).decode())


# What is older than some weeks has an end: a measure at its touchpoint, or a reason.
_ANSWERED = """
    INSERT INTO measure_feedback (measure, feedback)
    SELECT m.id, f.id FROM feedback f JOIN LATERAL (SELECT m.id FROM measure m WHERE m.touchpoint = f.touchpoint AND m.status <> 'dropped'
        ORDER BY m.id LIMIT 1) m ON true
    WHERE f.kind = 'criticism' AND f.at < $1 AND f.deleted_at IS NULL ORDER BY f.id ON CONFLICT DO NOTHING
"""
_CLOSED = """
    INSERT INTO feedback_closure (feedback, reason, text, at, by_user)
    SELECT f.id, ($3::text[])[1 + f.id % cardinality($3::text[])], ($4::text[])[1 + f.id % cardinality($4::text[])],
        f.at + make_interval(days => (2 + f.id % 17)::int), $2
    FROM feedback f WHERE f.kind = 'criticism' AND f.at < $1 AND f.deleted_at IS NULL AND f.id % 11 <> 0
        AND NOT EXISTS (SELECT FROM measure_feedback x WHERE x.feedback = f.id) ORDER BY f.id
"""
_REASONS = ("put_right", "explained", "single_case", "put_right", "stays")
_SENTENCES = (
    "Termin neu vereinbart, der Kunde ist zufrieden.", "Am Telefon besprochen.", "", "Ersatz ist geliefert und montiert.",
    "Die Anzahlung bleibt: Ohne sie können wir nicht beim Werk bestellen.",
)  # fmt: skip


async def end_criticism(world: World) -> None:
    """After the measures are written."""
    await execute(_ANSWERED, world.now - timedelta(days=14))
    await execute(_CLOSED, world.now - timedelta(days=20), world.staff.ids["lead"], list(_REASONS), list(_SENTENCES))
