"""Which columns the tables have and what they point at, as the database knows it: a copy leaves nothing out for want of a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm.database import fetch
from crm.personal import COPIED, SUBJECT, Declared, quoted, register

_COLUMNS = """
    SELECT c.table_name AS "table", c.column_name AS "column", c.data_type AS type, f.target
    FROM information_schema.columns c LEFT JOIN (
        SELECT k.conrelid::regclass::text AS "table", a.attname AS "column", k.confrelid::regclass::text AS target
        FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        WHERE k.contype = 'f' AND cardinality(k.conkey) = 1
    ) f ON f."table" = c.table_name AND f."column" = c.column_name
    WHERE c.table_schema = 'public' AND c.table_name = ANY($1) ORDER BY c.table_name, c.ordinal_position
"""
_STAFF = frozenset({"actor_id", "by_id", "assignee_id", "user_id"})
_NAMES = ("name_{language}", "name", "number", "code", "text_{language}")
MOST_NAMES = 20_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the copy: what it points at ("staff" also where no foreign key says so), and whether it is JSON or bytes."""

    name: str
    type: str
    target: str = ""

    @property
    def is_json(self) -> bool:
        return self.type == "jsonb"

    @property
    def is_bytes(self) -> bool:
        return self.type == "bytea"


@dataclass(frozen=True, slots=True)
class Shape:
    """A table of which a person gets a copy, and its columns; `order` is the one that sorts its rows."""

    one: Declared
    columns: tuple[Column, ...]
    order: str

    @property
    def table(self) -> str:
        return self.one.table

    def statement(self) -> str:
        """Reads the rows; parameters as in the register."""
        wanted = ", ".join(f"t.{quoted(column.name)}" for column in self.columns)
        return f"{SUBJECT} SELECT {wanted} FROM {quoted(self.table)} t WHERE {self.one.copied} ORDER BY {self.order}"


async def shapes() -> tuple[Shape, ...]:
    """All tables with something for a copy. One statement."""
    wanted = [one for one in register() if one.about and one.copy_if != "false"]
    columns: dict[str, list[Column]] = {}
    for row in await fetch(_COLUMNS, [one.table for one in wanted]):
        columns.setdefault(row.table, []).append(
            Column(row.column, row.type, _target(row.column, row.type, row.target))
        )
    return tuple(Shape(one, _copied(one, columns[one.table]), _order(columns[one.table])) for one in wanted)


async def names(shape: Mapping[str, Shape], language: str) -> dict[tuple[str, int], str]:
    """What the rows are called that are pointed at and are about nobody (topics, products, touchpoints ...)."""
    personal = {one.table for one in register() if one.about}
    targets = (
        {column.target for one in shape.values() for column in one.columns if column.target} - personal - {"staff"}
    )
    rows = await fetch(
        'SELECT table_name AS "table", array_agg(column_name::text) AS columns FROM information_schema.columns '
        "WHERE table_schema = 'public' AND table_name = ANY($1) GROUP BY table_name",
        sorted(targets),
    )
    wanted = [name.format(language="en" if language == "en" else "de") for name in _NAMES]
    found: dict[tuple[str, int], str] = {}
    for row in rows:
        column = next((name for name in wanted if name in row.columns), None)
        if column is None:
            continue
        named = (
            f"SELECT id, {quoted(column)}::text AS name FROM {quoted(row.table)} ORDER BY id DESC LIMIT {MOST_NAMES}"
        )
        found |= {(row.table, one.id): one.name for one in await fetch(named)}
    return found


def _copied(one: Declared, columns: list[Column]) -> tuple[Column, ...]:
    return tuple(column for column in columns if column.name not in one.columns or one.columns[column.name] in COPIED)


def _order(columns: list[Column]) -> str:
    """Oldest first; the messages of an enquiry stay together."""
    known = {column.name for column in columns}
    first = ["t.ticket"] if {"ticket", "at", "is_automatic"} <= known else []
    when = next(
        (name for name in ("at", "created_at", "opened_at", "received_at", "uploaded_at") if name in known), None
    )
    return ", ".join([*first, *([f"t.{when}"] if when else []), "t.id"])


def _target(column: str, kind: str, target: str | None) -> str:
    if target:
        return target.strip('"')
    is_staff = column in _STAFF or column.endswith("_by")
    return "staff" if is_staff and kind in ("bigint", "integer") else ""
