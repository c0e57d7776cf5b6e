"""What commands find out about the machine before they begin: settings, database, queue, Pango."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from crm.cli.errors import Refusal, why_unreachable
from crm.embedded.home import existing_home
from crm.embedded.servers import UP, Servers, ensure, running_servers
from crm.settings import Settings

HOMEBREW = Path("/opt/homebrew/lib")

Command = TypeVar("Command", bound=Callable[..., Any])

# WeasyPrint opens these by such names (weasyprint/text/ffi.py); the first column is what people know them by.
PANGO_LIBRARIES = (
    ("Pango", ("libpango-1.0.so.0", "libpango-1.0.dylib")),
    ("PangoFT2", ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib")),
    ("GObject", ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib")),
    ("HarfBuzz", ("libharfbuzz.so.0", "libharfbuzz.0.dylib")),
    ("Fontconfig", ("libfontconfig.so.1", "libfontconfig.1.dylib")),
)


def say(text: str) -> None:
    """A line for the person at the terminal, on standard error: standard output carries results only."""
    click.echo(text, err=True)


def progress(label: str, steps: int) -> click._termui_impl.ProgressBar[int]:
    """A bar for long work, on standard error; none where nobody watches."""
    return click.progressbar(length=steps, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


def data_option(command: Command) -> Command:
    """The option `--data DIR` for a command that uses the data folder; it goes before CRM_DATA_DIR."""
    option = click.option(
        "--data", metavar="DIR", help="The folder of the data (CRM_DATA_DIR).", expose_value=False, callback=_use_folder
    )
    return option(command)


def _use_folder(_: click.Context, __: click.Parameter, folder: str | None) -> None:
    if folder is not None:
        os.environ["CRM_DATA_DIR"] = folder


@contextmanager
def database_and_queue(settings: Settings, command: str) -> Iterator[Servers]:
    """The servers of these settings, running and answering, with their addresses in the environment. A person who has
    named neither a folder nor a database is told which folder is used: it depends on where they stand."""
    is_obvious = settings.database_url is not None or "CRM_DATA_DIR" in os.environ
    if not is_obvious and command != "doctor":  # which says so among its findings
        say(f"Using the data in {settings.data_dir} (another folder: --data DIR).")
    with ensure(settings, command=command, notice=say) as servers:
        demand_database(settings)
        demand_queue(settings)
        yield servers


def address_of_program(settings: Settings) -> str:
    """Where people reach the program: the address of the `crm up` that runs with these data, or else the setting."""
    home = existing_home(settings.data_dir) if settings.database_url is None else None
    running = running_servers(home) if home is not None else None
    return running.address if running is not None and running.command == UP else settings.public_url


def demand_database(settings: Settings) -> None:
    """Refuse, with a sentence, if the external database cannot be reached. (An embedded one was started by us.)"""
    if settings.database_url is None:
        return
    import asyncpg

    async def connect() -> None:
        connection = await asyncpg.connect(settings.database_url, timeout=10)
        await connection.close()

    try:
        asyncio.run(connect())
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as problem:
        raise Refusal(
            f"The database at {shown(settings.database_url)} cannot be reached: {why_unreachable(problem)}. "
            "Check CRM_DATABASE_URL, and that the server runs."
        ) from None


def demand_queue(settings: Settings) -> None:
    """Refuse, with a sentence, if the external queue cannot be reached."""
    if settings.redis_url is None:
        return
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        with Redis.from_url(settings.redis_url, socket_connect_timeout=10, socket_timeout=10) as queue:
            queue.ping()
    except (RedisError, OSError, ValueError) as problem:
        raise Refusal(
            f"The queue at {shown(settings.redis_url)} cannot be reached: {why_unreachable(problem)}. "
            "Check CRM_REDIS_URL, and that the server runs."
        ) from None


def missing_libraries() -> list[str]:
    """Which of the system's libraries for PDFs are not there; quick, unlike importing WeasyPrint."""
    prepare_libraries()
    return [name for name, files in PANGO_LIBRARIES if not any(_opens(file) for file in files)]


def prepare_libraries() -> None:
    """On a Mac with Apple's processor, tell the loader of this process's children where Homebrew puts libraries."""
    if sys.platform == "darwin" and HOMEBREW.is_dir():
        paths = os.environ.get("DYLD_FALLBACK_LIBRARY_PATH", "")
        if str(HOMEBREW) not in paths:
            os.environ["DYLD_FALLBACK_LIBRARY_PATH"] = ":".join(filter(None, (str(HOMEBREW), paths, "/usr/local/lib")))


def how_to_install_pango() -> str:
    """The command that installs Pango on this system, as far as we know it."""
    if sys.platform == "darwin":
        return "brew install pango"
    if Path("/etc/debian_version").exists():
        return "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    if Path("/usr/bin/dnf").exists():
        return "dnf install pango"
    return "the system's package manager (the package is called pango)"


def demand_pango() -> None:
    """Refuse, with a sentence, if the libraries for PDFs are missing."""
    if missing := missing_libraries():
        raise Refusal(
            f"{', '.join(missing)} is missing, which the PDF reports need. Install it: {how_to_install_pango()}"
        )


def shown(url: str) -> str:
    """An address without user, password and options."""
    parts = urlsplit(url)
    if not parts.hostname:
        return f"{parts.scheme}://{parts.path}"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def _opens(file: str) -> bool:
    for name in (file, str(HOMEBREW / file)):
        with suppress(OSError):
            ctypes.CDLL(name)
            return True
    return False
