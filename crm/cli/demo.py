"""`crm demo`."""

from __future__ import annotations

import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

import click

from crm.cli.errors import Refusal
from crm.cli.session import run_in_program
from crm.cli.surroundings import data_option, progress, say
from crm.settings import Settings


@click.command("demo")
@click.option("--customers", type=click.IntRange(1, 1_000_000), default=500, show_default=True, metavar="N")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day on which the 24 months end (default: today).")
@click.option("--if-empty", is_flag=True, help="Do nothing if the database holds data already.")
@data_option
def command(customers: int, today: datetime | None, if_empty: bool) -> None:
    """Fill an empty database with a demo company: N customers, ten times as many contacts, enquiries, consents, orders.

    The same N and --today give the same company every time.

    \b
    Example:
      crm demo --customers 100000
    """

    async def fill(settings: Settings) -> None:
        this_day = datetime.now(ZoneInfo(settings.time_zone)).date()
        await fill_demo(customers, today.date() if today else this_day, if_empty=if_empty)

    run_in_program("demo", fill)


async def fill_demo(customers: int, today: date, *, if_empty: bool) -> None:
    """Fill the database with the demo company. Raises Refusal if it is not empty; with `if_empty` that is no mistake."""
    from crm.demo.emptiness import is_empty

    if not await is_empty():
        if if_empty:
            return
        raise Refusal("The database is not empty. The demo company goes into an empty one only: choose another folder.")
    from crm.demo.fill import fill

    begin = time.monotonic()
    say(f"Filling the database with a demo company of {customers} customers ...")
    with progress("Customers", customers) as bar:
        await fill(customers, today, lambda done, total: bar.update(done - bar.pos))
    say(f"Done in {time.monotonic() - begin:.1f} s.")
