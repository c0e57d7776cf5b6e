"""What the palette finds: customers, their persons, and enquiries, in three statements at most."""

from __future__ import annotations

from dataclasses import dataclass

from crm.customers.data import full_name_sql
from crm.customers.lists.finding import Wanted, find_customers
from crm.customers.lists.search_text import wanted_terms
from crm.customers.words import TICKET_STATUSES
from crm.database import HIGHEST_ID, Row, fetch
from crm.text import fold, literally
from crm.web.formats import phone
from crm.web.i18n import word
from crm.web.seen import note_hits

MOST_CUSTOMERS, MOST_PERSONS, MOST_TICKETS = 8, 5, 5
CANDIDATES = 30
LEAST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: where it leads and what it says."""

    title: str
    href: str
    icon: str
    detail: str = ""
    dialog: bool = False


async def customer_hits(query: str) -> tuple[list[Hit], list[Hit]]:
    """Customers that fit, and the persons at them whose own name fits."""
    found = await find_customers(Wanted(q=query), limit=CANDIDATES)
    customers = [
        Hit(
            row.name,
            f"/customers/{row.id}",
            "user" if row.kind == "person" else "customers",
            _beside(row.number, row.city),
        )
        for row in found.rows[:MOST_CUSTOMERS]
    ]
    return customers, await _person_hits([row.id for row in found.rows], query) if found.rows else []


async def _person_hits(customer_ids: list[int], query: str) -> list[Hit]:
    terms = wanted_terms(query)
    rows = await fetch(
        f"SELECT p.id, {full_name_sql('p')} AS name, "
        "c.id AS customer_id, c.name AS customer, a.function, (SELECT n.number FROM phone_number n WHERE n.person = p.id "
        "ORDER BY n.position, n.id LIMIT 1) AS phone "
        "FROM affiliation a JOIN person p ON p.id = a.person JOIN customer c ON c.id = a.customer "
        "WHERE a.customer = ANY($1) AND NOT a.is_self AND p.restricted_at IS NULL ORDER BY array_position($1, c.id), a.position, a.id",
        customer_ids,
    )  # fmt: skip
    hits = [
        Hit(
            row.name,
            f"/customers/{row.customer_id}#person-{row.id}",
            "user",
            _beside(row.customer, row.function, phone(row.phone)),
        )
        for row in rows
        if all(term in fold(row.name) for term in terms)
    ]
    return hits[:MOST_PERSONS]


async def ticket_hits(query: str) -> list[Hit]:
    """Enquiries with this number, or with every word in their subject; the newest first."""
    words = query.lower().replace("#", " ").split()
    if not words:
        return []
    if len(words) == 1 and words[0].isascii() and words[0].isdigit():
        number = int(words[0])
        rows = await _tickets("t.id = $1", number) if 0 < number <= HIGHEST_ID else []
        return [_ticket(row) for row in rows]
    long = [word for word in words if len(word) > LEAST_LETTERS]
    if not long:
        return []
    tests = " AND ".join(f"lower(t.subject) LIKE ${place}" for place, _word in enumerate(words, start=1))
    rows = await _tickets(tests, *(f"%{literally(word)}%" for word in words))
    note_hits(len(rows))
    return [_ticket(row) for row in rows]


async def _tickets(where: str, *arguments: object) -> list[Row]:
    return await fetch(
        "SELECT t.id, t.subject, t.status, c.name AS customer FROM ticket t JOIN customer c ON c.id = t.customer "
        f"WHERE {where} AND c.deleted_at IS NULL AND c.restricted_at IS NULL ORDER BY t.id DESC LIMIT {MOST_TICKETS}",
        *arguments,
    )


def _ticket(row: Row) -> Hit:
    return Hit(
        f"#{row.id} · {row.subject}",
        f"/tickets/{row.id}",
        "ticket",
        _beside(row.customer, word(TICKET_STATUSES, row.status)),
    )


def _beside(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
