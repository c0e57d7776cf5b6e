"""`crm backup`."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click

from crm.cli.errors import Refusal
from crm.cli.postgres_tools import address_and_environment, complaint, read_dump, tool
from crm.cli.surroundings import data_option, database_and_queue, progress, say
from crm.privacy.erasure.journal import JOURNAL, copy_journal
from crm.settings import Settings


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@data_option
def command(file: Path, overwrite: bool) -> None:
    """Write the whole database, files included, into one FILE (a compressed pg_dump).

    The program may go on running. The file holds personal data: it can be read by you alone, and it is as secret as
    the database.

    \b
    Example:
      crm backup /backup/nahbar-$(date +%F).dump
    """
    settings = Settings.from_env()
    if file.exists() and not overwrite:
        raise Refusal(f"{file} exists already. Choose another name, or replace it with --overwrite.")
    if not file.absolute().parent.is_dir():
        raise Refusal(f"There is no folder {file.resolve().parent}.")
    part = file.with_name(f"{file.name}.part")
    with database_and_queue(settings, "backup") as servers:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        try:
            _dump(servers.database_url, part)
            dump = read_dump(part)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        copied = copy_journal(settings.erasures_dir, file.absolute().parent / JOURNAL)
        _note()
    if copied:
        say(f"{copied} erasure{'' if copied == 1 else 's'} noted beside it, so that a restore does them again.")
    say(f"{file}: {len(dump.tables)} tables, {_size(file.stat().st_size)}. Read it back with `crm restore`.")


def _note() -> None:
    """The audit trail says that there is a backup. The backup stands without it."""
    from crm.accounts.backups import note_backup

    try:
        asyncio.run(note_backup(now=datetime.now(UTC)))
    except Exception as error:
        say(f"The backup is complete, but the audit trail could not note it: {error}.")


def _dump(url: str, part: Path) -> None:
    address, environment = address_and_environment(url)
    process = subprocess.Popen(
        [tool("pg_dump"), "--format=custom", "--compress=6", "--verbose", f"--file={part}", f"--dbname={address}"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    assert process.stderr is not None
    said = []
    with progress("Backup", 1) as bar:
        for line in process.stderr:
            said.append(line)
            if re.search(r"finding the columns and types of table", line):
                bar.length = (bar.length or 0) + 1
            elif "dumping contents of table" in line:
                bar.update(1)
        if process.wait() == 0:
            bar.update((bar.length or 0) - bar.pos)
    if process.returncode != 0:
        raise Refusal(f"The backup failed: {complaint(''.join(said[-50:]))}.")


def _size(size: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
