"""What follows from the rows that were written: the line per source row in the histories, the figures per customer."""

from __future__ import annotations

from datetime import datetime

from crm.customers.figures import contact_due_sql
from crm.customers.orders.figures import refresh_order_figures
from crm.database import execute, fetch
from crm.interactions.actions import PERSONAL
from crm.tickets.tables import OPEN_SQL

AT_ONCE = 20_000
"""Customers whose order figures are counted at once."""

_LINES = (
    # interactions, with the follow-up that was agreed in them
    """
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)
    SELECT i.customer, i.person, 'interaction', i.at, i.id, '', i.text, i.by_user,
        jsonb_strip_nulls(jsonb_build_object(
            'channel', i.channel, 'direction', i.direction, 'touchpoint', t.code, 'impression', i.impression, 'minutes', i.minutes,
            'moment_of_truth', CASE WHEN i.is_moment_of_truth THEN true END,
            'person_name', p.given_name || ' ' || p.family_name, 'follow_up_at', r.due_at, 'ticket', i.ticket,
            'reason', s.code, 'order', i.customer_order))
    FROM interaction i LEFT JOIN touchpoint t ON t.id = i.touchpoint LEFT JOIN person p ON p.id = i.person
    LEFT JOIN contact_reason s ON s.id = i.reason
    LEFT JOIN reminder r ON r.interaction_id = i.id AND r.id > $2
    WHERE i.id > $1 AND i.customer IS NOT NULL
    """,
    """
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)
    SELECT o.customer, NULL, 'order', o.ordered_on + time '12:00', o.id, '', '', NULL,
        jsonb_build_object('number', o.number, 'amount', o.amount, 'currency', o.currency, 'status', o.status)
    FROM customer_order o WHERE o.id > $1 AND o.id > $2
    """,
    """
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)
    SELECT q.customer, NULL, 'quotation', q.requested_at, q.id, q.subject, q.decision_note, q.created_by,
        jsonb_build_object('number', coalesce(q.number, ''), 'status', q.status, 'amount', q.amount, 'currency', q.currency,
            'decline_reason', q.decline_reason, 'turnaround_min', q.turnaround_min)
    FROM quotation q WHERE q.id > $1 AND q.id > $2
    """,
    """
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)
    SELECT a.customer, a.person, 'survey', a.at, a.id, '', a.comment, NULL,
        jsonb_strip_nulls(jsonb_build_object('metric', a.metric, 'score', a.score, 'touchpoint', t.code))
    FROM survey_answer a LEFT JOIN touchpoint t ON t.id = a.touchpoint WHERE a.id > $1 AND a.id > $2 AND a.customer IS NOT NULL
    """,
    """
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)
    SELECT d.customer, d.person, 'document', d.uploaded_at, d.id, d.name, '', d.uploaded_by,
        jsonb_build_object('size', d.size, 'media_type', d.media_type)
    FROM document d WHERE d.id > $1 AND d.id > $2
    """,
)
_TICKET_LINES = """
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)
    SELECT k.customer, k.person, 'ticket', k.opened_at, k.id, k.subject, m.text, k.opened_by,
        jsonb_build_object('number', k.id, 'status', k.status, 'topic', t.code, 'channel', k.channel, 'kind', k.kind,
            'level', k.required_level, 'assignee_name', coalesce(u.name, ''))
    FROM ticket k JOIN topic t ON t.id = k.topic LEFT JOIN staff u ON u.id = k.assignee
    JOIN ticket_message m ON m.ticket = k.id AND m.kind = 'inbound' AND m.at = k.opened_at AND m.id > $2
    WHERE k.id > $1
    """
