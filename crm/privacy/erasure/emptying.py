"""How the words of a row are emptied while the row stays: the statement per table, made from the register and the database's columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.database import Row, execute, fetch, fetch_value
from crm.personal import DERIVED, Declared, quoted

_COLUMNS = """
    SELECT c.table_name, c.column_name, c.data_type, c.is_nullable = 'YES' AS is_nullable,
        EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
            WHERE i.indrelid = quote_ident(c.table_name)::regclass AND i.indisunique AND a.attname = c.column_name) AS is_unique
    FROM information_schema.columns c WHERE c.table_schema = 'public'
"""
_PARENTS = """
    SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """The database's own word on its tables: columns by table, and which table points at which."""

    columns: Mapping[str, Mapping[str, Row]]
    parents: Mapping[str, frozenset[str]]


async def shape() -> Shape:
    columns: dict[str, dict[str, Row]] = {}
    for row in await fetch(_COLUMNS):
        columns.setdefault(row.table_name, {})[row.column_name] = row
    parents: dict[str, frozenset[str]] = {}
    for row in await fetch(_PARENTS):
        parents[row.child.strip('"')] = parents.get(row.child.strip('"'), frozenset()) | {row.parent.strip('"')}
    return Shape(columns, parents)


def children_first(tables: Collection[str], known: Shape) -> list[str]:
    """The tables in an order in which rows can be deleted: whatever points at a row goes before it."""
    left, ordered = set(tables), list[str]()
    while left:
        free = sorted(one for one in left if not any(one in known.parents.get(other, ()) for other in left - {one}))
        ordered += free or sorted(left)[:1]
        left -= set(ordered)
    return ordered


def emptied(column: Row) -> str | None:
    """The SQL of a column's empty value; None for a number or a mark that cannot be empty and tells of nobody by itself. In a unique
    index an empty value would collide with the next one: there the row's number stands."""
    name, kind = quoted(column.column_name), column.data_type
    if column.is_nullable:
        return "NULL"
    if kind == "jsonb":
        return f"CASE jsonb_typeof({name}) WHEN 'array' THEN '[]'::jsonb ELSE '{{}}'::jsonb END"
    if kind in ("character varying", "text"):
        return "'erased ' || id" if column.is_unique else "''"
    if kind == "bytea":
        return "'erased'::bytea || int8send(id)" if column.is_unique else "''::bytea"
    return "'{}'" if kind == "ARRAY" else None


def assignments(table: Declared, known: Shape, names: Collection[str]) -> list[str]:
    """`column = value` for these columns."""
    columns = known.columns[table.table]
    values = [(name, emptied(columns[name])) for name in names]
    return [f"{quoted(name)} = {value}" for name, value in values if value is not None]


async def empty_rows(table: Declared, ids: list[int], known: Shape, now: datetime) -> None:
    """Empty the words of these rows, in the caller's transaction. A table that can say that a row was erased on purpose
    (`erased_at`) says so."""
    sets, given = assignments(table, known, table.erased_columns), list[Any]([ids])
    if "erased_at" in known.columns[table.table]:
        sets.append("erased_at = coalesce(erased_at, $2)")
        given.append(now)
    if sets:
        await execute(f"UPDATE {quoted(table.table)} SET {', '.join(sets)} WHERE id = ANY($1)", *given)
    derived = assignments(table, known, table.columns_of(DERIVED))
    if derived:  # triggers have just made some of them anew, out of rows that are not empty yet or that a duty keeps
        await execute(f"UPDATE {quoted(table.table)} SET {', '.join(derived)} WHERE id = ANY($1)", ids)


async def delete_rows(table: Declared, ids: list[int]) -> None:
    """Delete these rows, in the caller's transaction."""
    await execute(f"DELETE FROM {quoted(table.table)} WHERE id = ANY($1)", ids)


async def files_of(table: Declared, ids: list[int]) -> set[str]:
    """The stored files (SHA-256) that these rows name."""
    names: set[str] = set()
    for column in table.files:
        found = await fetch_value(
            f"SELECT array_agg(DISTINCT {quoted(column)}) FROM {quoted(table.table)} WHERE id = ANY($1) AND {quoted(column)} <> ''",
            ids,
        )
        names |= set(found or ())
    return names
