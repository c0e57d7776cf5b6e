"""Tables without foreign keys and indexes while they are filled: both come back, checked, in the same transaction (PostgreSQL
manual, "Populating a Database")."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager

from crm.database import execute, fetch

_KEYS = """
    SELECT conrelid::regclass::text AS name, quote_ident(conname) AS key, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY($1::text[]::regclass[]) ORDER BY oid
"""
_INDEXES = """
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i WHERE i.indrelid = ANY($1::text[]::regclass[])
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
    ORDER BY i.indexrelid
"""
"""Those that nobody relies on: no primary key, no unique constraint, nothing that a foreign key points to."""


_TRIGGERS = """
    SELECT tgrelid::regclass::text AS table, quote_ident(tgname) AS name FROM pg_trigger
    WHERE tgrelid = ANY($1::text[]::regclass[]) AND (tgname LIKE '%\\_not\\_for\\_merged' OR tgname = ANY($2::text[])) ORDER BY oid
"""
"""Those that refuse rows for customers who were merged, of whom an empty database has none, and those whose work the caller does."""


@asynccontextmanager
async def bare(tables: Iterable[str], indexed: Collection[str], without: Collection[str] = ()) -> AsyncIterator[None]:
    """Within it nothing is checked or indexed row by row, except that those of the tables that are read meanwhile stay `indexed`;
    at its end everything at once. `without` are triggers whose work the caller does. Nobody else can read the tables, nor those
    that they point to (staff, topics), until the caller's transaction ends. A row that breaks a foreign key or a unique index
    raises at the end."""
    names = list(tables)
    keys = await fetch(_KEYS, names)
    indexes = await fetch(_INDEXES, [name for name in names if name not in indexed])
    triggers = await fetch(_TRIGGERS, names, list(without))
    for trigger in triggers:
        await execute(f"ALTER TABLE {trigger.table} DISABLE TRIGGER {trigger.name}")
    for key in keys:
        await execute(f"ALTER TABLE {key.name} DROP CONSTRAINT {key.key}")
    for index in indexes:
        await execute(f"DROP INDEX {index.name}")
    yield
    for trigger in triggers:
        await execute(f"ALTER TABLE {trigger.table} ENABLE TRIGGER {trigger.name}")
    for index in indexes:
        await execute(index.definition)
    for name in names:
        await execute(f"ANALYZE {name}")
    for key in keys:
        await execute(f"ALTER TABLE {key.name} ADD CONSTRAINT {key.key} {key.definition}")
