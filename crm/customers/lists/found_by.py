"""Keeps what customers are found by: their names, numbers, addresses, places and tags, folded into one column."""

from __future__ import annotations

from collections.abc import Sequence

from crm.customers.lists.search_text import search_text
from crm.database import execute, fetch
from crm.errors import NotFound

_FOUND_BY = """
    SELECT c.id, c.name, c.number, c.external_id,
        ARRAY(SELECT p.given_name || ' ' || p.family_name FROM affiliation a JOIN person p ON p.id = a.person
              WHERE a.customer = c.id AND p.restricted_at IS NULL ORDER BY a.position, a.id) AS persons,
        ARRAY(SELECT e.address FROM email_address e WHERE e.customer = c.id OR e.person = ANY(people.ids)) AS emails,
        ARRAY(SELECT n.number FROM phone_number n WHERE n.customer = c.id OR n.person = ANY(people.ids)) AS phones,
        ARRAY(SELECT concat_ws(' ', p.street, p.postcode, p.city) FROM postal_address p WHERE p.customer = c.id) AS places,
        ARRAY(WITH RECURSIVE merged AS (SELECT id, number, external_id FROM customer WHERE merged_into = c.id
              UNION SELECT m.id, m.number, m.external_id FROM merged JOIN customer m ON m.merged_into = merged.id)
              SELECT concat_ws(' ', number, external_id) FROM merged) AS earlier_numbers,
        ARRAY(SELECT t.name FROM customer_tag g JOIN tag t ON t.id = g.tag WHERE g.customer = c.id ORDER BY t.key) AS tags
    FROM customer c, LATERAL (
        SELECT coalesce(array_agg(p.id), '{}') AS ids FROM affiliation a JOIN person p ON p.id = a.person
        WHERE a.customer = c.id AND p.restricted_at IS NULL) people
    WHERE c.id = ANY($1)
"""


async def refresh_search_text(customer_id: int) -> None:
    """Bring what a customer is found by up to date with what is stored now. Whoever was merged into this customer is found by the
    number that they had."""
    if not await refresh_search_texts([customer_id]):
        raise NotFound()


async def refresh_search_texts(customer_ids: Sequence[int]) -> int:
    """The same for many, in two statements; answers how many there are."""
    rows = await fetch(_FOUND_BY, list(customer_ids))
    texts = [
        search_text(
            row.name, row.number, persons=row.persons, emails=row.emails, phones=row.phones,
            places=[*row.places, *row.earlier_numbers], tags=row.tags, external_id=row.external_id,
        )
        for row in rows
    ]  # fmt: skip
    await execute(
        "UPDATE customer c SET search_text = x.text FROM unnest($1::bigint[], $2::text[]) AS x(id, text) "
        "WHERE c.id = x.id AND c.search_text <> x.text",
        [row.id for row in rows], texts,
    )  # fmt: skip
    return len(rows)
