"""For systems whose kernel does not tell children of their parent's death (macOS): a process that waits for the end
of a pipe which only the parent holds open, and then stops the servers. It runs as a script, with the standard library
alone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Watchdog:
    """The waiting process, and the end of the pipe that keeps it waiting."""

    process: subprocess.Popen[bytes]
    lifeline: int

    def dismiss(self) -> None:
        """End the watch without stopping anything."""
        self.process.kill()
        self.process.wait()
        os.close(self.lifeline)


def watch(stops: dict[int, signal.Signals]) -> Watchdog:
    """Have these processes stopped, each by its signal, as soon as this process has died."""
    reading, lifeline = os.pipe()
    arguments = [f"{pid}:{int(sent)}" for pid, sent in stops.items()]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).resolve()), *arguments], stdin=reading, start_new_session=True
    )
    os.close(reading)
    return Watchdog(process, lifeline)


def main(arguments: list[str]) -> None:
    """Wait for the end of standard input, then send each process its signal, and SIGKILL to what is left after 60 s."""
    while os.read(0, 1):
        pass
    pids = {int(pid): int(sent) for pid, _, sent in (argument.partition(":") for argument in arguments)}
    for pid, sent in pids.items():
        _send(pid, sent)
    for _ in range(600):
        if not any(_send(pid, 0) for pid in pids):
            return
        time.sleep(0.1)
    for pid in pids:
        _send(pid, signal.SIGKILL)


def _send(pid: int, sent: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sent)
        return True
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
