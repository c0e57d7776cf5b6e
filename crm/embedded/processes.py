"""Child processes that never outlive their parent: starting, watching and stopping them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
SUPERVISED = "NAHBAR_SUPERVISOR"  # in the environment of what `crm up` starts: its process number
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Identity:
    """The user that a child process runs as. `switches` is true when that is not the user of this process."""

    name: str
    uid: int
    gid: int
    switches: bool


def death_signal(sent: signal.Signals, parent: int) -> Callable[[], None] | None:
    """What a child calls before it becomes another program, so that the kernel sends it `sent` when `parent` dies.
    None where the kernel cannot (macOS): crm.embedded.watchdog does it there."""
    if _libc is None:
        return None
    prctl = _libc.prctl

    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return arm


def die_with_parent(sent: signal.Signals = signal.SIGTERM) -> None:
    """Make this Python process receive `sent` when its parent dies (by the kernel, or by asking each second)."""
    parent = os.getppid()
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
        if os.getppid() == parent:
            return
        os.kill(os.getpid(), sent)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), sent)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def spawn(
    command: Sequence[str | Path],
    *,
    identity: Identity | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    output: IO[bytes] | int | None = None,
    kept_files: Sequence[int] = (),
    keeps_errors: bool = False,
    on_parent_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program that dies with this process. It has a process group of its own, so that Ctrl-C reaches the
    parent alone, which then stops its children in order. Call it from the main thread: Linux takes the end of the
    starting *thread* for the parent's death. `output` takes what it prints, and its errors too unless `keeps_errors`."""
    switch = identity if identity is not None and identity.switches else None
    return subprocess.Popen(
        [os.fspath(part) for part in command],
        env=dict(environment) if environment is not None else None,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if keeps_errors or output is None else subprocess.STDOUT,
        pass_fds=tuple(kept_files),
        user=switch.uid if switch else None,
        group=switch.gid if switch else None,
        extra_groups=[] if switch else None,
        umask=0o077 if identity is not None else -1,
        process_group=0,
        preexec_fn=death_signal(on_parent_death, os.getpid()),
    )


def stop(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn and wait up to so many seconds for the end before the next one; SIGKILL is the last."""
    for sent, seconds in (*steps, (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def is_running(pid: int) -> bool:
    """Whether a process with this number exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state not in ("Z", "X")


def wait_until(reached: Callable[[], bool], seconds: float, pause: float = 0.01) -> bool:
    """Ask `reached` again and again for so many seconds; false if it never said yes."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def kernel_watches() -> bool:
    """Whether the kernel tells children of their parent's death; if not, crm.embedded.watchdog is needed."""
    return _libc is not None


def die_with_supervisor() -> None:
    """The same for a process that `crm up` has started, where the kernel does not do it by itself. A process that a
    person has put into the background must outlive the shell, so this asks for the mark that `crm up` sets."""
    if not kernel_watches() and os.environ.get(SUPERVISED) == str(os.getppid()):
        die_with_parent()
