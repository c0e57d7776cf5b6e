"""The reads of enquiries: the gate, the ticket page in one statement, and what stands beside it."""

from __future__ import annotations

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission, Role, role_may
from crm.customers.data import full_name_sql
from crm.customers.queries import sees_restricted
from crm.customers.restricted import restricted_address_sql
from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.tickets.copies import BESIDE, OFFERED, SENT
from crm.tickets.latitudes import FOR_TOPIC
from crm.tickets.linking import LINKED
from crm.tickets.merged import FAMILY
from crm.tickets.order_links import AROUND
from crm.tickets.product_links import AROUND as PRODUCTS
from crm.tickets.promising import CLOCK_COLUMNS
from crm.tickets.topics.rules import SUGGESTED

SHOWN_MESSAGES = 200
SIMILAR = 4
OFFERED_DOCUMENTS = 30

DELIVERY_COLUMNS = f"""x.status AS mail_status,
        CASE WHEN NOT $2 AND {restricted_address_sql("lower(x.to_address)")} THEN '' ELSE x.to_address END AS mail_to,
        x.error AS mail_error, x.attempts AS mail_attempts,
        x.next_attempt_at AS mail_next_at, x.sent_at AS mail_sent_at, x.permission ->> 'code' AS gate_code,
        x.permission -> 'params' AS gate_params"""
"""What crm.tickets.showing.delivery wants to know of a row `x` of the outbox. The address of somebody restricted is told
only if $2: if it is the officer who asks (GDPR Art. 18)."""

_VISIBLE = "c.deleted_at IS NULL AND (c.restricted_at IS NULL OR $2)"

_GATE = f"""
    SELECT k.id, k.customer, k.subject, k.status, k.version, c.name AS customer_name
    FROM ticket k JOIN customer c ON c.id = k.customer WHERE k.id = $1 AND {_VISIBLE}
"""

_MESSAGES = f"""
    SELECT m.id, m.ticket, m.kind, m.channel, m.text, m.at, m.is_automatic, u.name AS author, {DELIVERY_COLUMNS},
        {full_name_sql("w")} AS person, m.quoted, m.is_unverified,
        CASE WHEN NOT $2 AND {restricted_address_sql("lower(m.sender)")} THEN '' ELSE m.sender END AS sender,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) ORDER BY d.id), '[]')
            FROM message_document l JOIN document d ON d.id = l.document AND d.deleted_at IS NULL WHERE l.message = m.id) AS files,
        CASE WHEN m.kind = 'inbound' THEN {BESIDE} WHEN x.id IS NOT NULL THEN {SENT} ELSE '[]' END AS cc,
        m.kind = 'outside' AND EXISTS (SELECT FROM ticket_message y JOIN message_recipient r ON r.message = y.id
            WHERE y.ticket = m.ticket AND r.address = m.sender) AS is_copied
    FROM ticket_message m LEFT JOIN staff u ON u.id = m.by_user LEFT JOIN outbox_message x ON x.id = m.outbox_id
    LEFT JOIN person w ON w.id = m.person_id AND (w.restricted_at IS NULL OR $2)
    WHERE m.ticket IN {FAMILY} ORDER BY m.at DESC, m.id DESC LIMIT {SHOWN_MESSAGES}
"""

_OFFERED = f"""
    SELECT d.id, d.name, d.uploaded_at FROM document d LEFT JOIN person w ON w.id = d.person
    WHERE d.customer = k.customer AND d.deleted_at IS NULL AND w.restricted_at IS NULL
    ORDER BY d.uploaded_at DESC, d.id DESC LIMIT {OFFERED_DOCUMENTS}
"""

