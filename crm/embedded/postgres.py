"""The embedded PostgreSQL: makes its cluster, starts it on a socket of its own, and stops it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from crm.embedded.errors import EmbeddedError
from crm.embedded.home import Home, give, make_private
from crm.embedded.logs import last_complaint, open_log
from crm.embedded.processes import Identity, is_running, spawn, stop, wait_until
from crm.embedded.programs import Programs

MAJOR_VERSION = "18"
DATABASE = "nahbar"
OWNER = "crm"
SUPERUSER = "postgres"
SECONDS_TO_START = 60.0  # after a power cut PostgreSQL replays its log first

# The owner of the database is no superuser: only then does REVOKE bind it, and the audit trail stays unchanged.
FIRST_STATEMENTS = f"""
CREATE ROLE {OWNER} LOGIN NOSUPERUSER CREATEDB NOCREATEROLE;
CREATE DATABASE {DATABASE} OWNER {OWNER};
"""

# Without a UTF-8 lc_ctype, pg_trgm drops every umlaut; macOS has no C.UTF-8 before version 15.
CTYPES = ("C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8")

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "wal_buffers": "32MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_level": "minimal",  # nothing is replicated from it: indexes that are built at once need no log
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "lc_messages": "C",
}

FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}

SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass
class Postgres:
    """A running server, started by this process."""

    home: Home
    process: subprocess.Popen[bytes]

    name = "PostgreSQL"

    def stop(self, *, force: bool = False) -> None:
        """End open sessions, write everything and stop; by force, stop at once and repair at the next start."""
        fast, immediate = (signal.SIGINT, 60.0), (signal.SIGQUIT, 5.0)
        stop(self.process, *((immediate,) if force else (fast, immediate)))


def database_url(sockets: Path, role: str = OWNER) -> str:
    """The address of the database behind a socket in that folder (which needs no quoting: see socket_folder)."""
    return f"postgresql://{role}@/{DATABASE}?host={sockets}"


def start(home: Home, programs: Programs, sockets: Path, lock: int, *, durable: bool = True) -> Postgres:
    """Start the server, with a new cluster if there is none, and return when it takes connections. `lock` is the
    descriptor that it inherits. With `durable=False` (tests) nothing is forced to the disk."""
    if not home.cluster.exists():
        _make_cluster(home, programs, durable=durable)
    _check_version(home)
    _write_access_rules(home)
    _clear_remains(home, sockets)
    with open_log(home, "postgres.log") as log:
        begin = log.tell()
        options = dict(SETTINGS)
        if not durable:
            options |= FOR_TESTS
        process = spawn(
            [
                programs.postgres_bin / "postgres",
                *("-D", home.cluster, "-k", sockets),
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ],
            identity=home.identity,
            environment=SERVER_ENVIRONMENT,
            folder=home.folder,
            output=log,
            kept_files=(lock,),
            on_parent_death=signal.SIGINT,
        )
    server = Postgres(home, process)
    try:
        reached = wait_until(lambda: is_ready(home) or process.poll() is not None, SECONDS_TO_START)
    except BaseException:
        server.stop()
        raise
    if not reached or process.poll() is not None:
        server.stop()
        log_path = home.log / "postgres.log"
        reason = last_complaint(log_path, begin) or f"it was not ready after {SECONDS_TO_START:.0f} s"
        raise EmbeddedError(f"PostgreSQL did not start: {reason}. Its log is {log_path}.")
    return server


def is_ready(home: Home) -> bool:
    """Whether the server of this home takes connections, as it says itself in postmaster.pid."""
    lines = _pid_file(home)
    return len(lines) > 7 and lines[7].strip() == "ready" and is_running(int(lines[0]))


def _make_cluster(home: Home, programs: Programs, *, durable: bool) -> None:
    """Made under another name and then renamed: an interrupted start leaves no half cluster behind."""
    part = home.folder / "postgres.part"
    shutil.rmtree(part, ignore_errors=True)
    make_private(part, home.identity)
    create = [
        *(str(programs.postgres_bin / "initdb"), "-D", str(part), "-U", SUPERUSER, "--auth=peer", "--encoding=UTF8"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *(() if durable else ("--no-sync",)),
    ]
    for ctype in CTYPES:
        done = _run_as_server(home.identity, [*create, f"--lc-ctype={ctype}"], home.folder)
        if done.returncode == 0 or "invalid locale" not in done.stdout:
            break
    if done.returncode == 0:
        single = [str(programs.postgres_bin / "postgres"), "--single", "-j", "-D", str(part), "postgres"]
        statements = FIRST_STATEMENTS.strip().replace(";\n", ";\n\n")
        done = _run_as_server(home.identity, [*single], home.folder, statements + "\n\n")
    if done.returncode != 0 or "ERROR:" in done.stdout:
        shutil.rmtree(part, ignore_errors=True)
        lines = [line for line in done.stdout.splitlines() if "rror" in line or "FATAL" in line]
        raise EmbeddedError(f"The database could not be made in {home.folder}: {(lines or ['initdb failed'])[-1]}.")
    part.rename(home.cluster)


def _run_as_server(
    identity: Identity, command: list[str], folder: Path, statements: str = ""
) -> subprocess.CompletedProcess[str]:
    switch = identity if identity.switches else None
    return subprocess.run(
        command,
        cwd=folder,
        env=SERVER_ENVIRONMENT,
        input=statements,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        umask=0o077,
        user=switch.uid if switch else None,
        group=switch.gid if switch else None,
        extra_groups=[] if switch else None,
    )


def _check_version(home: Home) -> None:
    try:
        written_by = (home.cluster / "PG_VERSION").read_text().strip()
    except OSError:
        raise EmbeddedError(
            f"{home.cluster} is no PostgreSQL cluster. Move it away, or choose another --data."
        ) from None
    if written_by != MAJOR_VERSION:
        raise EmbeddedError(
            f"The data in {home.cluster} were written by PostgreSQL {written_by}; this version brings {MAJOR_VERSION}. "
            "Run `crm backup` with the old version of the program and `crm restore` with this one."
        )


def _write_access_rules(home: Home) -> None:
    """Who may connect: over the socket only, and only the servers' user and root, as the kernel names them."""
    users = dict.fromkeys((home.identity.name, "root"))
    lines = [f'nahbar "{user}" {role}' for user in users for role in (OWNER, SUPERUSER)]
    for name, text in (("pg_hba.conf", "local all all peer map=nahbar\n"), ("pg_ident.conf", "\n".join(lines) + "\n")):
        path = home.cluster / name
        if path.read_text() != text:
            part = path.with_suffix(".part")
            part.write_text(text)
            give(home.identity, part)
            part.replace(path)


def _pid_file(home: Home) -> list[str]:
    try:
        lines = (home.cluster / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    return lines if lines and lines[0].lstrip("-").isdigit() else []


def _clear_remains(home: Home, sockets: Path) -> None:
    """Remove what a killed server left. We hold the lock that every server of ours inherits, so none of them lives;
    but PostgreSQL would refuse to start if the number in its old file belongs to another process by now."""
    lines = _pid_file(home)
    if lines and _is_server_of(abs(int(lines[0])), home) and not wait_until(lambda: not _lives(lines, home), 10.0, 0.1):
        raise EmbeddedError(
            f"Another program has already started PostgreSQL on {home.cluster} (process {lines[0]}). Stop it first."
        )
    for path in (home.cluster / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
        path.unlink(missing_ok=True)


def _lives(lines: list[str], home: Home) -> bool:
    return _is_server_of(abs(int(lines[0])), home)


def _is_server_of(pid: int, home: Home) -> bool:
    """Whether that process is a PostgreSQL server which works in this cluster (it makes the folder its own)."""
    if not is_running(pid):
        return False
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", home.cluster)
    except OSError:
        if sys.platform == "linux":
            return False
    listed = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True)
    return "postgres" in listed.stdout and str(home.cluster) in listed.stdout
