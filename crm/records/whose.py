"""Whose a row of old contacts, consents or orders is: by external number, customer number or e-mail address, many rows at
once. Who was merged into another is that one; a deleted customer is nobody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.customers.merged import survivor_sql
from crm.database import fetch
from crm.records.parsing import Parsed

CODES = ("customer_external_id", "customer_number", "person_email")
"""The fields of an import that name a customer, the surest first."""

_CUSTOMERS = f"""
    SELECT o.external_id, o.number, c.id, p.id AS person_id,
        c.restricted_at IS NOT NULL OR coalesce(p.restricted_at IS NOT NULL, false) AS is_restricted
    FROM customer o JOIN customer c ON c.id = {survivor_sql("customer", "o")}
    LEFT JOIN affiliation f ON f.customer = c.id AND f.is_self LEFT JOIN person p ON p.id = f.person
    WHERE (o.external_id = ANY($1) OR o.number = ANY($2)) AND c.deleted_at IS NULL ORDER BY c.id
"""
_PERSONS = f"""
    SELECT o.external_id, c.id, p.id AS person_id, c.restricted_at IS NOT NULL OR p.restricted_at IS NOT NULL AS is_restricted
    FROM person o JOIN person p ON p.id = {survivor_sql("person", "o")}
    JOIN affiliation a ON a.person = p.id JOIN customer c ON c.id = a.customer
    WHERE o.external_id = ANY($1) AND c.deleted_at IS NULL ORDER BY a.is_self DESC, a.id
"""
_MAILS = """
    SELECT lower(e.address) AS address, c.id, e.person AS person_id,
        c.restricted_at IS NOT NULL OR coalesce(p.restricted_at IS NOT NULL, false) AS is_restricted
    FROM email_address e LEFT JOIN affiliation a ON a.person = e.person LEFT JOIN person p ON p.id = e.person
    JOIN customer c ON c.id = coalesce(e.customer, a.customer)
    WHERE lower(e.address) = ANY($1) AND c.deleted_at IS NULL ORDER BY e.position, e.id, a.is_self DESC, a.id
"""


@dataclass(frozen=True, slots=True)
class Whose:
    """A customer, and the person of it who was named."""

    customer_id: int
    person_id: int | None
    is_restricted: bool


@dataclass(frozen=True, slots=True)
class Customers:
    """The customers that some rows name."""

    external: Mapping[str, Whose]
    numbers: Mapping[str, Whose]
    mails: Mapping[str, Whose]

    def of(self, row: Parsed) -> Whose | None:
        """Whose this row is. A number may be theirs or ours, in whichever of the two columns it stands. The person of an
        e-mail address counts if it belongs to that customer."""
        said = row.values
        theirs, ours = said["customer_external_id"], said["customer_number"]
        customer = (
            self.external.get(theirs) or self.numbers.get(ours.upper())
            or self.external.get(ours) or self.numbers.get(theirs.upper())
        )  # fmt: skip
        by_mail = self.mails.get(said["person_email"])
        if customer is None:
            return None if theirs or ours else by_mail
        if by_mail is not None and by_mail.customer_id == customer.customer_id and customer.person_id is None:
            return by_mail
        return customer


def named_in(row: Parsed) -> tuple[str, str]:
    """The field that says whose the row is, and what it says; both empty if none does."""
    return next(((code, row.values[code]) for code in CODES if row.values[code]), ("", ""))


async def customers_of(rows: Sequence[Parsed]) -> Customers:
    """Look up whom these rows name, in three statements at most."""
    texts = list({row.values[code] for row in rows for code in CODES[:2]} - {""})
    mails = list({row.values["person_email"] for row in rows} - {""})
    external: dict[str, Whose] = {}
    numbers: dict[str, Whose] = {}
    by_mail: dict[str, Whose] = {}
    for row in await fetch(_CUSTOMERS, texts, [text.upper() for text in texts]) if texts else []:
        one = Whose(row.id, row.person_id, row.is_restricted)
        numbers.setdefault(row.number, one)
        if row.external_id:
            external[row.external_id] = one
    for row in await fetch(_PERSONS, texts) if texts else []:
        external.setdefault(row.external_id, Whose(row.id, row.person_id, row.is_restricted))
    for row in await fetch(_MAILS, mails) if mails else []:
        by_mail.setdefault(row.address, Whose(row.id, row.person_id, row.is_restricted))
    return Customers(external, numbers, by_mail)
