"""`crm serve`: the web server."""

from __future__ import annotations

import gc
import signal
from functools import cache
from typing import Any

import click

from crm.cli.port import demand_port, listening_address
from crm.cli.session import demand_migrations
from crm.cli.surroundings import data_option, database_and_queue
from crm.embedded.processes import die_with_parent, die_with_supervisor
from crm.settings import Settings

SECONDS_TO_FINISH = 8  # for requests that run when the server is told to stop


@click.command("serve")
@data_option
def command() -> None:
    """Answer web requests, with CRM_WEB_PROCESSES processes on CRM_HOST and CRM_PORT.

    Any number of these may run, on one machine or several. Run `crm migrate` before, and `crm worker` beside it.

    \b
    Example:
      CRM_HOST=0.0.0.0 CRM_PUBLIC_URL=https://crm.example.com crm serve
    """
    settings = Settings.from_env()
    die_with_supervisor()
    demand_port(settings)
    with database_and_queue(settings, "serve"):
        demand_migrations()
        _serve(settings)


@cache
def built() -> Any:
    """The application, built once before the web processes part: each of them has it at once and shares its memory. It
    connects to nothing before a process runs it. Nothing of it is garbage, so that looking for some only costs time."""
    gc.disable()
    from crm.app import create_app

    application = create_app()
    gc.freeze()
    gc.enable()
    return application


def application() -> Any:
    """What each web process serves. The process dies with the one that started it, so that none keeps the port; and
    until granian has set up its own handlers, it dies of a signal, instead of passing it to handlers that it has
    inherited."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent()
    return built()


def _serve(settings: Settings) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    built()
    server = Granian(
        "crm.cli.serve:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=listening_address(settings),
        port=settings.port,
        workers=settings.web_processes,
        websockets=False,
        log_level=LogLevels.debug if settings.log_level == "debug" else LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
        process_name=None,
    )
    server.serve()
