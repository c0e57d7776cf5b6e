"""The reads of consent: the catalogue of purposes, the ledger of a person, and the overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.accounts.current import CurrentUser
from crm.consents.chain import KEY_SQL
from crm.consents.ledger import REFUSALS
from crm.customers.data import full_name_sql
from crm.customers.merged import MERGED_PERSONS
from crm.customers.queries import sees_restricted
from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.web.i18n import language
from crm.web.paging import cursor_of, keys_of

PAGE = 20

_EVENT = f"""
    SELECT e.id, e.person_id, e.address_key, e.purpose, e.channel, e.event, e.wording_version, e.source, e.at,
        e.recorded_at, e.recorded_by, u.name AS recorded_by_name, encode(e.hash, 'hex') AS hash,
        coalesce(p.name_de, e.purpose) AS name_de, coalesce(p.name_en, e.purpose) AS name_en,
        (y.fields - 'address')::text AS evidence,
        y.name AS document_name, y.size AS document_size, y.media_type AS document_type, y.sha256 AS document_sha256,
        y.fields ->> 'address' AS address, y.erased_at, lower(y.fields ->> 'mailbox') AS mailbox,
        {full_name_sql("h")} AS person_name,
        h.restricted_at IS NOT NULL AS is_restricted, h.id AS shown_person
    FROM consent_event e
    LEFT JOIN purpose p ON p.code = e.purpose
    LEFT JOIN consent_payload y ON y.id = e.payload_id
    LEFT JOIN staff u ON u.id = e.recorded_by
    LEFT JOIN person h ON h.id = e.person_id
"""

# What belongs to a person or an address that is not restricted, at a customer who is neither restricted nor deleted; who was
# merged counts as the one that survived.
_OPEN = """
    (h.id IS NULL OR h.restricted_at IS NULL AND EXISTS (
        SELECT FROM affiliation a JOIN customer c ON c.id = a.customer
        WHERE a.person = coalesce((SELECT survivor FROM merged_person WHERE person = h.id), h.id)
            AND c.restricted_at IS NULL AND c.deleted_at IS NULL))
    AND NOT EXISTS (
        SELECT FROM email_address m LEFT JOIN affiliation a ON a.person = m.person
        LEFT JOIN person q ON q.id = m.person JOIN customer c ON c.id = coalesce(m.customer, a.customer)
        WHERE e.person_id IS NULL AND lower(m.address) = lower(y.fields ->> 'address')
            AND (q.restricted_at IS NOT NULL OR c.restricted_at IS NOT NULL
                OR c.deleted_at IS NOT NULL AND c.merged_into IS NULL))
"""

STATES = """
    placed AS (
        SELECT person_id, coalesce(person_id::text, address_key) AS subject, purpose, channel, event, source, row_number() OVER (
            PARTITION BY coalesce(person_id::text, address_key), purpose, channel
            ORDER BY at, event IN ('refused', 'withdrawn', 'objected', 'expired'), id) AS n
        FROM consent_event WHERE {until}
    ), marked AS (
        SELECT *,
            coalesce(max(n) FILTER (WHERE event IN ('refused', 'withdrawn', 'objected')) OVER whole, 0) AS refused,
            coalesce(max(n) FILTER (WHERE event IN ('refused', 'withdrawn', 'objected', 'expired')) OVER whole, 0) AS ended
        FROM placed WINDOW whole AS (PARTITION BY subject, purpose, channel)
    ), summed AS (
        SELECT max(person_id) AS person_id, subject, purpose, channel, max(refused) AS refused, max(ended) AS ended,
            min(n) FILTER (WHERE event = 'given' AND n > ended) AS given,
            max(n) FILTER (WHERE event = 'confirmed' AND n > ended) AS confirmed,
            bool_or(event = 'given' AND n > ended AND source IN ('paper', 'preference_page')) AS on_paper,
            bool_or(event = 'given' AND n > refused) AS since_refusal
        FROM marked GROUP BY subject, purpose, channel
    ), own_state AS (
        SELECT s.person_id, s.subject, s.purpose, s.channel, CASE
            WHEN s.given IS NOT NULL AND (NOT p.needs_confirmation OR s.channel <> 'email' OR s.on_paper
                OR s.confirmed > s.given) THEN 'given'
            WHEN s.given IS NOT NULL THEN 'pending'
            WHEN s.since_refusal THEN 'expired'
            WHEN s.refused > 0 THEN 'refused'
            ELSE 'none' END AS status
        FROM summed s JOIN purpose p ON p.code = s.purpose
    ), {MERGED_PERSONS}, consent_state AS (
        SELECT DISTINCT ON (coalesce(m.survivor::text, s.subject), s.purpose, s.channel)
            coalesce(m.survivor, s.person_id) AS person_id, s.purpose, s.channel, s.status
        FROM own_state s LEFT JOIN merged_person m ON m.person = s.person_id
        ORDER BY coalesce(m.survivor::text, s.subject), s.purpose, s.channel,
            array_position(ARRAY['refused', 'given', 'pending', 'expired', 'none'], s.status)
    )
""".replace("{MERGED_PERSONS}", MERGED_PERSONS.strip())
"""The state of every person (or address without one), purpose and channel: the rule of ledger.state_of in SQL, as parts of
a WITH; a test holds the two together. Persons who were merged are one, and the strictest of their states counts (ledger.strictest).
`STATES.format(until="at <= $1")` says which events count."""

_COVERAGE = f"""
    WITH {STATES.format(until="at <= $1")}
    SELECT p.code, p.name_de, p.name_en, way AS channel,
        count(*) FILTER (WHERE status = 'given') AS given, count(*) FILTER (WHERE status = 'pending') AS pending,
        count(*) FILTER (WHERE status = 'refused') AS refused, count(*) FILTER (WHERE status = 'expired') AS expired
    FROM purpose p CROSS JOIN LATERAL unnest(string_to_array(p.channels, ',')) AS way
    LEFT JOIN consent_state d ON d.purpose = p.code AND d.channel = way
    WHERE p.legal_basis = 'consent' GROUP BY p.id, way ORDER BY p.position, p.id, way
