"""`crm up`: everything in one foreground command."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from crm.cli.errors import Refusal
from crm.cli.port import ask_ready, demand_port
from crm.cli.surroundings import demand_database, demand_pango, demand_queue, prepare_libraries, say
from crm.embedded.servers import UP, Servers, ensure, refuse_second_up
from crm.embedded.supervisor import Signals, Supervisor
from crm.settings import Settings

SECONDS_TO_READY = 60.0
DEMO_CUSTOMERS = 500
STOPPED_BY_FORCE = 130


@click.command("up")
@click.option("--demo", is_flag=True, help="Fill an empty database with a demo company.")
@click.option("--data", metavar="DIR", help="The folder of the data (CRM_DATA_DIR).")
@click.option("--host", metavar="H", help="The address to listen on (CRM_HOST).")
@click.option("--port", metavar="P", help="The port to listen on (CRM_PORT).")
def command(demo: bool, data: str | None, host: str | None, port: str | None) -> int:
    """Start everything in the foreground: database, queue, migrations, web server and worker.

    Ctrl-C stops all of it; a second Ctrl-C does so by force.

    \b
    Examples:
      crm up --demo
      crm up --data /srv/nahbar --host 0.0.0.0 --port 8000
    """
    for name, value in (("CRM_DATA_DIR", data), ("CRM_HOST", host), ("CRM_PORT", port)):
        if value is not None:
            os.environ[name] = value
    is_named = "CRM_DATA_DIR" in os.environ
    settings = Settings.from_env()
    os.environ["CRM_DATA_DIR"] = str(settings.data_dir)
    if settings.log_format == "console":
        # lines about every task would carry the address and the log-ins off the screen
        os.environ.setdefault("CRM_LOG_LEVEL", "warning")
    prepare_libraries()
    demand_pango()
    refuse_second_up(settings)  # before the port, which the first one has
    demand_port(settings)
    with Signals() as signals:
        try:
            return _run(settings, signals, demo=demo, is_named=is_named)
        except KeyboardInterrupt:
            return 0  # asked to stop before everything had started


def _run(settings: Settings, signals: Signals, *, demo: bool, is_named: bool) -> int:
    with ensure(settings, command=UP, address=settings.public_url, notice=say) as servers:
        demand_database(settings)
        demand_queue(settings)
        _say_where(settings, servers)
        supervisor = Supervisor(servers, signals, own_command, say)
        try:
            _begin(supervisor, settings, demo=demo, is_named=is_named)
            signals.interrupts = False
            supervisor.watch()
            say("Stopping ... (Ctrl-C again: by force)")
        except KeyboardInterrupt:
            say("Stopping ...")  # asked before everything had started
        finally:
            status = _end(supervisor, servers, signals)
    return status


def _begin(supervisor: Supervisor, settings: Settings, *, demo: bool, is_named: bool) -> None:
    """Bring up everything, one after the other; return when the program is ready and the person knows where. A data
    folder that they have named must be named to further commands too."""
    words = ["--demo", str(DEMO_CUSTOMERS)] if demo else []
    if is_named and settings.database_url is None:
        words += ["--data", str(settings.data_dir)]
    status, greeting = supervisor.run_to_end("prepare", *words)
    if status != 0:
        raise SystemExit(1)  # it has said why
    supervisor.start("The web server", "serve")
    _wait_until_ready(supervisor, settings)
    supervisor.start("The worker", "worker")  # after the first page: both at once would take twice as long
    say(f"\nNahbar runs at {settings.public_url}\n{greeting}Ctrl-C stops it.")


def _end(supervisor: Supervisor, servers: Servers, signals: Signals) -> int:
    signals.interrupts = True
    try:
        supervisor.stop()
        servers.stop()
    except KeyboardInterrupt:
        supervisor.stop(force=True)
        servers.stop(force=True)
        return STOPPED_BY_FORCE
    return 0


def own_command(arguments: Sequence[str]) -> list[str]:
    """The command line of one of our subcommands, run by this Python from this copy of the program. `-P` keeps files in
    the current folder from passing for modules."""
    return [sys.executable, "-P", str(Path(__file__).resolve().parents[1] / "__main__.py"), *arguments]


def _say_where(settings: Settings, servers: Servers) -> None:
    if servers.home is None:
        return
    elsewhere = servers.home.folder != settings.data_dir
    user = servers.home.identity.name
    if servers.home.identity.switches:
        say(f"The database and the queue run as the user {user!r}, not as root.")
    if elsewhere:
        say(f"The data live in {servers.home.folder}, since {user!r} cannot enter {settings.data_dir}.")
    else:
        say(f"The data live in {servers.home.folder}.")


def _wait_until_ready(supervisor: Supervisor, settings: Settings) -> None:
    deadline = time.monotonic() + SECONDS_TO_READY
    answer = "no answer"
    while time.monotonic() < deadline:
        if (program := supervisor.ended()) is not None:
            raise Refusal(f"{program.title} ended while it started; what it said stands above. See `crm doctor`.")
        said = ask_ready(settings)
        if said.is_ready:
            return
        answer = f"status {said.status}: {said.text}" if said.status else said.text
        time.sleep(0.05)
    raise Refusal(f"The program was not ready after {SECONDS_TO_READY:.0f} s ({answer}). See `crm doctor`.")
