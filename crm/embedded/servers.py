"""The way to a database and a queue: external ones as configured, those that run already in the data folder, or new
ones for as long as they are needed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crm.embedded import postgres, valkey, watchdog
from crm.embedded.errors import EmbeddedError
from crm.embedded.home import Home, Running, existing_home, forget, home_for, remove_sockets, socket_folder
from crm.embedded.locks import Lock, opened
from crm.embedded.postgres import Postgres
from crm.embedded.processes import is_running, kernel_watches
from crm.embedded.programs import programs_for
from crm.embedded.valkey import Valkey
from crm.settings import Settings

SECONDS_TO_ATTACH = 90.0
UP = "up"

Notice = Callable[[str], None]


@dataclass
class Servers:
    """A database and a queue that can be used now. `home` is None when both are external; `started` holds the servers
    that this process has started, by name."""

    database_url: str
    redis_url: str
    home: Home | None = None
    started: dict[str, Postgres | Valkey] = field(default_factory=dict)
    _starters: dict[str, Callable[[], Postgres | Valkey]] = field(default_factory=dict)
    _watchdog: watchdog.Watchdog | None = None

    def start(self) -> None:
        """Start those of the embedded servers that do not run (again)."""
        for name, starter in self._starters.items():
            server = self.started.get(name)
            if server is None or server.process.poll() is not None:
                self.started[name] = starter()
        self._watch()

    def stop(self, *, force: bool = False) -> None:
        """Stop what was started here: the queue first, then the database."""
        for name in reversed(list(self.started)):
            self.started[name].stop(force=force)
            del self.started[name]
        if self._watchdog is not None:
            self._watchdog.dismiss()
            self._watchdog = None

    def _watch(self) -> None:
        if kernel_watches():
            return
        if self._watchdog is not None:
            self._watchdog.dismiss()
        signals = {"PostgreSQL": signal.SIGINT, "Valkey": signal.SIGTERM}
        self._watchdog = watchdog.watch({s.process.pid: signals[name] for name, s in self.started.items()})


@contextmanager
def ensure(
    settings: Settings,
    *,
    command: str = "a command",
    address: str = "",
    notice: Notice = lambda text: None,
    environ: MutableMapping[str, str] = os.environ,
    durable: bool = True,
) -> Iterator[Servers]:
    """Give the block a database and a queue, and put their addresses into CRM_DATABASE_URL and CRM_REDIS_URL.

    External addresses are taken as they are. Otherwise the servers that run in the data folder are used, or started
    for the duration (call it from the main thread: they end with the thread that started them). `crm up` (command=UP)
    never borrows servers: it waits for short commands to finish, and refuses if another `crm up` runs. `durable=False`
    is for tests: nothing is forced to the disk, and a home outside the data folder is removed. Raises EmbeddedError."""
    wants_database, wants_queue = settings.database_url is None, settings.redis_url is None
    if not wants_database and not wants_queue:
        with _exported(environ, Servers(settings.database_url or "", settings.redis_url or "")) as servers:
            yield servers
        return
    home = home_for(settings.data_dir)
    with ExitStack() as stack:
        lock = stack.enter_context(opened(home, "lock"))
        users = stack.enter_context(opened(home, "users"))
        is_ours = _wait_for_lock(home, lock, notice) if command == UP else _lock_or_join(home, lock, users, settings)
        running = None if is_ours else Running.read(home)
        sockets = Path(running.sockets) if running else socket_folder(home)
        servers = Servers(
            settings.database_url or postgres.database_url(sockets),
            settings.redis_url or valkey.redis_url(sockets),
            home,
        )
        if is_ours:
            programs = programs_for(home.identity)
            if wants_database:
                servers._starters["PostgreSQL"] = lambda: postgres.start(
                    home, programs, sockets, lock.descriptor, durable=durable
                )
            if wants_queue:
                servers._starters["Valkey"] = lambda: valkey.start(home, programs, sockets, lock.descriptor)
            if not durable:
                stack.callback(forget, home, settings.data_dir)
            stack.callback(_leave, home, sockets, users, servers, waits=command != UP, notice=notice)
            Running(os.getpid(), command, address, str(sockets)).write(home)
            servers.start()
        yield stack.enter_context(_exported(environ, servers))


def running_servers(home: Home) -> Running | None:
    """What runs in this home, if its database takes connections."""
    running = Running.read(home)
    return running if running is not None and postgres.is_ready(home) else None


def refuse_second_up(settings: Settings) -> None:
    """Raise EmbeddedError if another `crm up` holds the data folder. Nothing is made or started by asking."""
    if settings.database_url is not None and settings.redis_url is not None:
        return
    if (home := existing_home(settings.data_dir)) is None:
        return
    with opened(home, "lock") as lock:
        if not lock.take(shared=True):
            _refuse_other_up(Running.read(home))


def _refuse_other_up(running: Running | None) -> None:
    if running is not None and running.command == UP and is_running(running.pid):
        raise EmbeddedError(
            f"Nahbar runs already with these data, at {running.address} (process {running.pid}). "
            "Use that one, or stop it first, or choose another folder with --data."
        )


def _lock_or_join(home: Home, lock: Lock, users: Lock, settings: Settings) -> bool:
    """True if we have the lock and start the servers; false once we may use those of another process."""
    deadline = time.monotonic() + SECONDS_TO_ATTACH
    while True:
        if lock.take():
            return True
        # Whoever has started the servers for a short command stops them only when nobody shares this lock any more.
        if users.take(shared=True):
            running = Running.read(home)
            if running is not None and _is_complete(home, running, settings) and not lock.take():
                return False
            users.release()
            if lock.take():  # they stopped between the two questions
                return True
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"Another process holds the data in {home.folder}, but its servers do not answer. "
                f"Look for it with: fuser -v '{home.folder / 'lock'}'."
            )
        time.sleep(0.02)


def _is_complete(home: Home, running: Running, settings: Settings) -> bool:
    has_database = settings.database_url is not None or postgres.is_ready(home)
    return has_database and (
        settings.redis_url is not None or valkey.answers(valkey.socket_path(Path(running.sockets)))
    )


def _wait_for_lock(home: Home, lock: Lock, notice: Notice) -> bool:
    """Wait until no other process uses the home. A killed `crm up` leaves servers that need a moment to stop."""
    begin = time.monotonic()
    told = False
    while not lock.take():
        running = Running.read(home)
        lives = running is not None and is_running(running.pid)
        _refuse_other_up(running)
        if lives and not told:
            notice("Waiting for another command that uses the same data ...")
            told = True
        if time.monotonic() - begin > SECONDS_TO_ATTACH and not lives:
            raise EmbeddedError(
                f"Servers of an earlier run still hold the data in {home.folder}. "
                f"Look for them with: fuser -v '{home.folder / 'lock'}'."
            )
        time.sleep(0.05)
    return True


def _leave(home: Home, sockets: Path, users: Lock, servers: Servers, *, waits: bool, notice: Notice) -> None:
    try:
        if waits and not users.take():
            notice("Waiting for other commands, which use the servers that this one has started (Ctrl-C: stop now) ...")
            users.take(wait=True)
    finally:
        servers.stop()
        (home.folder / "servers.json").unlink(missing_ok=True)
        remove_sockets(home, sockets)


@contextmanager
def _exported(environ: MutableMapping[str, str], servers: Servers) -> Iterator[Servers]:
    names = {"CRM_DATABASE_URL": servers.database_url, "CRM_REDIS_URL": servers.redis_url}
    before = {name: environ.get(name) for name in names}
    environ.update(names)
    try:
        yield servers
    finally:
        for name, value in before.items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = value
