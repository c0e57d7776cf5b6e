"""`crm prepare`, with which `crm up` begins: one process that brings the database up to date, fills the demo company, and
knows who can log in."""

from __future__ import annotations

import io
import shlex
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from crm.cli.demo import fill_demo
from crm.cli.session import run_in_program
from crm.settings import Settings

FIRST_USER = "crm user add you@example.com --role administrator"


@click.command("prepare", hidden=True)
@click.option("--demo", "customers", type=int, default=0, metavar="N", help="Fill an empty database with N customers.")
@click.option("--data", metavar="DIR", default="", help="The folder that the first user's command has to name.")
def command(customers: int, data: str) -> None:
    """Bring the database up to date, and print who can log in.

    \b
    Example:
      crm prepare --demo 250
    """

    async def prepare(settings: Settings) -> str:
        if customers:
            await fill_demo(customers, datetime.now(ZoneInfo(settings.time_zone)).date(), if_empty=True)
        return await _greeting(data)

    click.echo(run_in_program("prepare", prepare, migrates=True), nl=False)


async def _greeting(data: str) -> str:
    """A log-in for each role of the demo company, or how to make the first user of these data, or nothing."""
    from crm.database import fetch_value

    if await fetch_value("SELECT demo_filled_at FROM company"):
        return _logins()
    if await fetch_value("SELECT EXISTS (SELECT FROM staff)"):
        return ""
    folder = f" --data {shlex.quote(data)}" if data else ""
    return f"Nobody can log in yet. Make the first user, in another terminal:\n  {FIRST_USER}{folder}\n"


def _logins() -> str:
    from rich.console import Console
    from rich.table import Table

    from crm.demo.staff import LOGINS

    table = Table("Role", "E-mail address", "Password", title="Log-ins of the demo company", title_justify="left")
    for row in LOGINS:
        table.add_row(*row)
    page = io.StringIO()
    Console(file=page, width=100).print(table)
    return page.getvalue()
