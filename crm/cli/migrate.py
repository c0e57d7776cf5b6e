"""`crm migrate`."""

from __future__ import annotations

import asyncio

import click

from crm.cli.session import update_database
from crm.cli.surroundings import data_option, database_and_queue, say
from crm.settings import Settings


@click.command("migrate")
@click.option("--quiet", is_flag=True, help="Say nothing if there is nothing to do.")
@data_option
def command(quiet: bool) -> None:
    """Bring the database to the state that this version expects.

    Safe to run twice, and by several machines at once: they take turns.

    \b
    Example:
      CRM_DATABASE_URL=postgresql://crm@db/nahbar crm migrate
    """
    settings = Settings.from_env()
    with database_and_queue(settings, "migrate"):
        done = asyncio.run(update_database())
    if not quiet or done:
        say(f"The database is up to date ({len(done)} migration{'' if len(done) == 1 else 's'} run).")
