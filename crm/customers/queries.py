"""The reads of customers: the gate that every page loads them through, and the customer page in one statement."""

from __future__ import annotations

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Role
from crm.customers.data import full_name_sql
from crm.customers.depth_sql import DEPTH, REACH_KINDS
from crm.customers.lists.search_text import wanted_terms
from crm.customers.merged import gone
from crm.customers.orders.card_queries import ORDERS_CARD, QUOTATIONS_CARD
from crm.database import HIGHEST_ID, Row, fetch, fetch_one, fetch_value
from crm.service_levels.queries import service_levels
from crm.text import fold, sort_key
from crm.web.i18n import language

MOST_PERSONS = 20
"""So many persons are offered to choose from."""

NOT_OF_RESTRICTED = """NOT EXISTS (SELECT FROM person w WHERE w.restricted_at IS NOT NULL AND w.id IN (
        (SELECT i.person FROM interaction i WHERE i.id = {alarm}.interaction_id),
        (SELECT y.person FROM survey_answer y WHERE y.id = {alarm}.answer_id)))"""
"""Of an alarm: that whoever it is about is not restricted (GDPR Art. 18)."""

_reach_kinds = REACH_KINDS.format(whose="person = p.id")
_PERSONS = f"""
    SELECT p.id, p.given_name, p.family_name, p.title, p.form_of_address, p.language, p.version, p.birthday, p.salutation,
        p.preferred_channel, a.function, a.is_self,
        {full_name_sql("p")} AS name,
        ARRAY(SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id) AS emails,
        ARRAY(SELECT n.number FROM phone_number n WHERE n.person = p.id ORDER BY n.position, n.id) AS phones,
        {_reach_kinds} AS reach_kinds,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name) ORDER BY o.sort_key, o.id), '[]')
            FROM affiliation b JOIN customer o ON o.id = b.customer
            WHERE b.person = p.id AND b.customer <> a.customer AND o.deleted_at IS NULL AND (o.restricted_at IS NULL OR {{sees_restricted}})
        ) AS elsewhere,
        (SELECT to_jsonb(d) FROM (SELECT status, source, due_on, settled_on FROM information_duty WHERE person = p.id) d) AS duty
    FROM affiliation a JOIN person p ON p.id = a.person
    WHERE a.customer = {{customer}} AND (p.restricted_at IS NULL OR {{sees_restricted}}) ORDER BY a.position, a.id
"""

