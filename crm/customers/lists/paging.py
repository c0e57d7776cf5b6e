"""A page of customers in the order of a column: one statement along an index, whichever page it is."""

from __future__ import annotations

from dataclasses import dataclass

from crm.customers.lists.sorting import FIGURES, FROM, SORT_KEYS, TIES, direction
from crm.customers.lists.wanted import Wanted, conditions, search_tests
from crm.database import Arguments
from crm.web.paging import keys_of


@dataclass(frozen=True, slots=True)
class Page:
    """The statement that picks (id, key0, key1, key2), and the order of the keys."""

    inner: str
    order: tuple[str, str, str]


def where_of(wanted: Wanted, terms: tuple[str, ...], arguments: Arguments) -> str:
    return " AND ".join([*conditions(wanted, arguments), *search_tests(terms)])


def from_of(table: str, where: str) -> str:
    return FROM[table].format(figures=FIGURES if "f." in where.replace("self.", "") else "")


def ordered(wanted: Wanted, terms: tuple[str, ...], arguments: Arguments, cursor: str | None, limit: int) -> Page:
    """The page in the order of a column: first (0) those that have a value there, then (1) those that have none."""
    key, down = SORT_KEYS[wanted.sort.lstrip("-")], direction(wanted.sort)
    if key.groups:
        return _grouped(wanted, terms, arguments, cursor, limit)
    where = where_of(wanted, terms, arguments)
    seen = keys_of(cursor, int, key.kind | None, int)
    tie = TIES[key.table]
    order = ("", f"{_collation(key.kind)} {down}", down)
    with_value = where + (" AND a.position = 0" if key.table == "a" else "")
    if key.is_nullable:
        with_value += f" AND {key.expression} IS NOT NULL"
    if seen and seen[0] == 0:
        sign = "<" if down == "DESC" else ">"
        with_value += f" AND ({key.expression}, {tie}) {sign} ({arguments(seen[1])}, {arguments(seen[2])})"
    first = (
        f"SELECT c.id, 0 AS key0, {key.expression} AS key1, c.id AS key2 FROM {from_of(key.table, with_value)} "
        f"WHERE {with_value} ORDER BY {key.expression} {down}, {tie} {down} LIMIT {limit + 1}"
    )
    if not key.is_nullable:
        return Page(first, order)
    without = f"{where} AND {_is_missing(wanted.sort.lstrip('-'))}"
    if seen and seen[0] == 1:
        without += f" AND c.id {'<' if down == 'DESC' else '>'} {arguments(seen[2])}"
    second = (
        f"SELECT c.id, 1 AS key0, NULL AS key1, c.id AS key2 FROM {from_of('f' if key.table == 'f' else 'c', without)} "
        f"WHERE {without}{{room}} ORDER BY {'f.customer' if key.table == 'f' else 'c.id'} {down} LIMIT {limit + 1}"
    )
    if seen and seen[0] == 1:
        return Page(second.format(room=""), order)
    room = f" AND (SELECT count(*) FROM filled) <= {limit}"
    both = f"WITH filled AS MATERIALIZED ({first}) SELECT * FROM filled UNION ALL ({second.format(room=room)})"
    return Page(f"SELECT * FROM ({both}) x ORDER BY key0, key1{order[1]}, key2 {down} LIMIT {limit + 1}", order)


def _collation(kind: type) -> str:
    return ' COLLATE "C"' if kind is str else ""


def _is_missing(name: str) -> str:
    if name == "city":
        return "NOT EXISTS (SELECT FROM postal_address x WHERE x.customer = c.id AND x.position = 0)"
    return f"{SORT_KEYS[name].expression} IS NULL"


def _grouped(wanted: Wanted, terms: tuple[str, ...], arguments: Arguments, cursor: str | None, limit: int) -> Page:
    """The page in the order of a column of few values: group after group, each by name; those without come last."""
    key, down = SORT_KEYS[wanted.sort.lstrip("-")], direction(wanted.sort)
    where = where_of(wanted, terms, arguments)
    seen = keys_of(cursor, int, str, int)
    groups, after, reached = key.groups, "", ""
    if down == "DESC":
        groups = f"SELECT gid, -place AS place FROM ({groups}) upwards"
    if seen:
        place, name, last = (arguments(value) for value in seen)
        reached = f" WHERE g.place >= {place}::bigint"
        after = f' AND (g.place > {place}::bigint OR (c.sort_key COLLATE "C", c.id) > ({name}, {last}))'
    one = (
        "SELECT c.id, g.place AS key0, c.sort_key AS key1, c.id AS key2 FROM {tables} WHERE {where} "
        f'ORDER BY c.sort_key COLLATE "C", c.id LIMIT {limit + 1}'
    )
    inside = one.format(tables=from_of("c", where), where=f"{where} AND {key.expression} = g.gid{after}")
    found = f"SELECT x.* FROM ({groups}) g CROSS JOIN LATERAL ({inside}) x{reached}"
    if key.is_nullable:
        rest = f"{where} AND {key.expression} IS NULL{after}"
        inside = one.format(tables=from_of("c", where), where=rest)
        found += f" UNION ALL SELECT x.* FROM (SELECT 1000000 AS place) g CROSS JOIN LATERAL ({inside}) x"
    order = ("", ' COLLATE "C"', "")
    return Page(f'SELECT * FROM ({found}) all_groups ORDER BY key0, key1 COLLATE "C", key2 LIMIT {limit + 1}', order)
