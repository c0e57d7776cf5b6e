"""Whom a copy is about: the person with everybody merged into them, the private customers that they are, and where they are reached."""

from __future__ import annotations

from dataclasses import dataclass

from crm.database import fetch_one
from crm.errors import NotFound


@dataclass(frozen=True, slots=True)
class Subject:
    """Ids and addresses as the register of personal columns takes them; `name` and `language` are those of today."""

    persons: tuple[int, ...]
    customers: tuple[int, ...]
    addresses: tuple[str, ...]
    name: str
    language: str

    @property
    def parameters(self) -> tuple[list[int], list[int], list[str]]:
        """$1 to $3 of the register's conditions."""
        return list(self.persons), list(self.customers), list(self.addresses)


# $1 is the person, $2 the customer of the request, which tells who is meant only where no person is named: a person may be a further
# one at somebody else's private customer. An address or number that somebody else has as well tells of nobody.
_WHO = """
    WITH RECURSIVE up(id, merged_into) AS (
        SELECT p.id, p.merged_into FROM person p WHERE p.id = $1 OR $1::bigint IS NULL AND p.id IN (
            SELECT a.person FROM affiliation a JOIN customer c ON c.id = a.customer AND c.kind = 'person'
            WHERE a.customer = $2 AND a.is_self)
        UNION SELECT p.id, p.merged_into FROM up JOIN person p ON p.id = up.merged_into
    ), who(id) AS (
        SELECT id FROM up UNION SELECT p.id FROM who JOIN person p ON p.merged_into = who.id
    ), own(id) AS (
        SELECT c.id FROM customer c WHERE c.kind = 'person' AND (c.id = $2 AND $1::bigint IS NULL OR c.id IN (
            SELECT a.customer FROM affiliation a WHERE a.person IN (SELECT id FROM who) AND a.is_self))
        UNION SELECT c.id FROM own JOIN customer c ON c.merged_into = own.id AND c.kind = 'person'
    ), reached AS (
        SELECT lower(e.address) AS at, e.person, e.customer FROM email_address e
        UNION ALL SELECT n.number, n.person, n.customer FROM phone_number n
    ), mine AS (
        SELECT DISTINCT r.at FROM reached r WHERE r.at <> '' AND (r.person IN (SELECT id FROM who)
            OR r.person IS NULL AND r.customer IN (SELECT id FROM own))
    )
    SELECT ARRAY(SELECT id FROM who ORDER BY id) AS persons, ARRAY(SELECT id FROM own ORDER BY id) AS customers,
        ARRAY(SELECT m.at FROM mine m WHERE NOT EXISTS (SELECT FROM reached r WHERE r.at = m.at
            AND NOT coalesce(r.person IN (SELECT id FROM who), r.customer IN (SELECT id FROM own), false))
            ORDER BY 1) AS addresses,
        coalesce((SELECT btrim(concat_ws(' ', nullif(p.title, ''), nullif(p.given_name, ''), nullif(p.family_name, '')))
            FROM person p WHERE p.id IN (SELECT id FROM who) ORDER BY p.merged_into IS NOT NULL, p.id LIMIT 1),
            (SELECT c.name FROM customer c WHERE c.id IN (SELECT id FROM own) ORDER BY c.id LIMIT 1), '') AS name,
        coalesce((SELECT p.language FROM person p WHERE p.id IN (SELECT id FROM who) ORDER BY p.id LIMIT 1),
            (SELECT c.language FROM customer c WHERE c.id IN (SELECT id FROM own) ORDER BY c.id LIMIT 1), 'de') AS language
"""


async def subject_of(person_id: int | None, customer_id: int | None) -> Subject:
    """The person (or the private customer) as they are known now, in one statement. Raises NotFound for nobody."""
    row = await fetch_one(_WHO, person_id, customer_id)
    if row is None or not (row.persons or row.customers):
        raise NotFound()
    return Subject(
        tuple(row.persons), tuple(row.customers), tuple(row.addresses), row.name, row.language if row.language in ("de", "en") else "de"
    )  # fmt: skip
