"""A page of a search: names that begin with what was typed come first, whoever has it elsewhere after them."""

from __future__ import annotations

import re
from typing import Any

from crm.customers.lists.paging import Page, from_of, where_of
from crm.customers.lists.wanted import Wanted, literal, search_tests
from crm.database import Arguments, decoded, fetch
from crm.text import fold, sort_key
from crm.web.paging import keys_of

MANY = 4000
"""From so many hits on, a walk along the names is quicker than sorting them."""

_NUMBER = re.compile(r"(?:k-?)?([0-9]{3,12})", re.IGNORECASE)


def ranked(
    wanted: Wanted, terms: tuple[str, ...], arguments: Arguments, cursor: str | None, limit: int, *, rare: bool
) -> Page:
    """The page of a search: first (0) the names that begin with it, along the index of names; then (1) all others, which are
    looked for only if the first leave room. A single letter finds beginnings of names only: everything has it somewhere."""
    seen = keys_of(cursor, int, str, int)
    begins = _begins_with(wanted.q, terms)
    order = ("", ' COLLATE "C"', "")
    if seen and seen[0] > 0:
        return Page(_others(wanted, terms, begins, arguments, _after(seen, arguments), limit, rare=rare), order)
    # Each beginning on its own: with OR, the planner would walk along all names.
    names = " UNION ".join(
        _part(0, f"{where_of(wanted, (), arguments)} AND {test}{_after(seen, arguments)}", limit) for test in begins
    )
    found = "SELECT * FROM names"
    if len(terms[0]) > 1 or len(terms) > 1:
        has_room = f" AND (SELECT count(*) FROM names) <= {limit}"
        found += " UNION ALL " + _others(wanted, terms, begins, arguments, has_room, limit, rare=rare)
    last = f'ORDER BY key0, key1 COLLATE "C", key2 LIMIT {limit + 1}'
    return Page(f"WITH names AS MATERIALIZED ({names}) SELECT * FROM ({found}) both_ranks {last}", order)


def _others(
    wanted: Wanted,
    terms: tuple[str, ...],
    begins: list[str],
    arguments: Arguments,
    further: str,
    limit: int,
    *,
    rare: bool,
) -> str:
    """The customers who have the terms elsewhere than at the beginning of their name. What few have is sorted as the trigram
    index finds it; what many have comes along the names. With a LIMIT the planner would take the walk for cheaper than it
    is, because it takes hits to be spread evenly; a sort by an expression keeps it from that."""
    where = f"{where_of(wanted, terms, arguments)} AND NOT ({' OR '.join(begins)}){further}"
    return _part(1, where, limit, "(c.sort_key || '')" if rare else "c.sort_key")


async def are_rare(terms: tuple[str, ...]) -> bool:
    """Whether few customers have all the terms, as the planner estimates from the statistics of the column."""
    sql = f"EXPLAIN (FORMAT JSON) SELECT FROM customer c WHERE {' AND '.join(search_tests(terms))}"
    (plan,) = decoded((await fetch(sql))[0][0])
    return bool(plan["Plan"]["Plan Rows"] < MANY)


def _part(rank: int, where: str, limit: int, key: str = "c.sort_key") -> str:
    """The first customers of one rank, by name."""
    return (
        f'(SELECT c.id, {rank} AS key0, c.sort_key COLLATE "C" AS key1, c.id AS key2 FROM {from_of("c", where)} WHERE {where} '
        f'ORDER BY {key} COLLATE "C", c.id LIMIT {limit + 1})'
    )


def _after(seen: tuple[Any, ...] | None, arguments: Arguments) -> str:
    """The condition that leaves out what was shown already."""
    if seen is None:
        return ""
    return f' AND (c.sort_key COLLATE "C", c.id) > ({arguments(seen[1])}, {arguments(seen[2])})'


def _begins_with(query: str, terms: tuple[str, ...]) -> list[str]:
    """The tests of which one is true if the name begins with what was typed, spelt as typed or folded ("mueller" finds
    "Müller"), given name first or last, or it is the customer's number."""
    spellings = {text for text in (sort_key(query), fold(query)) if text}
    beginnings = sorted(text for text in spellings if not any(text != o and text.startswith(o) for o in spellings))
    tests = [f'c.sort_key COLLATE "C" LIKE {literal(text + "%")}' for text in beginnings]
    if len(terms) > 1:
        tests.append(f"c.search_text LIKE {literal(' ' + fold(query) + '%')}")
    if number := _NUMBER.fullmatch(query.strip()):
        tests.append(f"c.number = 'K-{number[1]}'")
    return tests
