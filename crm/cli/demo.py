"""`crm demo`."""

from __future__ import annotations

import asyncio
import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

import click

from crm.cli.errors import Refusal
from crm.cli.surroundings import database_and_queue, say
from crm.settings import Settings


@click.command("demo")
@click.option("--customers", type=click.IntRange(1, 1_000_000), default=250, show_default=True, metavar="N")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day on which the 24 months end (default: today).")
@click.option("--if-empty", is_flag=True, help="Do nothing if the database holds data already.")
def command(customers: int, today: datetime | None, if_empty: bool) -> None:
    """Fill an empty database with a demo company: N customers, ten times as many contacts, enquiries, consents, orders.

    The same N and --today give the same company every time.

    \b
    Example:
      crm demo --customers 100000
    """
    settings = Settings.from_env()
    with database_and_queue(settings, "demo"):
        asyncio.run(
            _fill(
                customers,
                today.date() if today else datetime.now(ZoneInfo(settings.time_zone)).date(),
                if_empty=if_empty,
            )
        )


async def _fill(customers: int, today: date, *, if_empty: bool) -> None:
    from crm import demo
    from crm.migrations import migrate

    await migrate(lambda name: say(f"Migrating: {name}"))
    if not await demo.is_empty():
        if if_empty:
            return
        raise Refusal("The database is not empty. The demo company goes into an empty one only: choose another --data.")
    begin = time.monotonic()
    say(f"Filling the database with a demo company of {customers} customers ...")
    await demo.fill(customers=customers, today=today)
    say(f"Done in {time.monotonic() - begin:.1f} s.")
