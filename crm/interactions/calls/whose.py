"""Whose number it is: everybody who could have called, so that nobody is guessed when there are several."""

from __future__ import annotations

from collections.abc import Sequence

from crm.customers.data import full_name_sql
from crm.database import Row, fetch

MOST = 6

_CALLERS = f"""
    SELECT who.number, c.id AS customer_id, c.name AS customer_name, c.owner, p.id AS person_id, {full_name_sql("p")} AS person_name
    FROM (
        SELECT found.number, found.customer, CASE WHEN count(DISTINCT p.id) = 1 THEN min(p.id) END AS person
        FROM (
            SELECT n.number, n.customer, NULL::bigint AS person FROM phone_number n
            WHERE n.number = ANY($1) AND n.customer IS NOT NULL
            UNION ALL
            SELECT n.number, a.customer, n.person FROM phone_number n JOIN affiliation a ON a.person = n.person
            WHERE n.number = ANY($1)
        ) found
        LEFT JOIN person p ON p.id = found.person
        WHERE p.restricted_at IS NULL
        GROUP BY found.number, found.customer
    ) who
    JOIN customer c ON c.id = who.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    LEFT JOIN person p ON p.id = who.person
    ORDER BY who.number, c.sort_key, c.id
"""


async def callers_of(numbers: Sequence[str]) -> dict[str, list[Row]]:
    """For each number (E.164) the customers that have it, or a person of theirs; one statement. The person is named if only one
    of the customer's has the number."""
    rows = await fetch(_CALLERS, list(numbers)) if numbers else []
    found: dict[str, list[Row]] = {}
    for row in rows:
        if len(found.setdefault(row.number, [])) < MOST:
            found[row.number].append(row)
    return found
