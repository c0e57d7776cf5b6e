"""Customers as the rule of likeness sees them, read from the database, and as somebody is typing them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from crm.database import Row, fetch
from crm.records.likeness import Portrait, portrait

MOST_VALUES = 30
"""So many e-mail addresses and telephone numbers of a customer are compared; an organisation may have hundreds of people."""

_FACTS = f"""
    SELECT c.id, c.kind, c.name, c.website, c.vat_id, coalesce(p.given_name, '') AS given_name,
        coalesce(p.family_name, '') AS family_name, p.birthday,
        ARRAY(SELECT e.address FROM email_address e WHERE e.customer = c.id OR e.person = ANY(people.ids)
            ORDER BY e.customer NULLS LAST, e.position, e.id LIMIT {MOST_VALUES}) AS emails,
        ARRAY(SELECT n.number FROM phone_number n WHERE n.customer = c.id OR n.person = ANY(people.ids)
            ORDER BY n.customer NULLS LAST, n.position, n.id LIMIT {MOST_VALUES}) AS phones,
        ARRAY(SELECT ARRAY[a.street, a.postcode, a.city] FROM postal_address a WHERE a.customer = c.id
            ORDER BY a.position, a.id LIMIT {MOST_VALUES}) AS places
    FROM customer c
    LEFT JOIN affiliation self ON self.customer = c.id AND self.is_self
    LEFT JOIN person p ON p.id = self.person,
    LATERAL (SELECT coalesce(array_agg(a.person), '{{}}') AS ids FROM (
        SELECT person FROM affiliation WHERE customer = c.id ORDER BY position, id LIMIT {MOST_VALUES}) a) people
    WHERE c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL
"""
"""Restricted and deleted customers are never compared (GDPR Art. 18); those that were merged into others count as deleted."""


async def rows_of(ids: Sequence[int]) -> list[Row]:
    """The facts of these customers; who may not be compared is missing."""
    return await fetch(_FACTS + " AND c.id = ANY($1::bigint[]) ORDER BY c.id", list(ids))


async def rows_after(customer_id: int, limit: int) -> list[Row]:
    """The facts of the next customers by id."""
    return await fetch(_FACTS + " AND c.id > $1 ORDER BY c.id LIMIT $2", customer_id, limit)


def portrait_of(row: Row) -> Portrait:
    return portrait(
        row.kind, name=row.name, given_name=row.given_name, family_name=row.family_name, birthday=row.birthday,
        emails=row.emails, phones=row.phones, places=[tuple(place) for place in row.places], website=row.website,
        vat_id=row.vat_id,
    )  # fmt: skip


def fingerprint(subject: Portrait) -> str:
    """A short text that changes when anything changes by which a customer is compared."""
    facts = (
        subject.kind, subject.given, subject.family, subject.core, subject.form, subject.birthday, sorted(subject.emails),
        sorted(subject.phones), sorted((p.street, p.number, p.postcode, p.city) for p in subject.places), sorted(subject.domains),
        subject.vat_id,
    )  # fmt: skip
    return blake2b(repr(facts).encode(), digest_size=12).hexdigest()