_STATUS_LINES = """
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)
    SELECT s.customer, NULL, 'change', s.at, s.customer, '', s.reason, s.by_user, jsonb_strip_nulls(jsonb_build_object(
        'field', 'status', 'before', s.before, 'after', s.after, 'event', s.id, 'trigger', nullif(s.trigger, 'hand'),
        'reason_code', nullif(s.reason_code, ''), 'touchpoint', nullif(s.last_touchpoint, '')))
    FROM status_change s WHERE s.id > $1 AND s.before <> ''
"""
_SOURCES = (
    ("interaction", "reminder"),
    ("customer_order", "customer_order"),
    ("quotation", "quotation"),
    ("survey_answer", "survey_answer"),
    ("document", "document"),
)

_CONSENT_LINES = """
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)
    SELECT s.customer, e.person_id, 'consent', e.at, e.id, '', '', e.recorded_by,
        jsonb_build_object('purpose', e.purpose, 'channel', e.channel, 'event', e.event, 'source', e.source,
            'wording_version', e.wording_version)
    FROM consent_event e
    JOIN LATERAL (
        SELECT a.customer FROM affiliation a WHERE a.person = e.person_id
        UNION ALL
        SELECT m.customer FROM consent_payload l JOIN email_address m ON lower(m.address) = l.fields ->> 'address'
        WHERE e.person_id IS NULL AND l.id = e.payload_id AND m.customer IS NOT NULL
    ) s ON true
    WHERE e.id > $1
"""

_FIGURES = f"""
    INSERT INTO customer_figures (customer, last_contact_at, contact_due_at, interactions, open_tickets, satisfaction_sum,
        satisfaction_answers, orders, revenue)
    SELECT c.id, i.last_at,
        {contact_due_sql("coalesce(i.last_at, c.created_at)")},
        coalesce(i.n, 0), coalesce(k.n, 0), coalesce(a.total, 0), coalesce(a.n, 0), 0, 0
    FROM customer c JOIN service_level s ON s.id = c.service_level
    LEFT JOIN (SELECT customer, max(at) AS last_at, count(*) AS n FROM interaction WHERE channel = ANY($2) GROUP BY 1) i
        ON i.customer = c.id
    LEFT JOIN (SELECT customer, count(*) AS n FROM ticket WHERE status IN {OPEN_SQL} GROUP BY 1) k
        ON k.customer = c.id
    LEFT JOIN (SELECT customer, sum(score) AS total, count(*) AS n FROM survey_answer WHERE metric = 'csat' GROUP BY 1) a
        ON a.customer = c.id
    WHERE c.id > $1
"""


async def write_lines(last_ids: dict[str, int]) -> None:
    """One line in the history for each interaction, order, quotation, answer, document and change of the status that came after
    `last_ids`: what gets its number when it is written."""
    for insert, (source, joined) in zip(_LINES, _SOURCES, strict=True):
        await execute(insert, last_ids[source], last_ids[joined])
    await execute(_STATUS_LINES, last_ids["status_change"])


async def write_last_lines(last_ids: dict[str, int]) -> None:
    """One line for each enquiry and consent that came after `last_ids`; their numbers follow their time."""
    await execute(_TICKET_LINES, last_ids["ticket"], last_ids["ticket_message"])
    await execute(_CONSENT_LINES, last_ids["consent_event"])


async def write_figures(last_customer: int) -> None:
    """The figures row of each customer after `last_customer`, counted from the rows themselves."""
    await execute(_FIGURES, last_customer, [channel.value for channel in PERSONAL])


async def count_orders(last_customer: int) -> None:
    """The figures of those who ordered. It looks up each customer's orders: their indexes must be there."""
    rows = await fetch(
        "SELECT DISTINCT customer FROM customer_order WHERE customer > $1 ORDER BY customer", last_customer
    )
    for first in range(0, len(rows), AT_ONCE):
        await refresh_order_figures([row.customer for row in rows[first : first + AT_ONCE]])


async def mark_assignments(assigned: dict[int, datetime]) -> None:
    """Remember when each agent got the last enquiry."""
    for user_id, at in assigned.items():
        await execute('UPDATE agent_profile SET last_assigned_at = $2 WHERE "user" = $1', user_id, at)