# The whole page beside colleagues and similar enquiries, in one statement: what hangs on the ticket comes as JSON.
_TICKET = f"""
    SELECT k.*, {CLOCK_COLUMNS},
        c.name AS customer_name, c.number AS customer_number, c.brief, c.no_automatic_answers, o.name AS owner_name,
        s.code AS level_code, s.name_de AS level_de, s.name_en AS level_en, t.code AS topic_code, t.name_de AS topic_de,
        t.name_en AS topic_en, f.satisfaction_sum, f.satisfaction_answers, f.open_tickets, f.revenue, f.orders,
        {full_name_sql("p")} AS person_name,
        (SELECT n.number FROM phone_number n WHERE n.person = p.id ORDER BY n.position, n.id LIMIT 1) AS person_phone,
        reach.address, reach.returned_at AS address_returned_at,
        (SELECT coalesce(nullif(b.name, ''), b.address) FROM letter_box b WHERE b.id = k.letter_box) AS box_name,
        (SELECT b.address FROM letter_box b WHERE b.id = k.letter_box) AS box_address,
        a.name AS assignee_name, a.email AS assignee_email,
        (SELECT x.level FROM competence x WHERE x."user" = k.assignee AND x.topic = k.topic) AS assignee_level,
        (SELECT coalesce(jsonb_agg(m ORDER BY m.at, m.id), '[]') FROM ({_MESSAGES}) m)::text AS messages,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'by', u.name, 'tried', e.tried,
                'promise', e.promise, 'is_back', e.is_back) ORDER BY e.id), '[]')
            FROM escalation e LEFT JOIN staff u ON u.id = e.by_user WHERE e.ticket = k.id)::text AS escalated,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', l.at, 'by', u.name, 'cause', l.cause,
                'product_de', d.name_de, 'product_en', d.name_en, 'reopened_at', l.reopened_at,
                'reopened_by', v.name) ORDER BY l.id), '[]')
            FROM closure l LEFT JOIN product d ON d.id = l.product
                LEFT JOIN staff u ON u.id = l.by_user LEFT JOIN staff v ON v.id = l.reopened_by
            WHERE l.ticket = k.id)::text AS closures,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('at', d.at, 'occasion', d.occasion, 'by', u.name, 'assignee', v.name,
                'assignee_id', d.assignee_id) ORDER BY d.id), '[]')
            FROM routing_decision d LEFT JOIN staff u ON u.id = d.by_id LEFT JOIN staff v ON v.id = d.assignee_id
            WHERE d.ticket = k.id)::text AS assignments,
        (SELECT jsonb_build_object('occasion', d.occasion, 'facts', d.facts, 'decision', d.decision, 'by', u.name)
            FROM routing_decision d LEFT JOIN staff u ON u.id = d.by_id WHERE d.ticket = k.id ORDER BY d.id DESC LIMIT 1)::text
            AS latest_decision,
        (SELECT coalesce(jsonb_agg(z), '[]') FROM ({AROUND}) z)::text AS orders_around,
        (SELECT coalesce(jsonb_agg(z), '[]') FROM ({PRODUCTS}) z)::text AS products_around,
        (SELECT jsonb_build_object(
            'linked', (SELECT coalesce(jsonb_agg(z), '[]') FROM ({LINKED}) z),
            'merged', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'subject', g.subject, 'at', x.at, 'by', u.name)
                ORDER BY x.at), '[]') FROM ticket g JOIN ticket_merge x ON x.ticket = g.id AND x.undone_at IS NULL
                LEFT JOIN staff u ON u.id = x.by_user WHERE g.merged_into = k.id AND g.customer = k.customer),
            'goes_on', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'subject', g.subject) ORDER BY g.id), '[]')
                FROM ticket g WHERE g.continues = k.id AND g.customer = k.customer)))::text AS together,
        ({FOR_TOPIC}) AS latitudes, ({SUGGESTED}) AS suggested,
        (SELECT coalesce(jsonb_agg(z), '[]') FROM ({_OFFERED}) z)::text AS offered_documents,
        (SELECT coalesce(jsonb_agg(z), '[]') FROM ({OFFERED}) z)::text AS offered_copies
    FROM ticket k JOIN customer c ON c.id = k.customer JOIN service_level s ON s.id = k.service_level
    JOIN customer_figures f ON f.customer = c.id
    LEFT JOIN staff o ON o.id = c.owner LEFT JOIN staff a ON a.id = k.assignee LEFT JOIN topic t ON t.id = k.topic
    LEFT JOIN person p ON p.id = k.person AND (p.restricted_at IS NULL OR $2)
    LEFT JOIN LATERAL (SELECT e.address, e.returned_at FROM email_address e
        WHERE e.person = p.id OR k.person IS NULL AND e.customer = c.id ORDER BY e.position, e.id LIMIT 1) reach ON true
    WHERE k.id = $1 AND {_VISIBLE}
"""


async def visible_ticket(user: CurrentUser, ticket_id: int) -> Row:
    """The gate for what is done to a ticket. NotFound if it is missing, or its customer deleted or restricted."""
    return await _gated(_GATE, user, ticket_id)


async def ticket_for(user: CurrentUser, ticket_id: int) -> Row:
    """The ticket with all that its page and the API say; one statement, JSON columns as text. NotFound as above."""
    return await _gated(_TICKET, user, ticket_id)


async def _gated(sql: str, user: CurrentUser, ticket_id: int) -> Row:
    row = await fetch_one(sql, ticket_id, sees_restricted(user)) if 0 < ticket_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def newest_message(ticket_id: int, *, besides: int) -> int:
    """The id of the newest message that the customer or somebody `besides` this user wrote, also in what was merged into it; 0 without
    one."""
    row = await fetch_one(
        f"SELECT max(m.id) AS id FROM ticket k JOIN ticket_message m ON m.ticket IN {FAMILY} WHERE k.id = $1 "
        "AND (m.kind = 'inbound' OR m.by_user IS DISTINCT FROM $2)",
        ticket_id, besides,
    )  # fmt: skip
    return row.id or 0 if row else 0


