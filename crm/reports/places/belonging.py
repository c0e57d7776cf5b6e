"""To which department or product voices and answers belong, as parts of a WITH after those of crm.reports.figures (which says it of
enquiries).

Parameters: the seven of figures.py."""

from __future__ import annotations

from crm.reports.rollups.queries import ANSWER_COUNTED

PRODUCT_TICKET = """
    product_ticket AS NOT MATERIALIZED (
        SELECT p.product, p.ticket FROM ticket_product p WHERE p.refused_at IS NULL AND p.basis <> 'offered'
        UNION SELECT c.product, c.ticket FROM closure c WHERE c.product IS NOT NULL AND c.reopened_at IS NULL AND c.at < $7
    )"""
"""Which enquiries are about which product: the rule of `about` in figures_voices.py, of enquiries of any time."""

HEARD = """
    heard AS MATERIALIZED (
        SELECT 'department' AS sort, p.department AS place, s.id, s.kind, s.category, s.heading
        FROM said s JOIN touchpoint p ON p.id = s.touchpoint WHERE s.is_this AND s.kind <> 'expectation' AND p.department <> ''
        UNION
        SELECT 'product', x.product::text, s.id, s.kind, s.category, s.heading
        FROM said s JOIN feedback f ON f.id = s.id LEFT JOIN interaction i ON i.id = f.interaction CROSS JOIN LATERAL (
            SELECT i.product WHERE i.product IS NOT NULL
            UNION SELECT n.product FROM product_ticket n WHERE n.ticket = coalesce(f.ticket, i.ticket)) x
        WHERE s.is_this AND s.kind <> 'expectation'
    )"""
"""Points by where they belong: to the department of their touchpoint; to the product that the contact or the enquiry is about."""

ANSWERED = f"""
    answered AS MATERIALIZED (
        SELECT 'department' AS sort, p.department AS place, p.id AS touchpoint, p.target::float AS target, a.metric, a.score, sum(a.n) AS n
        FROM answer a JOIN touchpoint p ON p.id = a.touchpoint
        WHERE a.is_this AND a.metric = 'csat' AND p.department <> '' GROUP BY p.id, a.metric, a.score
        UNION ALL
        SELECT 'product', n.product::text, NULL, NULL, a.metric, a.score, count(*)
        FROM survey_answer a JOIN product_ticket n ON n.ticket = a.ticket
        WHERE a.metric = 'csat' AND a.at >= $1 AND a.at < $7 AND {ANSWER_COUNTED}/* a.customer */ GROUP BY n.product, a.metric, a.score
    ),
    nameless AS MATERIALIZED (
        SELECT p.department AS place, p.id AS touchpoint, count(*) AS n FROM survey s JOIN survey_answer a ON a.survey = s.id
        JOIN touchpoint p ON p.id = a.touchpoint
        WHERE s.is_anonymous AND a.metric = 'csat' AND a.at >= $1 AND a.at < $7 AND {ANSWER_COUNTED}/* a.customer */ GROUP BY p.id
    )"""
"""Satisfaction by where it belongs: a department's touchpoints; the enquiries about a product. Anonymous answers belong to no enquiry."""
