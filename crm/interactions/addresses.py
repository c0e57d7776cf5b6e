"""Whose a mail address is: customers and their persons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from crm.database import fetch

# Everybody who has one of these addresses, restricted ones too: those lead to the officer.
_MATCHES = """
    SELECT DISTINCT lower(e.address) AS address, c.id AS customer_id, p.id AS person_id,
        c.restricted_at IS NOT NULL OR p.restricted_at IS NOT NULL AS is_restricted
    FROM email_address e LEFT JOIN person p ON p.id = e.person LEFT JOIN affiliation a ON a.person = p.id
    JOIN customer c ON c.id = coalesce(e.customer, a.customer)
    WHERE lower(e.address) = ANY($1::text[]) AND c.deleted_at IS NULL ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Match:
    """A customer, and the person of it, that an address belongs to."""

    customer_id: int
    person_id: int | None
    is_restricted: bool = False


async def matches(addresses: Sequence[str]) -> dict[str, list[Match]]:
    """Whose each of these addresses (in lower case) is; a person before the organisation that shares it."""
    found: dict[str, list[Match]] = defaultdict(list)
    for row in await fetch(_MATCHES, list(addresses)):
        found[row.address].append(Match(row.customer_id, row.person_id, row.is_restricted))
    return found