async def delivery_behind(user: CurrentUser, ticket_id: int, message_id: int) -> Row:
    """What became of one message, as in the conversation. NotFound if it is none of this ticket or of what was merged into it, or
    was never a mail."""
    row = await fetch_one(
        f"SELECT m.id, {DELIVERY_COLUMNS} FROM ticket k JOIN ticket_message m ON m.ticket IN {FAMILY} "
        "JOIN outbox_message x ON x.id = m.outbox_id WHERE k.id = $1 AND m.id = $3",
        ticket_id, sees_restricted(user), message_id,
    ) if 0 < message_id <= HIGHEST_ID else None  # fmt: skip
    if row is None:
        raise NotFound()
    return row


async def staff_for(topic_id: int | None) -> list[Row]:
    """Everybody with their level in a topic and their load, for names beside a decision and for handing over."""
    return await fetch(
        "SELECT u.id, u.name, u.role, u.deactivated_at, p.capacity, p.absent_from, p.absent_until, x.level, p.load "
        'FROM staff u LEFT JOIN agent_profile p ON p."user" = u.id '
        'LEFT JOIN competence x ON x."user" = u.id AND x.topic = $1 ORDER BY x.level DESC NULLS LAST, u.name, u.id',
        topic_id,
    )


def workers(staff: list[Row]) -> list[Row]:
    """Those to whom a ticket can be handed."""
    return [row for row in staff if row.deactivated_at is None and role_may(Role(row.role), Permission.TICKETS_WORK)]


async def similar_solved(ticket: Row) -> list[Row]:
    """Solved enquiries on the same topic whose subject is like this one's, the most alike first."""
    return await fetch(
        "SELECT k.id, k.subject FROM ticket k JOIN customer c ON c.id = k.customer "
        "WHERE lower(k.subject) % lower($1) AND k.topic = $2 AND k.status IN ('solved', 'closed') AND k.merged_into IS NULL AND k.id <> $3 "
        "AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        "ORDER BY similarity(lower(k.subject), lower($1)) DESC, k.id DESC LIMIT $4",
        ticket.subject, ticket.topic, ticket.id, SIMILAR,
    )  # fmt: skip


async def topics(*, with_retired: bool = False) -> list[Row]:
    """The topics in their order; retired ones only where old things are told of."""
    return await fetch(
        "SELECT id, code, name_de, name_en, level, first_contact_level, retired_at FROM topic WHERE retired_at IS NULL OR $1 "
        "ORDER BY retired_at IS NOT NULL, position, id",
        with_retired,
    )


async def customer_to_ask_for(user: CurrentUser, customer_id: int) -> Row:
    """The customer for whom a ticket is opened, with persons as JSON pairs (id, name). NotFound if not for this user."""
    row = (
        await fetch_one(
            "SELECT c.id, c.name, c.number, s.name_de, s.name_en, "
            f"(SELECT coalesce(jsonb_agg(jsonb_build_array(p.id::text, {full_name_sql('p')}) "
            "ORDER BY a.position, a.id), '[]') FROM affiliation a JOIN person p ON p.id = a.person AND p.restricted_at IS NULL "
            "WHERE a.customer = c.id)::text AS persons "
            "FROM customer c JOIN service_level s ON s.id = c.service_level "
            "WHERE c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL",
            customer_id,
        )
        if 0 < customer_id <= HIGHEST_ID
        else None
    )
    if row is None:
        raise NotFound()
    return row


async def products_around(ticket_id: int) -> list[Row]:
    """What a ticket is likely about: the products connected with it, those of its orders, then those that the customer ordered last."""
    return await fetch(
        "SELECT p.id, p.code, p.name_de, p.name_en FROM (SELECT l.product, 0 AS place, NULL::date AS on_day FROM ticket_product l "
        "WHERE l.ticket = $1 AND l.refused_at IS NULL AND l.basis <> 'offered' "
        "UNION ALL SELECT i.product, CASE WHEN x.id IS NOT NULL THEN 1 ELSE 2 END, o.ordered_on "
        "FROM ticket k JOIN customer_order o ON o.customer = k.customer JOIN order_item i ON i.customer_order = o.id "
        "LEFT JOIN ticket_order x ON x.ticket = k.id AND x.customer_order = o.id AND x.refused_at IS NULL WHERE k.id = $1) w "
        "JOIN product p ON p.id = w.product GROUP BY p.id ORDER BY min(w.place), max(w.on_day) DESC NULLS LAST, p.id LIMIT 6",
        ticket_id,
    )  # fmt: skip
