"""Rows go from one record to another, and back, as references.py says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from crm.database import execute, fetch, fetch_value
from crm.records import references
from crm.records.references import Reference


@dataclass(slots=True)
class MovedRows:
    """Rows of one table that went from one record to the other; `offset` was added to their positions. `rows` are whole where
    a list is written anew whenever somebody changes it: an id is not enough then to give them back."""

    table: str
    column: str
    old: int
    new: int
    ids: list[int]
    offset: int = 0
    rows: list[Any] = field(default_factory=list)


async def move_all(wanted: Iterable[Reference], old: int, new: int, besides: int = 0) -> list[MovedRows]:
    return [await _move(each, old, new, besides) for each in wanted if each.is_moved]


async def _move(reference: Reference, old: int, new: int, besides: int) -> MovedRows:
    table, column = reference.table, reference.column
    arguments: list[int] = [old, new]
    conditions = [f"t.{column} = $1", "$2::bigint IS NOT NULL"]
    if reference.unless:
        conditions.append(f"NOT ({reference.unless})")
        if "$3" in reference.unless:
            arguments.append(besides)
    if reference.only:
        conditions.append(reference.only.format(to="$2"))
    if reference.same:
        alike = " AND ".join(
            f"{expression} IS NOT DISTINCT FROM {expression.replace('t.', 'o.')}" for expression in reference.same
        )
        conditions.append(f"NOT EXISTS (SELECT FROM {table} o WHERE o.{column} = $2 AND {alike})")
    offset = 0
    if reference.placed:
        offset = await fetch_value(f"SELECT coalesce(max(position) + 1, 0) FROM {table} WHERE {column} = $1", new)
    sets = f"{column} = $2" + (f", position = t.position + {int(offset)}" if reference.placed else "")
    rows = await fetch(
        f"UPDATE {table} t SET {sets} WHERE {' AND '.join(conditions)} RETURNING t.id, to_jsonb(t)::text AS row",
        *arguments,
    )
    whole = [msgspec.json.decode(row.row) for row in rows] if reference.is_list else []
    return MovedRows(table, column, old, new, sorted(row.id for row in rows), int(offset), whole)


async def move_back(moved: MovedRows) -> None:
    """What was deleted or given to somebody else since is not there any more, and stays as it is. A value of a list is found under
    another id if the list was written anew since, and comes back if it was taken off the list: the merged customer had it."""
    column, place = moved.column, f", position = greatest(position - {moved.offset}, 0)" if moved.offset else ""
    only = references.of(moved.table, column).only_back.format(to="$1")
    rows = await fetch(
        f"UPDATE {moved.table} t SET {column} = $1{place} WHERE id = ANY($3::bigint[]) AND {column} = $2 "
        f"{f'AND {only} ' if only else ''}RETURNING id",
        moved.old,
        moved.new,
        moved.ids,
    )
    there = {row.id for row in rows}
    for whole in moved.rows:
        if whole["id"] not in there:
            await _give_back(moved, whole)


async def _give_back(moved: MovedRows, whole: dict[str, Any]) -> None:
    reference = references.of(moved.table, moved.column)
    alike = " AND ".join(
        f"{expression} IS NOT DISTINCT FROM {expression.replace('t.', 'r.')}" for expression in reference.same
    )
    row = msgspec.json.encode(whole).decode()
    found = await fetch(
        f"UPDATE {moved.table} t SET {moved.column} = $1 FROM jsonb_populate_record(NULL::{moved.table}, $3::jsonb) r "
        f"WHERE t.{moved.column} = $2 AND {alike} RETURNING t.id",
        moved.old, moved.new, row,
    )  # fmt: skip
    if not found:
        whole = {
            **whole,
            moved.column: moved.old,
            **({"position": max(0, whole["position"] - moved.offset)} if "position" in whole else {}),
        }
        await execute(
            f"INSERT INTO {moved.table} SELECT r.* FROM jsonb_populate_record(NULL::{moved.table}, $1::jsonb) r "
            f"WHERE NOT EXISTS (SELECT FROM {moved.table} t WHERE t.id = r.id)",
            msgspec.json.encode(whole).decode(),
        )


def as_list(moved: MovedRows) -> list[Any]:
    return [moved.table, moved.column, moved.old, moved.new, moved.ids, moved.offset, moved.rows]


def as_moved(values: Sequence[Any]) -> MovedRows:
    references.of(values[0], values[1])  # only what is known is ever put into a statement
    return MovedRows(*values)