_CUSTOMER = f"""
    SELECT c.*, s.code AS level_code, s.name_de AS level_de, s.name_en AS level_en, s.contact_rhythm_days,
        target.first_response_min, o.name AS owner_name, o.email AS owner_email, d.name AS deputy_name,
        coalesce(a.street, '') AS street, coalesce(a.postcode, '') AS postcode, coalesce(a.city, '') AS city,
        coalesce(a.country, 'DE') AS country,
        f.last_contact_at, f.contact_due_at, f.interactions, f.open_tickets, f.satisfaction_sum, f.satisfaction_answers,
        f.orders, f.revenue, f.revenue_currency, f.average_order, f.last_order_on, f.order_rhythm_days, f.next_order_on,
        f.quiet_from_on,
        ARRAY(SELECT e.address FROM email_address e WHERE e.customer = c.id ORDER BY e.position, e.id) AS emails,
        ARRAY(SELECT e.id FROM email_address e WHERE e.customer = c.id ORDER BY e.position, e.id) AS email_ids,
        ARRAY(SELECT n.number FROM phone_number n WHERE n.customer = c.id ORDER BY n.position, n.id) AS phones,
        (SELECT coalesce(jsonb_agg(p), '[]')::text FROM ({_PERSONS.format(customer="c.id", sees_restricted="$2")}) p) AS persons,
        {ORDERS_CARD} AS orders_card,
        {QUOTATIONS_CARD} AS quotations_card,
        (SELECT to_jsonb(x)::text FROM (
            SELECT r.id, CASE WHEN r."user" = $3 THEN r.text ELSE '' END AS text, r.due_at, r.cause, r.cause_detail, u.name AS user_name
            FROM reminder r JOIN staff u ON u.id = r."user"
            WHERE r.customer = c.id AND r.done_at IS NULL ORDER BY r.due_at LIMIT 1) x) AS next_reminder,
        (SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]')::text FROM (
            SELECT m.id, m.kind, m.detail, m.at, m.outcome, m.note, m.interaction_id, b.name AS by_name
            FROM alarm m LEFT JOIN staff b ON b.id = m.acknowledged_by
            WHERE m.customer = c.id AND m.withdrawn_at IS NULL AND m.outcome <> 'done'
                AND {NOT_OF_RESTRICTED.format(alarm="m")} ORDER BY m.at DESC, m.id DESC LIMIT 3) x) AS alarms,
        (SELECT jsonb_build_object('count', coalesce(max(x.n), 0), 'latest', coalesce(jsonb_agg(to_jsonb(x) - 'n'), '[]'))::text FROM (
            SELECT t.id, t.name, t.size, t.media_type, t.uploaded_at, u.name AS uploaded_by, count(*) OVER () AS n
            FROM document t LEFT JOIN staff u ON u.id = t.uploaded_by LEFT JOIN person p ON p.id = t.person
            WHERE t.customer = c.id AND t.deleted_at IS NULL AND (p.restricted_at IS NULL OR $2)
            ORDER BY t.uploaded_at DESC, t.id DESC LIMIT 5) x) AS documents,
        {DEPTH} AS depth
    FROM customer c
    JOIN service_level s ON s.id = c.service_level
    LEFT JOIN service_target target ON target.service_level = s.id AND target.priority = 'normal'
    JOIN customer_figures f ON f.customer = c.id
    LEFT JOIN staff o ON o.id = c.owner
    LEFT JOIN staff d ON d.id = c.deputy
    LEFT JOIN postal_address a ON a.customer = c.id AND a.position = 0
    WHERE c.id = $1 AND c.deleted_at IS NULL AND (c.restricted_at IS NULL OR $2)
"""


async def customer_for(user: CurrentUser, customer_id: int) -> Row:
    """The customer with all that its page says beside history and journey; one statement. What a colleague wants to be reminded of
    is theirs: only that they will be is said. NotFound if it is missing,
    deleted, or restricted and the user is not the data protection officer (GDPR Art. 18); Moved if it was merged."""
    row = (
        await fetch_one(_CUSTOMER, customer_id, sees_restricted(user), user.id)
        if 0 < customer_id <= HIGHEST_ID
        else None
    )
    if row is None:
        raise await gone("customer", customer_id)
    return row


def sees_restricted(user: CurrentUser) -> bool:
    """Restricted people are for the data protection officer only."""
    return user.role is Role.DPO


async def persons_of(customer_id: int, *, restricted: bool = False) -> list[Row]:
    """The persons of a customer in their order, each with e-mail addresses and telephone numbers."""
    return await fetch(_PERSONS.format(customer="$1", sees_restricted="$2"), customer_id, restricted)


async def persons_matching(text: str, customer_ids: list[int], *, besides: int, exactly: bool) -> list[Row]:
    """Persons of these customers whom a search means by name, e-mail address or customer, each once and in the order of
    the customers; without those who are at the customer `besides`. Unless `exactly`, similar names do too."""
    rows = await fetch(
        f"SELECT DISTINCT ON (p.id) p.id, {full_name_sql('p')} AS name, a.function, c.name AS customer_name, "
        "array_position($1::bigint[], c.id) AS place, "
        "ARRAY(SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id) AS emails "
        "FROM affiliation a JOIN person p ON p.id = a.person JOIN customer c ON c.id = a.customer "
        "WHERE a.customer = ANY($1) AND p.restricted_at IS NULL "
        "AND NOT EXISTS (SELECT FROM affiliation h WHERE h.person = p.id AND h.customer = $2) ORDER BY p.id, place",
        customer_ids, besides,
    )  # fmt: skip
    terms = wanted_terms(text)
    found = [row for row in rows if not exactly or _is_meant(terms, row)]
    return sorted(found, key=lambda row: (row.place, row.id))[:MOST_PERSONS]


def _is_meant(terms: tuple[str, ...], row: Row) -> bool:
    return all(term in fold(" ".join((row.name, row.customer_name, *row.emails))) for term in terms)


