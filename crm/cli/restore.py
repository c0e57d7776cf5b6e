"""`crm restore`."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryFile
from typing import IO
from zoneinfo import ZoneInfo

import asyncpg
import click

from crm.cli.errors import Refusal
from crm.cli.postgres_tools import Dump, address_and_environment, complaint, read_dump, tool
from crm.cli.surroundings import data_option, database_and_queue, progress, say, shown
from crm.privacy.erasure.journal import JOURNAL, copy_journal, read_journal
from crm.settings import Settings
from crm.web.i18n import zone

EMPTY_SCHEMA = "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;"


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Remove everything that the database holds now.")
@click.option("--yes", is_flag=True, help="Don't ask; needed where there is no terminal.")
@data_option
def command(file: Path, replace: bool, yes: bool) -> None:
    """Read the backup FILE back, completely or not at all.

    Stop the program before. Whoever was erased after the backup was made is erased again: see CRM_ERASURES_DIR.
    A database that is not empty is touched only with --replace.

    \b
    Example:
      crm restore --replace /backup/nahbar-2026-11-30.dump
    """
    settings = Settings.from_env()
    dump = read_dump(file)
    if not yes and not (sys.stdin and sys.stdin.isatty()):
        raise Refusal("Nobody is at a terminal to be asked whether to go on. Add --yes to restore without a question.")
    with database_and_queue(settings, "restore") as servers:
        held, others = asyncio.run(_look(servers.database_url))
        if others:
            raise Refusal(
                f"The database is in use ({others} other connection{'' if others == 1 else 's'}). "
                "Stop `crm up`, `crm serve` and `crm worker`, then try again."
            )
        if held and not replace:
            raise Refusal(
                f"The database is not empty ({held} tables). Make a backup of it, then remove it by --replace."
            )
        where = shown(settings.database_url) if settings.database_url else settings.data_dir
        say(f"{file}: made at {dump.made_at}, {len(dump.tables)} tables. It goes into {where}.")
        if held:
            say("Everything that the database holds now will be REMOVED.")
        if not yes:
            click.confirm("Go on?", abort=True, err=True)
        _take_journal(file, settings.erasures_dir)
        _restore(servers.database_url, file, dump, replace=bool(held))
        rows, missing = asyncio.run(_verify(servers.database_url, dump))
        if missing:
            raise Refusal(f"These tables of the backup are missing afterwards: {', '.join(missing)}.")
        say(f"Restored: {len(dump.tables)} tables, {rows} rows.")
        pending = asyncio.run(_pending())
        if read_journal(settings.erasures_dir):
            if pending:
                say("The backup is of an older version: it is migrated, since people were erased after it was made.")
            asyncio.run(_erase_again(settings))
            pending = []
    if pending:
        say("The backup is of an older version: run `crm migrate` now (`crm up` does so by itself).")


def _take_journal(file: Path, folder: Path) -> None:
    """What lies beside the backup is the house's own from here on: the next restore needs it, from wherever it is made. Before anything
    is restored: nobody who was erased may be seen again because a folder cannot be written."""
    try:
        copy_journal(file.absolute().parent / JOURNAL, folder)
    except OSError as problem:
        raise Refusal(
            f"The erasures noted beside the backup cannot be copied into {folder} ({problem.strerror}). "
            "Make that folder writable or set CRM_ERASURES_DIR, then try again; nothing was restored."
        ) from problem


async def _look(url: str) -> tuple[int, int]:
    """How many tables the database holds, and how many other connections use it."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        others = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
    finally:
        await connection.close()
    return tables, others


async def _verify(url: str, dump: Dump) -> tuple[int, list[str]]:
    """How many rows there are now, and which tables of the backup are not."""
    connection = await asyncpg.connect(url)
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {row["tablename"] for row in names}
        rows = 0
        for table in found.intersection(dump.tables):
            rows += await connection.fetchval(f'SELECT count(*) FROM public."{table}"')
    finally:
        await connection.close()
    return rows, [table for table in dump.tables if table not in found]


async def _erase_again(settings: Settings) -> None:
    """Whoever was erased after the backup was made is erased again, before anybody can see them."""
    from crm.migrations import migrate
    from crm.privacy.erasure.replaying import replay_erasures

    await migrate()
    zone.set(ZoneInfo(settings.time_zone))
    done = await replay_erasures(settings.erasures_dir, now=datetime.now(UTC), is_restored=True)
    if done.done:
        say(
            f"Erased again: {done.done} {'person' if done.done == 1 else 'persons'}, who had been erased after the backup was made."
        )
    if done.foreign:
        say(
            f"{done.foreign} of the noted erasures are of people whom this backup does not know; they are not imported again."
        )


async def _pending() -> list[str]:
    from crm.migrations import pending

    return await pending()


def _restore(url: str, file: Path, dump: Dump, *, replace: bool) -> None:
    """Have pg_restore write SQL and psql run it, in one transaction. psql must not see the end of its input before we
    know that pg_restore got through: it would commit half a backup. So psql is killed if pg_restore fails."""
    address, environment = address_and_environment(url)
    read = [tool("pg_restore"), "--no-owner", "--file=-", str(file)]
    write = [tool("psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f", "-", address]
    with TemporaryFile() as read_problems, TemporaryFile() as write_problems:
        reading = subprocess.Popen(read, stdout=PIPE, stderr=read_problems, env=environment)
        writing = subprocess.Popen(write, stdin=PIPE, stderr=write_problems, env=environment)
        assert reading.stdout is not None
        assert writing.stdin is not None
        try:
            is_through = _pump(reading.stdout, writing.stdin, dump, first=EMPTY_SCHEMA if replace else "")
            if is_through and reading.wait() != 0:
                writing.kill()
                raise Refusal(f"The backup is damaged: {_told(read_problems)}. Nothing was changed.")
            with suppress(BrokenPipeError):
                writing.stdin.close()
            if writing.wait() != 0:
                raise Refusal(f"The database refused the backup: {_told(write_problems)}. Nothing was changed.")
        finally:
            for process in (writing, reading):
                process.kill()
                process.wait()


def _told(problems: IO[bytes]) -> str:
    problems.seek(0)
    return complaint(problems.read(100_000).decode(errors="replace"))


def _pump(source: IO[bytes], target: IO[bytes], dump: Dump, *, first: str) -> bool:
    """Carry the script over; false if the reader at the other end gave up before its end."""
    try:
        target.write(first.encode() + b"\n")
        with progress("Restore", len(dump.tables)) as bar:
            for line in _for_this_role(source, dump.owner):
                target.write(line)
                if line == b"\\.\n":
                    bar.update(1)
        target.flush()
    except BrokenPipeError:
        return False
    return True


def _for_this_role(lines: IO[bytes], owner: str) -> Iterator[bytes]:
    """The script, with the rights that it grants to the old owner, or takes from it, meant for the new one: the
    database's refusal to change the audit trail rests on such a right, and roles are called otherwise elsewhere."""
    ends = re.compile(rb'( TO | FROM )"?' + re.escape(owner.encode()) + rb'"?;')
    inside_data = False
    for line in lines:
        if inside_data:
            inside_data = line != b"\\.\n"
        elif line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            inside_data = True
        elif line.startswith((b"GRANT ", b"REVOKE ")):
            yield ends.sub(rb"\1CURRENT_USER;", line)
            continue
        elif line.startswith(b"SET transaction_timeout"):  # PostgreSQL before 17 does not know it
            continue
        yield line
