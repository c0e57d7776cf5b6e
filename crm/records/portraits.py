"""Customers as the rule of likeness sees them, read from the database, and as somebody is typing them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from crm.database import fetch
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
            ORDER BY a.position, a.id LIMIT {MOST_VALUES}) AS places, coalesce(b.fingerprint, '') AS kept
    FROM customer c
    LEFT JOIN customer_blocks b ON b.customer = c.id
    LEFT JOIN affiliation self ON self.customer = c.id AND self.is_self
    LEFT JOIN person p ON p.id = self.person,
    LATERAL (SELECT coalesce(array_agg(a.person), '{{}}') AS ids FROM (
        SELECT person FROM affiliation WHERE customer = c.id ORDER BY position, id LIMIT {MOST_VALUES}) a) people
    WHERE c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL
"""
"""Restricted and deleted customers are never compared (GDPR Art. 18); those that were merged into others count as deleted."""


class Facts(NamedTuple):
    """A customer as they are stored, with what they are compared by; `kept` is the fingerprint of the keys that the database has."""

    id: int
    kind: str
    name: str
    website: str
    vat_id: str
    given_name: str
    family_name: str
    birthday: date | None
    emails: list[str]
    phones: list[str]
    places: list[tuple[str, str, str]]
    kept: str


async def facts_of(ids: Sequence[int]) -> list[Facts]:
    """The facts of these customers; who may not be compared is missing."""
    return [Facts(*row) for row in await fetch(_FACTS + " AND c.id = ANY($1::bigint[]) ORDER BY c.id", list(ids))]


async def facts_after(customer_id: int, limit: int) -> list[Facts]:
    """The facts of the next customers by id."""
    return [Facts(*row) for row in await fetch(_FACTS + " AND c.id > $1 ORDER BY c.id LIMIT $2", customer_id, limit)]


def portrait_of(facts: Facts) -> Portrait:
    return portrait(
        facts.kind, name=facts.name, given_name=facts.given_name, family_name=facts.family_name, birthday=facts.birthday,
        emails=facts.emails, phones=facts.phones, places=facts.places, website=facts.website, vat_id=facts.vat_id,
    )  # fmt: skip


def fingerprint(subject: Portrait) -> str:
    """A short text that changes when anything changes by which a customer is compared."""
    facts = (
        subject.kind, subject.given, subject.family, subject.core, subject.form, subject.birthday, sorted(subject.emails),
        sorted(subject.phones), sorted((p.street, p.number, p.postcode, p.city) for p in subject.places), sorted(subject.domains),
        subject.vat_id,
    )  # fmt: skip
    return blake2b(repr(facts).encode(), digest_size=12).hexdigest()


def pair_fingerprint(one: str, other: str) -> str:
    """That of two customers, the one with the smaller id first."""
    return f"{one} {other}"
