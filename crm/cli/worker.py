"""`crm worker`: the background work."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from crm.cli.session import demand_migrations
from crm.cli.surroundings import data_option, database_and_queue, demand_pango, prepare_libraries
from crm.embedded.processes import die_with_supervisor
from crm.settings import Settings


@click.command("worker")
@data_option
def command() -> None:
    """Do the work in the background: reminders, mail, reports, sweeps.

    Any number of these may run, on one machine or several. A worker ends when the queue goes away: have systemd (or
    `crm up`) start it again.

    \b
    Example:
      CRM_REDIS_URL=redis://queue:6379/0 crm worker
    """
    settings = Settings.from_env()
    die_with_supervisor()
    prepare_libraries()
    demand_pango()
    with database_and_queue(settings, "worker"):
        demand_migrations()
        from arq.worker import run_worker

        from crm.logs import configure_logs
        from tasks.worker import WorkerSettings

        configure_logs(settings.log_format, settings.log_level)
        asyncio.set_event_loop(asyncio.new_event_loop())
        timetable: Any = WorkerSettings
        run_worker(timetable)
