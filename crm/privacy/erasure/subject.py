"""Who is to be erased: all ids of the one person, what they are called, and where they are reached."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import msgspec

from crm.accounts.company import signing_secret
from crm.customers.suppression.keys import Key, keys_of
from crm.database import fetch, fetch_one


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
    """A person with everybody merged into them, and the private customers that are this person. Empty ids: there is none."""

    persons: tuple[int, ...]
    customers: tuple[int, ...]
    name: str
    needles: Needles
    is_restricted: bool
    is_erased: bool

    @property
    def parameters(self) -> tuple[list[int], list[int], list[str]]:
        """$1 to $3 of the register's conditions."""
        return list(self.persons), list(self.customers), self.needles.addresses


# $1 person, $2 customer; whoever was merged counts, in both directions.
_WHO = """
    WITH RECURSIVE begun AS (
        SELECT $1::bigint AS id WHERE $1::bigint IS NOT NULL
        UNION SELECT a.person FROM affiliation a JOIN customer c ON c.id = a.customer
            WHERE a.customer = $2::bigint AND a.is_self AND c.kind = 'person'
    ), one(id) AS (
        SELECT id FROM begun
        UNION SELECT x.id FROM one, LATERAL (
            SELECT p.id FROM person p WHERE p.merged_into = one.id
            UNION ALL SELECT p.merged_into FROM person p WHERE p.id = one.id AND p.merged_into IS NOT NULL) x
    ), own(id) AS (
        SELECT c.id FROM customer c WHERE c.id = $2::bigint AND c.kind = 'person'
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
        coalesce((SELECT bool_and(erased_at IS NOT NULL) FROM person WHERE id IN (SELECT id FROM one)), false) AS is_erased
"""


async def subject_of(person_id: int | None, customer_id: int | None) -> Subject:
    """The person, as they are known now. One statement."""
    row = await fetch_one(_WHO, person_id, customer_id)
    assert row is not None
    names, emails, phones, postcodes, employers = (
        tuple(sorted(row[name])) for name in ("names", "emails", "phones", "postcodes", "employers")
    )
    needles = Needles(names, emails, phones, postcodes, employers)
    name = row.names[0] if row.names else ""
    return Subject(tuple(row.persons), tuple(row.customers), name, needles, row.is_restricted, row.is_erased)


def needles_from(stored: str) -> Needles:
    """What an erasure that runs has kept of them."""
    return msgspec.json.decode(stored, type=Needles)


async def keys_for(needles: Needles) -> frozenset[Key]:
    """The keyed hashes of the suppression entries (GDPR Art. 17 in time: nothing else is kept to know them by)."""
    return keys_of(
        await signing_secret(),
        emails=needles.emails,
        phones=needles.phones,
        names=needles.names,
        postcodes=needles.postcodes,
        organisations=needles.employers,
    )


async def needles_for_the_way(erasure_id: int, subject: Subject) -> Needles:
    """The needles with what is emptied on the way and needed at its end: the address from which the erasure was asked for, and where
    else the person was found."""
    needles = subject.needles
    row = await fetch_one(
        "SELECT q.requester_address, q.requester_name FROM erasure e JOIN data_request q ON q.id = e.request WHERE e.id = $1",
        erasure_id,
    )
    places = await fetch(
        "SELECT DISTINCT customer FROM affiliation WHERE person = ANY($1) AND customer <> ALL($2) ORDER BY 1",
        list(subject.persons), list(subject.customers),
    )  # fmt: skip
    address = row.requester_address if row else ""
    if row is not None and "@" not in address:
        address = needles.emails[0] if needles.emails else ""
    return replace(
        needles,
        reply_to=address,
        reply_name=row.requester_name if row else "",
        organisations=tuple(place.customer for place in places),
    )
