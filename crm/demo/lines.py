"""The lines in the histories: one for each row that belongs there.

What a line is found by (its words, its channel, its phase) is kept by a trigger of the database, row by row. In a demo company most
lines say what many others say: here each text is folded once, while the trigger is off (OWN_WORDS). A test lets the trigger write
all of it again.
"""

from __future__ import annotations

from crm.database import execute

OWN_WORDS = ("timeline_entry_filled",)
"""The triggers whose work is done here."""

_WRITTEN = """
    WITH line AS MATERIALIZED ({source}),
    said AS MATERIALIZED (
        SELECT text, fold_text(text) AS folded FROM (SELECT title || ' ' || body AS text FROM line UNION SELECT more FROM line) x
        WHERE text <> ' '
    )
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail, channel, phase, folded)
    SELECT l.customer, l.person, l.kind, l.at, l.ref_id, l.title, l.body, l.by_user, l.detail,
        CASE WHEN l.kind IN ('interaction', 'ticket') THEN coalesce(l.detail->>'channel', '') ELSE '' END,
        coalesce(p.code, ''), concat_ws(' ', nullif(w.folded, ''), nullif(m.folded, ''))
    FROM line l
    LEFT JOIN said w ON w.text = l.title || ' ' || l.body
    LEFT JOIN said m ON m.text = l.more
    LEFT JOIN (touchpoint t JOIN phase p ON p.id = t.phase) ON t.code = l.detail->>'touchpoint'
    ORDER BY l.ref_id, l.customer, l.at
"""

