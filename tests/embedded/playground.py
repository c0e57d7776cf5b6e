"""Folders in which servers may run, and other processes that start them."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg

from crm.embedded.servers import Servers, ensure
from crm.settings import Settings

CHECKOUT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")
ENOUGH = 2_000_000_000  # bytes; a container's may hold no more than 64 MB
IS_ROOT = os.geteuid() == 0
NOBODY = 65534

HOLD = """
import sys
from pathlib import Path
from crm.embedded import processes
from crm.embedded.errors import EmbeddedError
from crm.embedded.servers import ensure
from crm.settings import Settings
folder, command, watches = sys.argv[1:]
if watches == "watchdog":
    processes._libc = None
try:
    settings = Settings.from_env({"CRM_DATA_DIR": folder})
    with ensure(settings, command=command, address="http://here", durable=False) as servers:
        print("ready", servers.database_url, sorted(s.process.pid for s in servers.started.values()), flush=True)
        sys.stdin.read()
except EmbeddedError as problem:
    print("refused", problem, flush=True)
print("left", flush=True)
"""


def settings_of(folder: Path) -> Settings:
    return Settings.from_env({"CRM_DATA_DIR": str(folder)})


@cache
def scratch() -> str:
    """Where throw-away data go: into memory if there is enough, which is three times as quick as a disk."""
    has_memory = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    return str(MEMORY) if has_memory else "/tmp"


@cache
def _cluster() -> Path:
    """Data as a first start makes them, once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="nahbar-cluster-", dir=scratch()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    with ensure(settings_of(folder / "data"), environ={}, durable=False):
        pass
    return folder / "data"


def prepare(data: Path) -> Path:
    """A data folder with a cluster in it, without the second or two that making one takes."""
    data.parent.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", str(_cluster()), str(data)], check=True)
    return data


@contextmanager
def servers_in(folder: Path) -> Iterator[Servers]:
    """Servers started (or joined) by this process, for throw-away data."""
    with ensure(settings_of(folder), environ={}, durable=False) as servers:
        yield servers


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without settings of this program, and with this checkout's packages on the path."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CRM_", "NAHBAR_"))}
    packages = [path for path in sys.path if path.endswith("site-packages")]
    return {**kept, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *packages]), **more}


class Holder:
    """Another process that holds servers until its standard input ends."""

    def __init__(
        self,
        folder: Path,
        command: str = "a command",
        *,
        watch: str = "kernel",
        user: int | None = None,
        python: str = "",
    ) -> None:
        self.process = subprocess.Popen(
            [python or sys.executable, "-c", HOLD, str(folder), command, watch],
            env=clean_environment(),
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            user=user,
            group=user,
            extra_groups=[] if user is not None else None,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> str:
        """Let it go; what it says at its end."""
        said, _ = self.process.communicate("", timeout=60)
        return said.strip()

    def close(self) -> None:
        """Tell it to leave, without waiting."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Holder:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def python_for_everybody() -> str | None:
    """A Python that an unprivileged user can run, with this checkout readable to them; None if there is none."""
    reads = f"import sys; sys.exit(sys.version_info < (3, 11) or not open({str(CHECKOUT / 'crm/settings.py')!r}))"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        if not Path(python).exists():
            continue
        try:
            done = subprocess.run([python, "-c", reads], cwd="/", user=NOBODY, group=NOBODY, extra_groups=[], stderr=-3)
        except OSError:
            continue
        if done.returncode == 0:
            return python
    return None


def processes_in(folder: Path) -> list[str]:
    """The command lines of processes that mention the folder or work in it (Linux only)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            works_in = os.readlink(process / "cwd")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and (str(folder) in works_in or str(folder) in command) and int(process.name) != os.getpid():
            found.append(command)
    return found


def eventually(reached: Callable[[], Any], seconds: float = 20.0) -> bool:
    """Whether this becomes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


async def ask(url: str, question: str) -> Any:
    """One value from the database."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder that every user may enter, as data folders usually are; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="nahbar-", dir=scratch()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
