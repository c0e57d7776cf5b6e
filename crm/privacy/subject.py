"""Whom a request is about, for access and erasure alike: all ids of the one person, what they are called, and where they are reached."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

import msgspec

from crm.database import fetch_one
from crm.errors import NotFound
from crm.web.i18n import LANGUAGES


@dataclass(frozen=True, slots=True)
class Needles:
    """What tells of a person by itself. Addresses and numbers that somebody else has too are not among them. `reply_to` is where the
    answer goes to, `employers` are the names of the organisations where they work, `organisations` the customers at which they were
    found by their name."""

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    employers: tuple[str, ...] = ()
    reply_to: str = ""
    reply_name: str = ""
    organisations: tuple[int, ...] = ()

    @property
    def addresses(self) -> list[str]:
        """Addresses and numbers in small letters, as the register of personal columns takes them."""
        return sorted({one.lower() for one in (*self.emails, *self.phones)})

    def as_json(self) -> str:
        return msgspec.json.encode(asdict(self)).decode()


@dataclass(frozen=True, slots=True)
class Subject:
    """A person with everybody merged into them, and the private customers that are this person. Empty ids: there is none. `name` and
    `language` are those of today."""

    persons: tuple[int, ...]
    customers: tuple[int, ...]
    needles: Needles = Needles()
    name: str = ""
    language: str = "de"
    is_restricted: bool = False
    is_erased: bool = False

    @property
    def parameters(self) -> tuple[list[int], list[int], list[str]]:
        """$1 to $3 of the register's conditions."""
        return list(self.persons), list(self.customers), self.needles.addresses


# $1 are the person's ids, $2 those of customers that are them. A customer tells which person is meant only where none is named: a person
# may be a further one at somebody else's private customer. Whoever was merged counts, in both directions. What somebody else has as well
# tells of nobody.
_WHO = """
    WITH RECURSIVE begun(id) AS (
        SELECT unnest($1::bigint[])
        UNION SELECT a.person FROM affiliation a JOIN customer c ON c.id = a.customer
            WHERE cardinality($1::bigint[]) = 0 AND a.customer = ANY($2::bigint[]) AND a.is_self AND c.kind = 'person'
    ), one(id) AS (
        SELECT p.id FROM person p WHERE p.id IN (SELECT id FROM begun)
        UNION SELECT x.id FROM one, LATERAL (
            SELECT p.id FROM person p WHERE p.merged_into = one.id
            UNION ALL SELECT p.merged_into FROM person p WHERE p.id = one.id AND p.merged_into IS NOT NULL) x
    ), own(id) AS (
        SELECT c.id FROM customer c WHERE c.id = ANY($2::bigint[]) AND c.kind = 'person'
        UNION SELECT a.customer FROM affiliation a JOIN customer c ON c.id = a.customer
            WHERE a.person IN (SELECT id FROM one) AND a.is_self AND c.kind = 'person'
        UNION SELECT x.id FROM own, LATERAL (
            SELECT c.id FROM customer c WHERE c.merged_into = own.id AND c.kind = 'person'
            UNION ALL SELECT c.merged_into FROM customer c
                JOIN customer up ON up.id = c.merged_into AND up.kind = 'person' WHERE c.id = own.id) x
    )
    SELECT
        ARRAY(SELECT id FROM one ORDER BY id) AS persons,
        ARRAY(SELECT id FROM own ORDER BY id) AS customers,
        ARRAY(SELECT DISTINCT btrim(given_name || ' ' || family_name) FROM person WHERE id IN (SELECT id FROM one)
            AND family_name <> '' UNION SELECT name FROM customer WHERE id IN (SELECT id FROM own) AND name <> '') AS names,
        ARRAY(SELECT DISTINCT lower(e.address) FROM email_address e
            WHERE (e.person IN (SELECT id FROM one) OR e.customer IN (SELECT id FROM own)) AND e.address <> ''
            AND NOT EXISTS (SELECT FROM email_address o WHERE lower(o.address) = lower(e.address)
                AND (o.person IS NOT NULL AND o.person NOT IN (SELECT id FROM one)
                    OR o.customer IS NOT NULL AND o.customer NOT IN (SELECT id FROM own)))) AS emails,
        ARRAY(SELECT DISTINCT n.number FROM phone_number n
            WHERE (n.person IN (SELECT id FROM one) OR n.customer IN (SELECT id FROM own)) AND n.number <> ''
            AND NOT EXISTS (SELECT FROM phone_number o WHERE o.number = n.number
                AND (o.person IS NOT NULL AND o.person NOT IN (SELECT id FROM one)
                    OR o.customer IS NOT NULL AND o.customer NOT IN (SELECT id FROM own)))) AS phones,
        ARRAY(SELECT DISTINCT postcode FROM postal_address WHERE customer IN (SELECT id FROM own) AND postcode <> '') AS postcodes,
        ARRAY(SELECT DISTINCT c.name FROM affiliation a JOIN customer c ON c.id = a.customer
            WHERE a.person IN (SELECT id FROM one) AND c.kind = 'organisation' AND c.name <> '') AS employers,
        EXISTS (SELECT FROM person WHERE id IN (SELECT id FROM one) AND restricted_at IS NOT NULL)
            OR EXISTS (SELECT FROM customer WHERE id IN (SELECT id FROM own) AND restricted_at IS NOT NULL) AS is_restricted,
        coalesce((SELECT bool_and(erased_at IS NOT NULL) FROM person WHERE id IN (SELECT id FROM one)), false) AS is_erased,
        coalesce((SELECT btrim(concat_ws(' ', nullif(p.title, ''), nullif(p.given_name, ''), nullif(p.family_name, '')))
            FROM person p WHERE p.id IN (SELECT id FROM one) ORDER BY p.merged_into IS NOT NULL, p.id LIMIT 1),
            (SELECT c.name FROM customer c WHERE c.id IN (SELECT id FROM own) ORDER BY c.id LIMIT 1), '') AS name,
        coalesce((SELECT p.language FROM person p WHERE p.id IN (SELECT id FROM one) ORDER BY p.merged_into IS NOT NULL, p.id LIMIT 1),
            (SELECT c.language FROM customer c WHERE c.id IN (SELECT id FROM own) ORDER BY c.id LIMIT 1), 'de') AS language
"""


async def subject_of(person_id: int | None, customer_id: int | None) -> Subject:
    """The person (or the private customer, where no person is named), as they are known now; without ids where there is nobody. One
    statement."""
    if person_id is not None:
        return await subject_of_all([person_id], [])
    return await subject_of_all([], [] if customer_id is None else [customer_id])


async def subject_of_all(person_ids: Collection[int], customer_ids: Collection[int]) -> Subject:
    """The one person whom all these ids are known to mean, merged or (in an older state of the database) not yet. One statement."""
    row = await fetch_one(_WHO, list(person_ids), list(customer_ids))
    assert row is not None
    names, emails, phones, postcodes, employers = (
        tuple(sorted(row[name])) for name in ("names", "emails", "phones", "postcodes", "employers")
    )
    needles = Needles(names, emails, phones, postcodes, employers)
    language = row.language if row.language in LANGUAGES else "de"
    return Subject(
        tuple(row.persons), tuple(row.customers), needles, row.name, language, row.is_restricted, row.is_erased
    )


async def subject_named(person_id: int | None, customer_id: int | None) -> Subject:
    """The same. Raises NotFound for nobody."""
    subject = await subject_of(person_id, customer_id)
    if not (subject.persons or subject.customers):
        raise NotFound()
    return subject
