"""`crm doctor`: looks at everything that the program needs, and says how to mend what is wrong."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import click

from crm.cli.errors import sentence_for
from crm.cli.port import is_nahbar_there, port_problem
from crm.cli.surroundings import (
    data_option,
    database_and_queue,
    how_to_install_pango,
    missing_libraries,
    shown,
)
from crm.embedded.errors import EmbeddedError
from crm.embedded.home import Home, existing_home, forgotten_homes
from crm.embedded.programs import packaged_programs
from crm.embedded.servers import UP, running_servers
from crm.settings import Settings, SettingsError, unknown_settings

LEAST_SPACE = 1_000_000_000  # bytes
FOLDERS_NAMED = 3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `mend` says what to do; a `grave` one keeps the program from working."""

    subject: str
    text: str
    mend: str = ""
    grave: bool = False


def good(subject: str, text: str) -> Finding:
    return Finding(subject, text)


def bad(subject: str, text: str, mend: str) -> Finding:
    return Finding(subject, text, mend, grave=True)


@click.command("doctor")
@data_option
def command() -> int:
    """Say what is missing or misconfigured, and how to mend it. The exit status is 1 if something is wrong.

    \b
    Example:
      crm doctor
    """
    is_well = True
    for finding in examine():
        mark = click.style("wrong", fg="red") if finding.grave else "note " if finding.mend else "good "
        click.echo(f"{mark}  {finding.subject + ':':<14}{finding.text}")
        if finding.mend:
            click.echo(f"{'':>21}-> {finding.mend}")
        is_well = is_well and not finding.grave
    return 0 if is_well else 1


def examine() -> Iterator[Finding]:
    """Every finding, in the order in which one would mend them."""
    yield _python()
    try:
        settings = Settings.from_env()
    except SettingsError as problem:
        for line in problem.problems:
            yield bad("Settings", line, "Correct the environment variable; docs/operations.md lists them all.")
        return
    yield good("Settings", f"read; people reach the program at {settings.public_url}")
    for name in unknown_settings():
        yield Finding("Settings", f"{name} is not a setting.", "Remove it, or correct its name.")
    yield _pango()
    yield _port(settings)
    uses_embedded = settings.database_url is None or settings.redis_url is None
    if uses_embedded:
        yield _programs()
        home, finding = _home(settings)
        yield finding
        yield from _space(home)
        yield from _forgotten()
        if home is None:
            return
    yield from _database_and_queue(settings)


def _python() -> Finding:
    return good("Python", f"{platform.python_version()} ({sys.executable})")


def _pango() -> Finding:
    if missing := missing_libraries():
        return bad("PDF reports", f"{', '.join(missing)} missing", how_to_install_pango())
    return good("PDF reports", "Pango is there")


def _port(settings: Settings) -> Finding:
    problem = port_problem(settings)
    if problem is None:
        return good("Port", f"{settings.port} on {settings.host} is free")
    running = None
    with suppress(EmbeddedError):
        home = existing_home(settings.data_dir)
        running = running_servers(home) if home else None
    if running is not None and running.command == UP and running.address == settings.public_url:
        return good("Port", f"{settings.port} on {settings.host} is used by `crm up` (process {running.pid})")
    may_be_ours = running is not None or settings.database_url is not None
    if may_be_ours and is_nahbar_there(settings):
        return good("Port", f"{settings.port} on {settings.host} is used by Nahbar itself, which answers")
    sentence, _, mend = problem.partition(". ")
    return bad("Port", sentence, mend or "Check CRM_HOST and CRM_PORT.")


def _programs() -> Finding:
    try:
        return good("Servers", f"embedded, in {packaged_programs().postgres_bin.parents[2]}")
    except EmbeddedError as problem:
        return bad("Servers", str(problem), "Set CRM_DATABASE_URL and CRM_REDIS_URL.")


