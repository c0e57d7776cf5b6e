"""The embedded Valkey, which carries the queue: starts it on a socket of its own, and stops it."""

from __future__ import annotations

import signal
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crm.embedded.errors import EmbeddedError
from crm.embedded.home import Home, make_private
from crm.embedded.logs import last_complaint, mentions, open_log
from crm.embedded.postgres import SERVER_ENVIRONMENT
from crm.embedded.processes import spawn, stop, wait_until
from crm.embedded.programs import Programs

SECONDS_TO_START = 20.0


@dataclass
class Valkey:
    """A running server, started by this process."""

    home: Home
    process: subprocess.Popen[bytes]

    name = "Valkey"

    def stop(self, *, force: bool = False) -> None:
        """Write everything and stop; by force, stop at once (at most a second of the queue is lost)."""
        stop(self.process, *(() if force else ((signal.SIGTERM, 15.0),)))


def socket_path(sockets: Path) -> Path:
    return sockets / "valkey.sock"


def redis_url(sockets: Path) -> str:
    """The address of the queue behind the socket in that folder."""
    return f"unix://{socket_path(sockets)}"


def start(home: Home, programs: Programs, sockets: Path, lock: int) -> Valkey:
    """Start the server and return when it answers. `lock` is the descriptor that it inherits. A queue whose file is
    damaged is put aside: PostgreSQL knows everything that matters, and the sweeps find what was missed."""
    server, begin = _launch(home, programs, sockets, lock)
    log = home.log / "valkey.log"
    if server is None and mentions(log, begin, b"append only file"):
        aside = home.folder / "valkey.damaged"
        number = 1
        while aside.exists():
            number += 1
            aside = home.folder / f"valkey.damaged-{number}"
        home.queue.rename(aside)
        make_private(home.queue, home.identity)
        server, begin = _launch(home, programs, sockets, lock)
    if server is None:
        reason = last_complaint(log, begin) or "no reason given"
        raise EmbeddedError(f"Valkey did not start: {reason}. Its log is {log}.")
    return server


def answers(path: Path) -> bool:
    """Whether a server behind this socket has loaded its data and answers."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(64).startswith(b"+PONG")
    return False


def _launch(home: Home, programs: Programs, sockets: Path, lock: int) -> tuple[Valkey | None, int]:
    path = socket_path(sockets)
    path.unlink(missing_ok=True)
    with open_log(home, "valkey.log") as log:
        begin = log.tell()
        process = spawn(
            [
                programs.valkey_server,
                *("--port", "0", "--unixsocket", path, "--unixsocketperm", "700", "--dir", home.queue),
                *("--daemonize", "no", "--loglevel", "warning", "--save", ""),
                *("--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"),
            ],
            identity=home.identity,
            environment=SERVER_ENVIRONMENT,
            folder=home.folder,
            output=log,
            kept_files=(lock,),
        )
    server = Valkey(home, process)
    try:
        wait_until(lambda: answers(path) or process.poll() is not None, SECONDS_TO_START)
    except BaseException:
        server.stop()
        raise
    if process.poll() is None and answers(path):
        return server, begin
    server.stop(force=True)
    return None, begin
