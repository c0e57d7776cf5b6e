"""`crm greeting`, which `crm up` runs at its end: who can log in."""

from __future__ import annotations

import asyncio

import click

FIRST_USER = "crm user add you@example.com --role administrator --password ..."


@click.command("greeting", hidden=True)
def command() -> None:
    """Print a log-in for each role of the demo company, or how to make the first user.

    \b
    Example:
      crm greeting
    """
    users, is_demo = asyncio.run(_look())
    if is_demo:
        _print_logins()
    elif not users:
        click.echo(f"Nobody can log in yet. Make the first user, in another terminal:\n  {FIRST_USER}")


async def _look() -> tuple[int, bool]:
    from crm.accounts.tables import Company, User

    company = await Company.objects().first()
    return await User.count(), company is not None and company.demo_filled_at is not None


def _print_logins() -> None:
    from rich.console import Console
    from rich.table import Table

    from crm.demo import LOGINS

    table = Table("Role", "E-mail address", "Password", title="Log-ins of the demo company", title_justify="left")
    for row in LOGINS:
        table.add_row(*row)
    Console().print(table)
