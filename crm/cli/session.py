"""Runs a piece of the program for a command: servers, an up-to-date database, a pool, the company's time zone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar
from zoneinfo import ZoneInfo

from crm.cli.errors import Refusal
from crm.cli.surroundings import database_and_queue, say
from crm.embedded.processes import SUPERVISED
from crm.settings import Settings

CONNECTIONS = 3

Result = TypeVar("Result")


def run_in_program(command: str, job: Callable[[Settings], Awaitable[Result]], *, migrates: bool = False) -> Result:
    """Run `job` to its end and return its result. An embedded database is migrated before if need be; an external one,
    which other machines may use too, must have been (Refusal otherwise), unless the command `migrates`."""
    settings = Settings.from_env()
    with database_and_queue(settings, command):
        return asyncio.run(_run(settings, job, migrates=migrates or settings.database_url is None))


async def update_database() -> list[str]:
    """Run what has not run yet, fill catalogues that are empty, and return the names of the migrations. The person is
    told once that this goes on; whoever wants the names asks for them by CRM_LOG_LEVEL=debug."""
    from crm.catalogues import install_catalogues
    from crm.migrations import migrate

    names_wanted = Settings.from_env().log_level == "debug"
    is_told = False

    def tell(text: str) -> None:
        nonlocal is_told
        if not is_told:
            say("Preparing the database ...")
        if names_wanted:
            say(f"  {text}")
        is_told = True

    done = await migrate(tell)
    await install_catalogues()
    return done


def demand_migrations() -> None:
    """Refuse, with a sentence, if migrations are pending: web server and worker would only stumble. What `crm up` has
    started needs no look: it has just migrated."""
    if SUPERVISED not in os.environ:
        asyncio.run(_demand_migrations())


async def _demand_migrations() -> None:
    from crm.migrations import pending

    if names := await pending():
        raise Refusal(
            f"The database is not up to date ({len(names)} migrations have not run). Run `crm migrate` first."
        )


async def _run(settings: Settings, job: Callable[[Settings], Awaitable[Result]], *, migrates: bool) -> Result:
    from crm import database, queue
    from crm.logs import configure_logs
    from crm.web import i18n

    configure_logs(settings.log_format, settings.log_level)
    if migrates:
        await update_database()
    else:
        await _demand_migrations()
    i18n.language.set("en")  # the command speaks English throughout
    i18n.zone.set(ZoneInfo(settings.time_zone))
    await database.open_pool(CONNECTIONS)
    try:
        return await job(settings)
    finally:
        await queue.close_queue()
        await database.close_pool()
