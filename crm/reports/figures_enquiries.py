"""Enquiries in a month: what came in and was solved, which promises were kept, at which level, about which topic and why.

SQL like that of figures.py, whose statement runs these parts too; the parameters are the same.
"""

from __future__ import annotations

from crm.tickets.first_contact import AT_FIRST_CONTACT

SHARED = f"""
    open_then AS MATERIALIZED (
        SELECT t.id FROM ticket t WHERE t.opened_at < $7 AND (t.solved_at IS NULL OR t.solved_at >= $7) AND NOT EXISTS (
            SELECT FROM closure c WHERE c.ticket = t.id AND c.at < $7 AND (c.reopened_at IS NULL OR c.reopened_at >= $7))
    ),
    gone_on AS MATERIALIZED (
        SELECT c.ticket FROM closure c WHERE c.at >= $3 AND c.at < $7
        UNION SELECT e.ticket FROM escalation e WHERE e.at >= $3 AND e.at < $7
    ),
    enquiry AS MATERIALIZED (
        SELECT t.id, t.topic, t.kind, t.status, t.escalations,
            CASE WHEN EXISTS (SELECT FROM automatic_answer x WHERE x.ticket = t.id AND x.ended_at IS NULL) THEN 0
                ELSE t.required_level END AS required_level, t.service_level, t.opened_at, t.solved_at,
            t.first_response_due_at, t.solution_due_at, t.is_recalculated, t.id IN (SELECT id FROM open_then) AS is_open,
            coalesce(t.first_responded_at, t.solved_at) AS answered_at
        FROM ticket t
        WHERE t.opened_at < $7 AND t.merged_into IS NULL AND t.customer NOT IN (SELECT id FROM shut_customer)
            AND (t.person IS NULL OR t.person NOT IN (SELECT id FROM shut_person))/* t.customer */
            AND (t.opened_at >= $5 OR t.id IN (SELECT id FROM open_then) OR t.id IN (SELECT ticket FROM gone_on)
                OR t.first_responded_at >= $1 OR t.solved_at >= $1
                OR t.first_response_due_at >= $3 AND t.first_response_due_at < $2
                OR t.solution_due_at >= $3 AND t.solution_due_at < $2)
    ),
    promise AS (
        SELECT id, service_level, false AS is_solution, first_response_due_at AS due, answered_at AS reached, is_recalculated,
            false AS stands_still FROM enquiry WHERE first_response_due_at >= $3 AND first_response_due_at < $2
        UNION ALL
        SELECT id, service_level, true, solution_due_at, solved_at, is_recalculated, status IN ('waiting', 'postponed')
            FROM enquiry WHERE solution_due_at >= $3 AND solution_due_at < $2
    ),
    decided AS (
        SELECT id, service_level, is_solution, due >= $1 AS is_this, coalesce(reached <= due, false) AS is_kept FROM promise
        WHERE reached <= due OR (due < $7 AND NOT is_recalculated AND NOT (reached IS NULL AND stands_still))
    ),
    solved AS MATERIALIZED (
        SELECT DISTINCT k.id, t.required_level, c.at >= $1 AS is_this, {AT_FIRST_CONTACT} AS at_first_contact
        FROM closure c JOIN enquiry t ON t.id = c.ticket JOIN ticket k ON k.id = t.id
        WHERE c.at >= $3 AND c.at < $7 AND c.reopened_at IS NULL
    )
"""

PARTS = {
    "promises": """
        SELECT s.code, s.name_de, s.name_en,
            count(*) FILTER (WHERE is_this AND NOT is_solution AND is_kept) AS first_kept,
            count(*) FILTER (WHERE is_this AND NOT is_solution AND NOT is_kept) AS first_missed,
            count(*) FILTER (WHERE is_this AND is_solution AND is_kept) AS solution_kept,
            count(*) FILTER (WHERE is_this AND is_solution AND NOT is_kept) AS solution_missed,
            count(*) FILTER (WHERE NOT is_this AND is_kept) AS kept_before,
            count(*) FILTER (WHERE NOT is_this AND NOT is_kept) AS missed_before
        FROM service_level s JOIN decided d ON d.service_level = s.id GROUP BY s.id ORDER BY s.position, s.id
    """,
    "levels": """
        SELECT l.level, coalesce(n.opened, 0) AS opened, coalesce(n.opened_before, 0) AS opened_before,
            coalesce(s.solved, 0) AS solved, coalesce(s.at_first_contact, 0) AS solved_at_first_contact,
            coalesce(u.escalations, 0) AS escalations, coalesce(n.open_at_end, 0) AS open_at_end,
            coalesce(s.solved_before, 0) AS solved_before, coalesce(s.at_once_before, 0) AS solved_at_first_contact_before,
            coalesce(u.escalations_before, 0) AS escalations_before
        FROM (VALUES (0), (1), (2), (3)) AS l (level)
        LEFT JOIN (SELECT required_level AS level, count(*) FILTER (WHERE opened_at >= $1) AS opened,
                count(*) FILTER (WHERE opened_at >= $3 AND opened_at < $1) AS opened_before,
                count(*) FILTER (WHERE is_open) AS open_at_end FROM enquiry GROUP BY 1) n ON n.level = l.level
        LEFT JOIN (SELECT required_level AS level, count(*) FILTER (WHERE is_this) AS solved,
                count(*) FILTER (WHERE is_this AND at_first_contact) AS at_first_contact,
                count(*) FILTER (WHERE NOT is_this) AS solved_before,
                count(*) FILTER (WHERE NOT is_this AND at_first_contact) AS at_once_before
            FROM solved GROUP BY 1) s ON s.level = l.level
        LEFT JOIN (SELECT t.required_level AS level, count(*) FILTER (WHERE e.at >= $1) AS escalations,
                count(*) FILTER (WHERE e.at < $1) AS escalations_before
            FROM escalation e JOIN enquiry t ON t.id = e.ticket
            WHERE NOT e.is_back AND e.at >= $3 AND e.at < $7 GROUP BY 1) u ON u.level = l.level
        ORDER BY l.level
    """,
    "topics": """
        SELECT p.code, p.name_de, p.name_en, count(*) FILTER (WHERE t.opened_at >= $1) AS opened,
            count(*) FILTER (WHERE t.opened_at >= $3 AND t.opened_at < $1) AS before,
            round(count(*) FILTER (WHERE t.opened_at < $1) / 3.0, 4)::float AS usual
        FROM enquiry t LEFT JOIN topic p ON p.id = t.topic WHERE t.opened_at >= $5
        GROUP BY p.id ORDER BY 4 DESC, 5 DESC, p.position, p.id
    """,
    "kinds": """
        SELECT kind AS code, count(*) FILTER (WHERE opened_at >= $1) AS count,
            count(*) FILTER (WHERE opened_at < $1) AS before
        FROM enquiry WHERE opened_at >= $3 GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1
    """,
    "causes": """
        SELECT cause AS code, count(*) FILTER (WHERE c.at >= $1) AS count, count(*) FILTER (WHERE c.at < $1) AS before
        FROM closure c JOIN enquiry t ON t.id = c.ticket WHERE c.at >= $3 AND c.at < $7 AND c.reopened_at IS NULL
        GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1
    """,
}