"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many persons (or addresses without one) have said what about one purpose on one channel."""

    purpose: str
    name: str
    channel: str
    given: int
    pending: int
    refused: int
    expired: int


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the cursor of the next ones."""

    items: list[Row]
    next: str | None


async def coverage(now: datetime) -> list[Coverage]:
    """The overview per purpose and channel; purposes that rest on consent only."""
    return [
        Coverage(row.code, _name(row), row.channel, row.given, row.pending, row.refused, row.expired)
        for row in await fetch(_COVERAGE, now)
    ]


async def latest_events(user: CurrentUser, cursor: str | None = None, limit: int = PAGE) -> Page:
    """The newest entries of the ledger; those about restricted or deleted people are for the data protection officer only."""
    keys = keys_of(cursor, int)
    rows = await fetch(
        f"WITH {MERGED_PERSONS} {_EVENT} WHERE e.id < $1 AND ($2 OR {_OPEN}) ORDER BY e.id DESC LIMIT $3",
        keys[0] if keys else HIGHEST_ID, sees_restricted(user), limit + 1,
    )  # fmt: skip
    more = len(rows) > limit
    return Page(rows[:limit], cursor_of(rows[limit - 1].id) if more else None)


async def ledger_of(person_id: int) -> list[Row]:
    """All events about a person, the newest first; those about persons who were merged into this one are among them."""
    # one list of ids is looked up in the index; with OR the whole ledger would be read
    return await fetch(
        f"WITH {MERGED_PERSONS} {_EVENT} WHERE e.person_id = ANY(ARRAY("
        "SELECT $1::bigint UNION ALL SELECT person FROM merged_person WHERE survivor = $1)) ORDER BY e.at DESC, e.id DESC",
        person_id,
    )  # fmt: skip


async def ledger_of_address(address: str) -> list[Row]:
    """All events about an address without a person, the newest first."""
    return await fetch(
        f"{_EVENT} WHERE e.person_id IS NULL AND e.address_key = {KEY_SQL.format(address='$1::text')} ORDER BY e.at DESC, e.id DESC",
        address,
    )  # fmt: skip


async def address_for(user: CurrentUser, address_id: int) -> Row:
    """An e-mail address of a customer that belongs to no person (info@). NotFound if it is missing, or its customer is not for this
    user."""
    row = None
    if 0 < address_id <= HIGHEST_ID:
        row = await fetch_one(
            "SELECT e.id, e.address, c.id AS customer_id, c.name AS customer_name, c.language FROM email_address e "
            "JOIN customer c ON c.id = e.customer WHERE e.id = $1 AND e.person IS NULL AND c.deleted_at IS NULL "
            "AND ($2 OR c.restricted_at IS NULL)",
            address_id, sees_restricted(user),
        )  # fmt: skip
    if row is None:
        raise NotFound()
    return row


async def addresses_of(customer_id: int) -> list[Row]:
    """The addresses of a customer that belong to no person, each with its number."""
    return await fetch(
        "SELECT id, address FROM email_address WHERE customer = $1 AND person IS NULL ORDER BY position, id",
        customer_id,
    )


async def event(event_id: int) -> Row:
    """One event that is known to exist."""
    row = await fetch_one(_EVENT + "WHERE e.id = $1", event_id)
    assert row is not None
    return row


_PURPOSE = (
    "SELECT id, code, name_de, name_en, legal_basis, is_advertising, needs_confirmation, channels, retention_months, consent_months, "
    "position, retired_at, version, is_own_similar FROM purpose "
)


async def purposes() -> list[Row]:
    """The catalogue of purposes, with those that are retired."""
    return await fetch(_PURPOSE + "ORDER BY position, id")


async def purpose_named(code: str) -> Row | None:
    """One purpose by its code."""
    if not code.isprintable():
        return None
    return await fetch_one(_PURPOSE + "WHERE code = $1", code)


async def agreed_by_version(code: str | None = None) -> dict[tuple[str, int], int]:
    """How many persons (or addresses without one) gave their consent under each version of a wording, whatever they said later; by
    purpose and version."""
    rows = await fetch(
        "SELECT purpose, wording_version AS version, count(DISTINCT coalesce(person_id::text, address_key)) AS n "
        "FROM consent_event WHERE event = 'given' AND wording_version IS NOT NULL AND ($1::text IS NULL OR purpose = $1) GROUP BY 1, 2",
        code,
    )  # fmt: skip
    return {(row.purpose, row.version): row.n for row in rows}


async def used_channels(code: str) -> set[str]:
    """The channels on which the ledger holds events for a purpose."""
    return {row.channel for row in await fetch("SELECT DISTINCT channel FROM consent_event WHERE purpose = $1", code)}


async def wordings(purpose: str | None = None) -> list[Row]:
    """The texts that people saw, the newest version of each purpose first."""
    return await fetch(
        "SELECT w.id, p.code, p.name_de, p.name_en, w.version, w.language, w.text, w.valid_from FROM wording w "
        "JOIN purpose p ON p.id = w.purpose WHERE $1::text IS NULL OR p.code = $1 "
        "ORDER BY p.position, p.id, w.version DESC, w.language",
        purpose,
    )  # fmt: skip


def _name(row: Row) -> str:
    return str(row.name_de if language.get() == "de" else row.name_en)


def is_no(event: str) -> bool:
    """A person's no, for the colour of a line."""
    return event in REFUSALS
