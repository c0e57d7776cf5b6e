"""Finds customers: the list with its filters, and the search by parts of names, numbers and places."""

from __future__ import annotations

from dataclasses import dataclass, field

from crm.customers.lists.paging import Page, from_of, ordered, where_of
from crm.customers.lists.ranking import are_rare, ranked
from crm.customers.lists.similar import alike_words, alternatives
from crm.customers.lists.sorting import SORTS
from crm.customers.lists.wanted import Wanted, conditions
from crm.database import Arguments, Row, fetch
from crm.web.paging import cursor_of
from crm.web.seen import note_hits

__all__ = ["SORTS", "Found", "Wanted", "customer_ids", "find_customers", "how_many"]

FEW = 8
"""With fewer exact hits than this, similar ones are offered below."""
MOST_SIMILAR = 10
LIST_COLUMNS = """
    c.id, c.number, c.kind, c.name, c.status, o.name AS owner, s.name_de, s.name_en, s.code AS service_level, a.city,
    f.last_contact_at, f.contact_due_at, f.open_tickets"""
RECORD_COLUMNS = (
    LIST_COLUMNS
    + """, c.language, c.brief, c.origin, c.website, c.vat_id, c.external_id, c.version, c.created_at, o.email AS owner_email,
    a.street, a.postcode, a.country, f.interactions, p.id AS person_id, p.given_name, p.family_name,
    (SELECT e.address FROM email_address e WHERE e.customer = c.id OR e.person = p.id
        ORDER BY e.customer NULLS LAST, e.position, e.id LIMIT 1) AS email,
    (SELECT n.number FROM phone_number n WHERE n.customer = c.id OR n.person = p.id
        ORDER BY n.customer NULLS LAST, n.position, n.id LIMIT 1) AS phone"""
)
_JOINS = """
    JOIN service_level s ON s.id = c.service_level
    JOIN customer_figures f ON f.customer = c.id
    LEFT JOIN staff o ON o.id = c.owner
    LEFT JOIN postal_address a ON a.customer = c.id AND a.position = 0"""
_SELF = """
    LEFT JOIN affiliation self ON self.customer = c.id AND self.is_self
    LEFT JOIN person p ON p.id = self.person"""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of customers. `similar` are further ones, spelt alike, where few fit; `is_guess` when nothing fitted and the
    rows themselves are only similar."""

    rows: list[Row]
    next: str | None = None
    is_guess: bool = False
    similar: list[Row] = field(default_factory=list)


async def find_customers(
    wanted: Wanted, *, limit: int, cursor: str | None = None, full: bool = False, columns: str = ""
) -> Found:
    """Customers that fit, in the order wanted; a search puts names that begin with it first, unless another order is asked.
    `full` adds what the API shows, `columns` further ones of the list. Where few fit a search, similar ones are added,
    never in the place of those that fit. Restricted and deleted customers are never listed."""
    terms = wanted.terms
    if wanted.q.strip() and not terms:
        return Found([])
    shown = (RECORD_COLUMNS if full else LIST_COLUMNS) + columns
    arguments = Arguments()
    if terms and wanted.sort == "name":
        made = ranked(wanted, terms, arguments, cursor, limit, rare=await are_rare(terms))
    else:
        made = ordered(wanted, terms, arguments, cursor, limit)
    rows = await fetch(_detailed(made, shown, full), *arguments)
    last = rows[limit - 1] if len(rows) > limit else None
    if terms:
        note_hits(min(len(rows), limit))
    found = Found(rows[:limit], cursor_of(last.key0, last.key1, last.key2) if last else None)
    if terms and not cursor and len(rows) < FEW:
        return await _with_similar(wanted, terms, found, shown, full, limit)
    return found


async def _with_similar(
    wanted: Wanted, terms: tuple[str, ...], found: Found, shown: str, full: bool, limit: int
) -> Found:
    words = await alike_words(terms)
    if not any(words.values()):
        return found
    arguments = Arguments()
    made = _similar(wanted, terms, words, arguments, [row.id for row in found.rows], limit)
    similar = await fetch(_detailed(made, shown, full), *arguments)
    note_hits(len(similar))
    if not found.rows:
        return Found(similar, is_guess=True)
    return Found(found.rows, found.next, similar=similar)


async def customer_ids(wanted: Wanted, *, limit: int | None = None) -> list[int]:
    """The ids of everything that fits, in the order of the ids: for exports and changes to many. Similar ones are not meant."""
    terms = wanted.terms
    if wanted.q.strip() and not terms:
        return []
    arguments = Arguments()
    where = where_of(wanted, terms, arguments)
    most = f" LIMIT {limit}" if limit is not None else ""
    rows = await fetch(f"SELECT c.id FROM {from_of('c', where)} WHERE {where} ORDER BY c.id{most}", *arguments)
    return [row.id for row in rows]


async def how_many(wanted: Wanted, *, most: int) -> int:
    """How many fit, counted up to `most`."""
    terms = wanted.terms
    if wanted.q.strip() and not terms:
        return 0
    arguments = Arguments()
    where = where_of(wanted, terms, arguments)
    rows = await fetch(
        f"SELECT count(*) AS n FROM (SELECT FROM {from_of('c', where)} WHERE {where} LIMIT {most}) x", *arguments
    )
    return int(rows[0].n)


def _detailed(made: Page, columns: str, full: bool) -> str:
    """What is shown of the customers that were picked, in their order."""
    order = ", ".join(f"page.key{n} {each}" for n, each in enumerate(made.order))
    return (
        f"WITH page AS ({made.inner}) SELECT {columns}, page.key0, page.key1, page.key2 FROM page "
        f"JOIN customer c ON c.id = page.id {_JOINS}{_SELF if full else ''} ORDER BY {order}"
    )


def _similar(
    wanted: Wanted, terms: tuple[str, ...], words: dict[str, list[tuple[str, int]]], arguments: Arguments,
    known: list[int], limit: int,
) -> Page:  # fmt: skip
    """The customers with words alike: fewest errors first, then those in whose name they stand, by name. What is told of a term is
    worked out once for each customer (OFFSET 0 keeps it from being written out again wherever it is used)."""
    where = " AND ".join(conditions(wanted, arguments))
    told = []
    for term in terms:
        tests, steps = alternatives(term, words.get(term, []))
        where += f" AND ({tests})"
        told.append(steps)
    if known:
        where += f" AND c.id <> ALL({arguments(known)}::bigint[])"
    columns = ", ".join(f"{steps} AS t{place}" for place, steps in enumerate(told))
    errors = " + ".join(f"told.t{place} / 2" for place in range(len(told)))
    outside = " + ".join(f"told.t{place} % 2" for place in range(len(told)))
    inner = (
        f"SELECT c.id, 2 * ({errors}) + least(1, {outside}) AS key0, c.sort_key AS key1, c.id AS key2 "
        f"FROM {from_of('c', where)} CROSS JOIN LATERAL (SELECT {columns} OFFSET 0) told WHERE {where} "
        f'ORDER BY key0, c.sort_key COLLATE "C", c.id LIMIT {min(limit, MOST_SIMILAR)}'
    )
    return Page(inner, ("", ' COLLATE "C"', ""))
