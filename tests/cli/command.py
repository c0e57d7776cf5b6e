"""Runs the `crm` command as people do: as a program of its own, in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tests.embedded.playground import CHECKOUT, clean_environment, eventually

CRM = [sys.executable, "-P", str(CHECKOUT / "crm" / "__main__.py")]


def crm(*words: str | Path, typed: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `environ` are its settings, `typed` what a person answers."""
    return subprocess.run(
        [*CRM, *map(str, words)],
        env=clean_environment(**environ),
        cwd="/",
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
    )


def refusal(*words: str | Path, **environ: str) -> str:
    """The one sentence with which a command refuses; it must be one, with exit status 1 and without a traceback."""
    done = crm(*words, **environ)
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("crm: ")
    return done.stderr.removeprefix("crm: ").strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    """A running `crm up`. What it says is gathered in `said`."""

    def __init__(self, data: Path, port: int, *words: str, command: list[str] | None = None, **environ: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [*(command or CRM), "up", "--data", str(data), "--port", str(port), *words],
            env=clean_environment(**environ),
            cwd=data.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def says(self, text: str, seconds: float = 60.0) -> bool:
        """Whether it says this within so many seconds, or has said so already."""
        eventually(lambda: text in self.said or self.process.poll() is not None, seconds)
        self._reader.join(0.2 if self.process.poll() is not None else 0)
        return text in self.said

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it: to the whole foreground process group. Returns the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(40)

    def __enter__(self) -> Up:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            finally:
                self.process.kill()
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