async def person_for(user: CurrentUser, person_id: int, customer_id: int | None = None) -> Row:
    """A person at this customer, or at the one they belong to first. NotFound if missing or not for this user; Moved if
    they were merged."""
    row = None
    if 0 < person_id <= HIGHEST_ID:
        row = await fetch_one(
            "SELECT p.id, p.given_name, p.family_name, p.title, p.form_of_address, p.language, p.version, p.birthday, "
            f"p.salutation, p.preferred_channel, a.function, a.is_self, {full_name_sql('p')} AS name, "
            "ARRAY(SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id) AS emails, "
            "ARRAY(SELECT n.number FROM phone_number n WHERE n.person = p.id ORDER BY n.position, n.id) AS phones, "
            f"{_reach_kinds}::text AS reach_kinds, "
            "(SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id LIMIT 1) AS email, "
            "(SELECT n.number FROM phone_number n WHERE n.person = p.id ORDER BY n.position, n.id LIMIT 1) AS phone, "
            "c.id AS customer_id, c.name AS customer_name, c.number AS customer_number "
            "FROM person p JOIN affiliation a ON a.person = p.id JOIN customer c ON c.id = a.customer "
            "WHERE p.id = $1 AND c.id = coalesce($3, c.id) AND c.deleted_at IS NULL "
            "AND ($2 OR p.restricted_at IS NULL AND c.restricted_at IS NULL) "
            "ORDER BY a.is_self DESC, a.id LIMIT 1",
            person_id, sees_restricted(user), customer_id,
        )  # fmt: skip
    if row is None:
        raise await gone("person", person_id)
    return row


async def last_touchpoint_of(customer_id: int) -> str:
    """The code of the touchpoint of the newest contact, or nothing."""
    code = await fetch_value(
        "SELECT t.code FROM interaction i JOIN touchpoint t ON t.id = i.touchpoint "
        "WHERE i.customer = $1 ORDER BY i.at DESC LIMIT 1", customer_id,
    )  # fmt: skip
    return str(code or "")


async def team_options() -> list[tuple[int, str]]:
    return [(row.id, row.name) for row in await fetch("SELECT id, name FROM team ORDER BY name, id")]


async def customer_meant(text: str) -> int | None:
    """The id of the customer who is meant by a number, an external id or, if only one is called so, a name. The number may
    be followed by the name, as a list of suggestions writes it: "K-10001 · Größmann"."""
    number = text.partition(" · ")[0].strip()
    rows = await fetch(
        "SELECT id FROM customer WHERE (upper(number) = upper($1) OR external_id = $1) AND deleted_at IS NULL "
        "AND restricted_at IS NULL UNION SELECT id FROM customer WHERE sort_key COLLATE \"C\" = $2 AND $2 <> '' "
        "AND deleted_at IS NULL AND restricted_at IS NULL AND NOT EXISTS (SELECT FROM customer WHERE upper(number) = upper($1)) "
        "LIMIT 2",
        number, sort_key(text),
    )  # fmt: skip
    return int(rows[0].id) if len(rows) == 1 else None


async def team_id_named(name: str) -> int | None:
    found = await fetch_value("SELECT id FROM team WHERE lower(name) = lower($1)", name)
    return int(found) if found else None


async def known_external_id(external_id: str) -> Row | None:
    """The customer with this external id, deleted or not; if it was merged, the one that survived."""
    return await fetch_one(
        "WITH RECURSIVE up AS (SELECT id, deleted_at, merged_into FROM customer WHERE external_id = $1 "
        "UNION SELECT c.id, c.deleted_at, c.merged_into FROM up JOIN customer c ON c.id = up.merged_into) "
        "SELECT id, deleted_at FROM up WHERE merged_into IS NULL",
        external_id,
    )


async def status_changes_of(customer_id: int) -> list[Row]:
    """The events of a customer's status, the oldest first."""
    return await fetch(
        "SELECT s.before, s.after, s.trigger, s.reason_code, s.reason, s.last_touchpoint, s.at, u.name AS by "
        "FROM status_change s LEFT JOIN staff u ON u.id = s.by_user WHERE s.customer = $1 ORDER BY s.at, s.id",
        customer_id,
    )