def _home(settings: Settings) -> tuple[Home | None, Finding]:
    try:
        home = existing_home(settings.data_dir)
    except EmbeddedError as problem:
        sentence, _, mend = str(problem).partition(". ")
        return None, bad("Data", sentence, mend or "See docs/operations.md.")
    if home is None:
        return None, Finding("Data", f"none yet in {settings.data_dir}", "Start the program: crm up")
    running = running_servers(home)
    state = f"servers run (started by `crm {running.command}`)" if running else "servers do not run now"
    user = f", as the user {home.identity.name!r}" if home.identity.switches else ""
    return home, good("Data", f"in {home.folder}; {state}{user}")


def _space(home: Home | None) -> Iterator[Finding]:
    if home is not None and (free := shutil.disk_usage(home.folder).free) < LEAST_SPACE:
        text = f"only {free / 1e6:.0f} MB are free for {home.folder}"
        yield bad("Disk", text, "Make room: PostgreSQL stops on a full disk.")


def _forgotten() -> Iterator[Finding]:
    """One finding, however many there are."""
    folders = forgotten_homes() if os.geteuid() == 0 else []
    if len(folders) == 1:
        text = f"{folders[0]} belongs to a data folder that is gone."
        yield Finding("Data", text, f"If nobody needs it: rm -r {folders[0]}")
    elif folders:
        names = ", ".join(folder.name for folder in folders[:FOLDERS_NAMED])
        more = ", ..." if len(folders) > FOLDERS_NAMED else ""
        text = f"{len(folders)} folders in {folders[0].parent} belong to data folders that are gone: {names}{more}"
        yield Finding("Data", text, "The file belongs-to in each says whose it was. Remove those that nobody needs.")


def _database_and_queue(settings: Settings) -> Iterator[Finding]:
    try:
        with database_and_queue(settings, "doctor") as servers:
            where = shown(servers.database_url) if settings.database_url else "embedded"
            yield good("Queue", shown(servers.redis_url) if settings.redis_url else "embedded, answers")
            try:
                yield from asyncio.run(_look_into(where))
            except Exception as problem:
                if (sentence := sentence_for(problem)) is None:
                    raise
                yield bad("Database", sentence, "Run crm migrate; if that does not help, see the log of PostgreSQL.")
    except Exception as problem:
        if (sentence := sentence_for(problem)) is None:
            raise
        said, _, mend = sentence.partition(". ")
        yield bad("Servers", said, mend or "See docs/operations.md.")


async def _look_into(where: str) -> list[Finding]:
    from crm.accounts.permissions import Role
    from crm.accounts.tables import Company, User
    from crm.database import fetch_value
    from crm.migrations import state

    version = str(await fetch_value("SHOW server_version"))
    findings = [good("Database", f"{where}, PostgreSQL {version.split()[0]}")]
    if int(version.split(".")[0]) < 15:
        findings.append(bad("Database", f"PostgreSQL {version} is too old", "Use PostgreSQL 15 or later."))
    if await fetch_value("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        text = "the program connects as a superuser, whom the audit trail cannot refuse"
        findings.append(Finding("Database", text, "Connect as the owner of the database, without superuser rights."))
    migrations = await state()
    if migrations.unknown:
        text = f"the database was changed by a newer version ({migrations.unknown[-1]})"
        return [*findings, bad("Migrations", text, "Install that version of the program.")]
    if migrations.pending:
        return [*findings, bad("Migrations", f"{len(migrations.pending)} have not run yet", "crm migrate")]
    findings.append(good("Migrations", f"all {len(migrations.applied)} have run"))
    administrators = User.count().where(User.role == Role.ADMINISTRATOR, User.deactivated_at.is_null())
    if not await administrators:
        add = "crm user add you@example.com --role administrator"
        findings.append(bad("Users", "there is no administrator, so nobody can invite others", add))
    company = await Company.objects().first()
    if company is None or not company.smtp_host:
        mend = "Log in as an administrator: Settings, outgoing mail."
        findings.append(Finding("Mail", "no outgoing mail server is set; mail stays in the outbox", mend))
    else:
        findings.append(good("Mail", f"goes out through {company.smtp_host}:{company.smtp_port}"))
    return findings
