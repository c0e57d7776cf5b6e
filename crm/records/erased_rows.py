"""Rows of an import that would bring back somebody who was erased on their own request (GDPR Art. 17)."""

from __future__ import annotations

from collections.abc import Iterable

from crm.accounts.company import signing_secret
from crm.customers.suppression.entries import suppressed_among
from crm.customers.suppression.keys import Key, keys_of
from crm.customers.tables import CustomerKind
from crm.records.parsing import Parsed
from crm.records.preparing import Prepared


async def erased_rows(rows: Iterable[Parsed]) -> list[int]:
    """The lines of those rows; one statement for all of them."""
    secret = await signing_secret()
    keys = {row.line: _keys(row.prepared, secret) for row in rows if row.prepared is not None}
    known = await suppressed_among(key for found in keys.values() for key in found)
    return [line for line, found in keys.items() if any(key.key in known for key in found)] if known else []


def _keys(row: Prepared, secret: bytes) -> frozenset[Key]:
    """Of the person of a row, and of the customer that is a person."""
    person = row.person
    emails, phones, names = [one[0] for one in row.emails], [one[0] for one in row.phones], []
    if person is not None:
        emails += [one[0] for one in person.emails]
        phones += [one[0] for one in person.phones]
        names = [f"{person.given_name} {person.family_name}"]
    return keys_of(
        secret, emails=emails, phones=phones, names=names, postcodes=[one[1] for one in row.addresses],
        organisations=[row.name] if row.kind == CustomerKind.ORGANISATION else [],
    )  # fmt: skip
