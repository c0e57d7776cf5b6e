"""Brings the database to the state that this version of the program expects; two that try at once take turns."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg

from crm.database import Lock, engine, fetch, transaction

# Piccolo's own modules for migrations bring a formatter of Python along and are only read when one has to run: each
# start of the program and each question of /ready would wait for them.

APP = "crm"
FOLDER = Path(__file__).with_name("piccolo_migrations")
FILE = re.compile(r"(\d{4})_(\d\d)_(\d\d)t(\d\d)_(\d\d)_(\d\d)_(\d{6})_\w+")

Report = Callable[[str], None]


class NewerDatabase(Exception):
    """The database was migrated by a newer version of the program."""


@dataclass(frozen=True)
class MigrationState:
    """Names of migrations: those that ran, those that this version still has to run, those that it does not know."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]


async def migrate(report: Report = lambda text: None) -> list[str]:
    """Run what has not run yet, each migration with its mark in one transaction, and return the names. `report` is told
    each name before it runs. Raises NewerDatabase rather than work on tables that this version does not know."""
    async with _turn(report):
        found = await state()
        if found.unknown:
            raise NewerDatabase(
                f"The database was changed by a newer version of Nahbar ({found.unknown[-1]}). Install that version."
            )
        if found.pending:
            from piccolo.apps.migrations.commands.base import BaseMigrationManager

            await BaseMigrationManager().create_migration_table()
        for name in found.pending:
            report(name)
            await _apply(name)
        return list(found.pending)


async def state() -> MigrationState:
    """Compare the migrations of this version with those that ran in the database."""
    known = sorted(_files())
    applied: list[str] = []
    if await fetch("SELECT 1 FROM pg_tables WHERE tablename = 'migration' AND schemaname = current_schema()"):
        rows = await fetch("SELECT name FROM migration WHERE app_name = $1 ORDER BY name", APP)
        applied = [row["name"] for row in rows]
    return MigrationState(
        applied=tuple(applied),
        pending=tuple(name for name in known if name not in applied),
        unknown=tuple(name for name in applied if name not in known),
    )


async def pending() -> list[str]:
    """The names of the migrations that have not run yet, oldest first."""
    return list((await state()).pending)


async def _apply(name: str) -> None:
    from piccolo.apps.migrations.tables import Migration

    module = import_module(f"crm.piccolo_migrations.{_files()[name]}")
    chatter = io.StringIO()  # Piccolo prints each step
    with contextlib.redirect_stdout(chatter):
        async with transaction():
            manager: Any = await module.forwards()
            if manager is not None:
                await manager.run()
            await Migration.insert().add(Migration(name=name, app_name=APP)).run()


@cache
def _files() -> dict[str, str]:
    """The migrations of this version: their names, which each file's name repeats, and their modules. They do not change
    while the process lives."""
    found = (FILE.fullmatch(path.stem) for path in FOLDER.glob("*.py"))
    return {"{}-{}-{}T{}:{}:{}:{}".format(*match.groups()): match.group() for match in found if match}


@asynccontextmanager
async def _turn(report: Report) -> AsyncIterator[None]:
    """Hold PostgreSQL's advisory lock, on a connection of its own: it ends with the connection, come what may."""
    connection = await asyncpg.connect(**engine().config)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", int(Lock.MIGRATIONS)):
            report("waiting for another migration to finish")
            await connection.execute("SELECT pg_advisory_lock($1)", int(Lock.MIGRATIONS))
        yield
    finally:
        await connection.close()
