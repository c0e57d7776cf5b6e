"""Criticism, praise and expectations of the demo company, from contacts that went badly or well in the last year."""

from __future__ import annotations

from datetime import timedelta

from crm.database import execute
from crm.demo.world import World

_NOTED = """
    INSERT INTO feedback (kind, category, heading, level, text, touchpoint, interaction, at, by_user)
    SELECT CASE WHEN i.impression <= 2 THEN 'criticism' WHEN i.id % 9 = 0 THEN 'expectation' ELSE 'praise' END,
        CASE WHEN t.code IN ('delivery', 'installation', 'showroom', 'web_shop', 'maintenance') THEN 'products'
            WHEN t.code IN ('invoice', 'website') THEN 'other' WHEN t.department = 'Vertrieb' THEN 'sales_staff' ELSE 'service_staff' END,
        CASE WHEN t.code IN ('delivery', 'installation') THEN 'delivery' WHEN t.code = 'invoice' THEN 'invoice'
            WHEN t.code = 'website' THEN 'website' WHEN t.code = 'hotline' THEN 'reachability' WHEN t.code = 'advice' THEN 'advice'
            WHEN t.code = 'complaint_handling' THEN 'solution' WHEN t.code = 'order_status' THEN 'information' ELSE '' END,
        CASE WHEN i.impression > 2 AND i.id % 9 = 0 THEN (ARRAY['basic', 'expected', 'delight'])[1 + (i.id / 9) % 3] ELSE '' END,
        i.text, i.touchpoint, i.id, i.at + interval '3 minutes', i.by_user
    FROM interaction i JOIN touchpoint t ON t.id = i.touchpoint
    WHERE i.at >= $1 AND i.impression IS NOT NULL AND i.impression <> 3 AND i.text <> '' AND i.by_user IS NOT NULL AND i.id % 6 = 0
    ORDER BY i.at, i.id
"""


async def note_points(world: World) -> None:
    await execute(_NOTED, world.now - timedelta(days=365))