_INTERACTIONS = """
    SELECT i.customer, i.person, 'interaction' AS kind, i.at, i.id AS ref_id, '' AS title, i.text AS body, i.by_user,
        p.given_name || ' ' || p.family_name AS more,
        jsonb_strip_nulls(jsonb_build_object(
            'channel', i.channel, 'direction', i.direction, 'touchpoint', t.code, 'impression', i.impression, 'minutes', i.minutes,
            'moment_of_truth', CASE WHEN i.is_moment_of_truth THEN true END,
            'person_name', p.given_name || ' ' || p.family_name, 'follow_up_at', r.due_at, 'ticket', i.ticket,
            'reason', s.code, 'order', i.customer_order)) AS detail
    FROM interaction i LEFT JOIN touchpoint t ON t.id = i.touchpoint LEFT JOIN person p ON p.id = i.person
    LEFT JOIN contact_reason s ON s.id = i.reason
    LEFT JOIN reminder r ON r.interaction_id = i.id AND r.id > $2
    WHERE i.id > $1 AND i.customer IS NOT NULL
"""
"""With the follow-up that was agreed in them."""
_ORDERS = """
    SELECT o.customer, NULL::bigint AS person, 'order' AS kind, o.ordered_on + time '12:00' AS at, o.id AS ref_id, '' AS title,
        '' AS body, NULL::bigint AS by_user, o.number AS more,
        jsonb_build_object('number', o.number, 'amount', o.amount, 'currency', o.currency, 'status', o.status) AS detail
    FROM customer_order o WHERE o.id > $1
"""
_QUOTATIONS = """
    SELECT q.customer, NULL::bigint AS person, 'quotation' AS kind, q.requested_at AS at, q.id AS ref_id, q.subject AS title,
        q.decision_note AS body, q.created_by AS by_user, q.number AS more,
        jsonb_build_object('number', coalesce(q.number, ''), 'status', q.status, 'amount', q.amount, 'currency', q.currency,
            'decline_reason', q.decline_reason, 'turnaround_min', q.turnaround_min) AS detail
    FROM quotation q WHERE q.id > $1
"""
_ANSWERS = """
    SELECT a.customer, a.person, 'survey' AS kind, a.at, a.id AS ref_id, '' AS title, a.comment AS body, NULL::bigint AS by_user,
        '' AS more, jsonb_strip_nulls(jsonb_build_object('metric', a.metric, 'score', a.score, 'touchpoint', t.code)) AS detail
    FROM survey_answer a LEFT JOIN touchpoint t ON t.id = a.touchpoint WHERE a.id > $1 AND a.customer IS NOT NULL
"""
_DOCUMENTS = """
    SELECT d.customer, d.person, 'document' AS kind, d.uploaded_at AS at, d.id AS ref_id, d.name AS title, '' AS body,
        d.uploaded_by AS by_user, '' AS more, jsonb_build_object('size', d.size, 'media_type', d.media_type) AS detail
    FROM document d WHERE d.id > $1
"""
_STATUSES = """
    SELECT s.customer, NULL::bigint AS person, 'change' AS kind, s.at, s.customer AS ref_id, '' AS title, s.reason AS body,
        s.by_user, concat_ws(' ', s.before, s.after) AS more,
        jsonb_strip_nulls(jsonb_build_object('field', 'status', 'before', s.before, 'after', s.after, 'event', s.id,
            'trigger', nullif(s.trigger, 'hand'), 'reason_code', nullif(s.reason_code, ''),
            'touchpoint', nullif(s.last_touchpoint, ''))) AS detail
    FROM status_change s WHERE s.id > $1 AND s.before <> ''
"""
_TICKETS = """
    SELECT k.customer, k.person, 'ticket' AS kind, k.opened_at AS at, k.id AS ref_id, k.subject AS title, first.text AS body,
        k.opened_by AS by_user, concat_ws(' ', k.id, (
            SELECT string_agg(m.text, ' ' ORDER BY m.id) FROM ticket_message m WHERE m.ticket = k.id)) AS more,
        jsonb_build_object('number', k.id, 'status', k.status, 'topic', t.code, 'channel', k.channel, 'kind', k.kind,
            'level', k.required_level, 'assignee_name', coalesce(u.name, '')) AS detail
    FROM ticket k JOIN topic t ON t.id = k.topic LEFT JOIN staff u ON u.id = k.assignee
    JOIN ticket_message first ON first.ticket = k.id AND first.kind = 'inbound' AND first.at = k.opened_at AND first.id > $2
    WHERE k.id > $1
"""
_CONSENT = """
    SELECT {customer}, e.person_id AS person, 'consent' AS kind, e.at, e.id AS ref_id, '' AS title, '' AS body,
        e.recorded_by AS by_user, '' AS more,
        jsonb_build_object('purpose', e.purpose, 'channel', e.channel, 'event', e.event, 'source', e.source,
            'wording_version', e.wording_version) AS detail
    FROM consent_event e {joined} WHERE e.id > $1
"""
_CONSENTS = (
    _CONSENT.format(customer="a.customer", joined="JOIN affiliation a ON a.person = e.person_id")
    + "UNION ALL"
    + _CONSENT.format(
        customer="m.customer",
        joined="""JOIN consent_payload l ON l.id = e.payload_id AND e.person_id IS NULL
        JOIN email_address m ON lower(m.address) = l.fields ->> 'address' AND m.customer IS NOT NULL""",
    )
)

_MEANWHILE = (
    (_INTERACTIONS, ("interaction", "reminder")),
    (_ORDERS, ("customer_order",)),
    (_QUOTATIONS, ("quotation",)),
    (_ANSWERS, ("survey_answer",)),
    (_DOCUMENTS, ("document",)),
    (_STATUSES, ("status_change",)),
)
_AT_LAST = ((_TICKETS, ("ticket", "ticket_message")), (_CONSENTS, ("consent_event",)))
"""Their numbers follow their time, not the order in which they are written."""


async def write_lines(last_ids: dict[str, int]) -> None:
    """One line in the history for each interaction, order, quotation, answer, document and change of the status that came after
    `last_ids`: what gets its number when it is written."""
    await _write(_MEANWHILE, last_ids)


async def write_last_lines(last_ids: dict[str, int]) -> None:
    """One line for each enquiry and consent that came after `last_ids`."""
    await _write(_AT_LAST, last_ids)


async def _write(sources: tuple[tuple[str, tuple[str, ...]], ...], last_ids: dict[str, int]) -> None:
    """The lines of these sources, in the order of their numbers: the same company every time."""
    # the database knows little yet of how many rows fit, and would walk through all texts for each line
    await execute("SET LOCAL enable_nestloop = off")
    for source, tables in sources:
        await execute(_WRITTEN.format(source=source), *(last_ids[table] for table in tables))
    await execute("SET LOCAL enable_nestloop TO DEFAULT")
