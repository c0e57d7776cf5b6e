"""Guides of the demo company: followed in every ninth contact of the last year, two of them due to be looked at again, one reworded in
the course of the year and reviewed since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crm.database import execute
from crm.demo.world import World
from crm.touchpoints.guides.editing import GuideData, change_guide
from crm.touchpoints.guides.queries import guide_named
from crm.touchpoints.guides.reviewing import review_guide

# What is left out is drawn from the numbers of contact and step, so that the same company comes out each time: most steps are left out
# now and then, and one in each of two guides so often that it questions the guide.
_FOLLOW = """
    WITH suited AS (
        SELECT i.id, c.kind, g.id AS guide, g.code, v.version, v.steps, row_number() OVER (PARTITION BY i.id ORDER BY g.position) AS rank
        FROM interaction i JOIN customer c ON c.id = i.customer JOIN touchpoint t ON t.id = i.touchpoint
        JOIN guide g ON t.code = ANY(string_to_array(g.touchpoints, ',')) JOIN guide_version v ON v.guide = g.id
            AND v.version = (SELECT max(w.version) FROM guide_version w WHERE w.guide = g.id AND (w.version = 1 OR w.at <= i.at))
        WHERE i.at >= $1 AND i.id % 9 = 0
    ), drawn AS (
        SELECT s.id, s.guide, s.version, s.kind, e.step->>'key' AS key, e.place,
            (abs(hashint8(s.id * 31 + e.place * 7)::bigint) % 100) >=
                CASE WHEN s.code IN ('greeting', 'honesty') AND e.place = 3 THEN 52
                    ELSE 4 + ((s.guide * 13 + e.place * 17) % 7) * 4 END AS ticked
        FROM suited s, jsonb_array_elements(s.steps) WITH ORDINALITY AS e(step, place)
        WHERE s.rank = 1 AND e.step->>'for' IN ('everyone', s.kind)
    )
    INSERT INTO followed_guide (interaction, guide, version, variant, done, reason)
    SELECT id, guide, version, kind, coalesce(jsonb_agg(key ORDER BY place) FILTER (WHERE ticked), '[]'),
        CASE WHEN bool_and(ticked) OR id % 5 > 1 THEN ''
            ELSE (ARRAY['did_not_fit', 'no_time', 'not_wanted', 'solved_otherwise'])[1 + abs(hashint8(id)::bigint) % 4] END
    FROM drawn GROUP BY id, guide, version, kind ORDER BY id
"""
_REVIEWED = ((12, "greeting"), (-3, "speed"), (-40, "honesty"))
"""Days from the demo's today until the review, and the guide."""


_REWORDED = (
    "Zusammenfassen, was verstanden wurde, und nach dem Wichtigsten fragen",
    "Sum up what was understood, and ask what matters most",
)


async def follow_guides(world: World) -> None:
    lead = world.staff.ids["lead"]
    at = world.now - timedelta(days=150)
    guide = await guide_named("listening")
    steps = (*guide.steps[:-1], replace(guide.steps[-1], text_de=_REWORDED[0], text_en=_REWORDED[1]))
    data = GuideData(
        guide.name_de, guide.name_en, guide.touchpoints, guide.channels, at.date(), True, steps, owner_id=lead
    )
    await change_guide(guide.code, data, guide.version, by=lead, now=at)
    await review_guide(guide.code, at.date(), by=lead, now=at + timedelta(days=1))
    await execute("UPDATE guide_version SET at = $1 WHERE version = 1", world.now - timedelta(days=500))
    await execute(_FOLLOW, world.now - timedelta(days=365))
    for days, code in _REVIEWED:
        await execute(
            "UPDATE guide SET review_on = $2 WHERE code = $1", code, (world.now + timedelta(days=days)).date()
        )