async def service_level_codes() -> frozenset[str]:
    return frozenset(row.code for row in await service_levels())


async def staff_options() -> list[tuple[int, str]]:
    """Who can look after a customer: everyone who works here now."""
    rows = await fetch("SELECT id, name FROM staff WHERE deactivated_at IS NULL ORDER BY name, id")
    return [(row.id, row.name) for row in rows]


async def possible_duplicates(name: str, email: str, phone: str) -> list[Row]:
    """Customers that may be the same: the same e-mail address or telephone number, or a name that sorts alike."""
    # An array, since PostgreSQL otherwise may plan for many hits and walk along all customers.
    return await fetch(
        "SELECT c.id, c.number, c.name, a.city FROM customer c LEFT JOIN postal_address a ON a.customer = c.id AND a.position = 0 "
        "WHERE c.deleted_at IS NULL AND c.restricted_at IS NULL AND c.id = ANY(ARRAY("
        """SELECT id FROM customer WHERE $1 <> '' AND sort_key COLLATE "C" = $1 """
        "UNION SELECT customer FROM email_address WHERE $2 <> '' AND lower(address) = lower($2) "
        "UNION SELECT customer FROM affiliation WHERE $2 <> '' AND person = ANY(ARRAY("
        "SELECT person FROM email_address WHERE lower(address) = lower($2))) "
        "UNION SELECT customer FROM phone_number WHERE $3 <> '' AND number = $3 "
        "UNION SELECT customer FROM affiliation WHERE $3 <> '' AND person = ANY(ARRAY("
        "SELECT person FROM phone_number WHERE number = $3)))) ORDER BY c.id LIMIT 5",
        sort_key(name), email, phone,
    )  # fmt: skip


def local_level(row: Row) -> str:
    """The name of a customer's service level in the language of the moment."""
    return str(row.level_de if language.get() == "de" else row.level_en)


_FREE = """x.customer = $1
        AND NOT EXISTS (SELECT FROM person WHERE person.id = x.person AND person.restricted_at IS NOT NULL)"""
_JOURNEY = f"""
    SELECT (SELECT array_agg(name_{{lang}} ORDER BY position, id) FROM phase
            WHERE retired_at IS NULL OR id IN (SELECT y.phase FROM touchpoint y WHERE EXISTS (
                SELECT FROM interaction x WHERE {_FREE} AND x.touchpoint = y.id
                UNION ALL SELECT FROM survey_answer x WHERE {_FREE} AND x.touchpoint = y.id))) AS phases, ph.name_{{lang}} AS phase,
        t.name_{{lang}} AS name, t.department, t.target::float8 AS target, t.position,
        t.is_moment_of_truth OR coalesce(i.moment, false) AS is_moment_of_truth, coalesce(i.volume, 0) AS volume,
        i.staff_mean::float8 AS staff_mean, s.mean::float8 AS mean, coalesce(s.n, 0) AS n
    FROM touchpoint t JOIN phase ph ON ph.id = t.phase
    LEFT JOIN (SELECT touchpoint, count(*) AS volume, avg(impression) AS staff_mean, bool_or(is_moment_of_truth) AS moment
        FROM interaction x WHERE {_FREE} AND touchpoint IS NOT NULL GROUP BY touchpoint) i ON i.touchpoint = t.id
    LEFT JOIN (SELECT touchpoint, count(*) AS n, avg(score) AS mean
        FROM survey_answer x WHERE {_FREE} AND touchpoint IS NOT NULL AND metric = 'csat' GROUP BY touchpoint) s
        ON s.touchpoint = t.id
    WHERE i.volume > 0 OR s.n > 0
    ORDER BY ph.position, t.position, t.id
"""


async def journey_of(customer_id: int) -> list[Row]:
    """The touchpoints where this customer has been, in the order of the journey: the customer's own answers (CSAT, 1-5)
    and, apart from them, staff's impression; nothing that came from restricted persons (GDPR Art. 18)."""
    return await fetch(_JOURNEY.format(lang="de" if language.get() == "de" else "en"), customer_id)
