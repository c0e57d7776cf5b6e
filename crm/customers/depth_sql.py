"""The part of the customer's one statement that reads what there are several of, and what the customer is related to."""

from __future__ import annotations

VISIBLE = "deleted_at IS NULL AND (restricted_at IS NULL OR $2)"

REACH_KINDS = """
    (SELECT coalesce(jsonb_object_agg(x.value, x.kind), jsonb_build_object()) FROM (
        SELECT address AS value, kind FROM email_address WHERE {whose} AND kind <> ''
        UNION SELECT number, kind FROM phone_number WHERE {whose} AND kind <> '') x)
"""
"""From an e-mail address or telephone number to its kind, for those that have one."""

DEPTH = f"""
    jsonb_build_object(
        'reach_kinds', {REACH_KINDS.format(whose="customer = c.id")},
        'addresses', (SELECT coalesce(jsonb_agg(jsonb_build_object('street', x.street, 'postcode', x.postcode, 'city', x.city,
            'country', x.country, 'extra', x.extra, 'kind', x.kind) ORDER BY x.position, x.id), '[]')
            FROM postal_address x WHERE x.customer = c.id),
        'returned', (SELECT coalesce(jsonb_agg(DISTINCT x.address), '[]') FROM (
            SELECT e.address FROM email_address e WHERE e.customer = c.id AND e.returned_at IS NOT NULL
            UNION ALL SELECT e.address FROM affiliation b JOIN person p ON p.id = b.person AND p.restricted_at IS NULL
                JOIN email_address e ON e.person = p.id WHERE b.customer = c.id AND e.returned_at IS NOT NULL) x),
        'websites', (SELECT coalesce(jsonb_agg(jsonb_build_object('url', x.url, 'kind', x.kind) ORDER BY x.position, x.id), '[]')
            FROM web_address x WHERE x.customer = c.id),
        'tags', (SELECT coalesce(jsonb_agg(g.name ORDER BY g.key), '[]')
            FROM customer_tag x JOIN tag g ON g.id = x.tag WHERE x.customer = c.id),
        'parent', (SELECT jsonb_build_object('id', id, 'number', number, 'name', name) FROM customer x WHERE x.id = c.parent AND {VISIBLE}),
        'below', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'name', x.name) ORDER BY x.sort_key), '[]')
            FROM (SELECT id, name, sort_key FROM customer WHERE parent = c.id AND {VISIBLE} ORDER BY sort_key LIMIT 20) x),
        'recommender', (SELECT jsonb_build_object('id', id, 'number', number, 'name', name) FROM customer x
            WHERE x.id = c.recommended_by AND {VISIBLE}),
        'recommended', (SELECT count(*) FROM customer x WHERE x.recommended_by = c.id AND {VISIBLE}),
        'team', (SELECT name FROM team WHERE id = c.team),
        'checked_by', (SELECT name FROM staff WHERE id = c.checked_by),
        'lost', (SELECT jsonb_build_object('reason_code', x.reason_code, 'reason', x.reason, 'last_touchpoint', t.name_de,
                'last_touchpoint_en', t.name_en, 'at', x.at)
            FROM status_change x LEFT JOIN touchpoint t ON t.code = x.last_touchpoint
            WHERE c.status = 'former' AND x.customer = c.id AND x.after = 'former' ORDER BY x.at DESC, x.id DESC LIMIT 1),
        'phases', (SELECT jsonb_agg(jsonb_build_object('code', code, 'stage', stage, 'name_de', name_de, 'name_en', name_en)
            ORDER BY position, id) FROM phase WHERE retired_at IS NULL),
        'last_phase', (SELECT jsonb_build_object('code', x.code, 'on', x.at::date) FROM (
            SELECT h.code, i.at FROM interaction i JOIN phase h ON h.id = i.phase
            WHERE i.customer = c.id ORDER BY i.at DESC LIMIT 1) x),
        'open_order', EXISTS (SELECT FROM customer_order x
            WHERE x.customer = c.id AND x.status IN ('ordered', 'confirmed', 'shipped') AND x.delivered_on IS NULL)
    )::text
"""
