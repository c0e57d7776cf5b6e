"""Keeps the web server, the worker and the embedded servers of `crm up` running, and stops them in order."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from crm.embedded.errors import EmbeddedError
from crm.embedded.processes import SUPERVISED, spawn, stop
from crm.embedded.servers import Notice, Servers

SECONDS_TO_FINISH = 20.0  # for requests and jobs that run when everything is told to stop
LONGEST_PAUSE = 30.0  # seconds between two attempts to start something that keeps ending
CALM = 60.0  # after so many seconds without trouble, the next pause is short again
MOST_FAILURES = 8  # of the database in a row; then nothing can run

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Ctrl-C, SIGTERM and SIGHUP while `crm up` runs: an exception while it starts or stops, a flag in between."""

    def __init__(self) -> None:
        self.interrupts = True
        self.count = 0
        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)

    def __enter__(self) -> Signals:
        self._handlers: dict[int, Any] = {number: signal.signal(number, self._receive) for number in STOPPING}
        self._handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._wakeup = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._reading)
        os.close(self._writing)

    @property
    def was_asked(self) -> bool:
        """Whether anybody has asked us to stop."""
        return self.count > 0

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Let the block come to its end before an interruption: nobody would know of a child that was started, but not
        noted down."""
        interrupts, count = self.interrupts, self.count
        self.interrupts = False
        try:
            yield
        finally:
            self.interrupts = interrupts
        if interrupts and self.count > count:
            raise KeyboardInterrupt

    def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until the next signal or the end of a child."""
        readable, _, _ = select.select([self._reading], [], [], seconds)
        if readable:
            os.read(self._reading, 4096)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.interrupts:
            raise KeyboardInterrupt


@dataclass
class Program:
    """A supervised child: what to start, and how it has been doing."""

    title: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 0.0
    next_start: float = 0.0


@dataclass
class Supervisor:
    """`command` makes the command line of one of our own subcommands; `notice` tells the person at the terminal."""

    servers: Servers
    signals: Signals
    command: Callable[[Sequence[str]], list[str]]
    notice: Notice
    programs: list[Program] = field(default_factory=list)
    _failures: int = 0

    def start(self, title: str, *arguments: str) -> None:
        """Start a program and keep it running from now on."""
        program = Program(title, arguments)
        self.programs.append(program)
        self._launch(program)

    def run_to_end(self, *arguments: str) -> tuple[int, str]:
        """Run one of our commands to its end; return its exit status and what it printed."""
        process: subprocess.Popen[bytes] | None = None
        try:
            with self.signals.deferred():
                process = self._spawn(arguments, output=subprocess.PIPE)
            printed, _ = process.communicate()
            return process.returncode, printed.decode()
        finally:
            if process is not None:
                stop(process, (signal.SIGTERM, SECONDS_TO_FINISH))

    def ended(self) -> Program | None:
        """A program that does not run any more, if there is one."""
        return next((p for p in self.programs if p.process is not None and p.process.poll() is not None), None)

    def watch(self) -> None:
        """Start again whatever ends, until somebody asks us to stop. Raises EmbeddedError if the database cannot be
        started any more."""
        while not self.signals.was_asked:
            self._revive_servers()
            now = time.monotonic()
            for program in self.programs:
                self._revive(program, now)
            self.signals.sleep(0.5)

    def stop(self, *, force: bool = False) -> None:
        """Stop the programs, all at once; the servers stop with the block that they belong to."""
        running = [p.process for p in self.programs if p.process is not None and p.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGKILL if force else signal.SIGTERM)
        deadline = time.monotonic() + SECONDS_TO_FINISH
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _revive(self, program: Program, now: float) -> None:
        if program.process is not None:
            status = program.process.poll()
            if status is None:
                return
            calm = now - program.started_at > CALM
            program.pause = 1.0 if calm or not program.pause else min(program.pause * 2, LONGEST_PAUSE)
            program.next_start = now + program.pause
            program.process = None
            self.notice(f"{program.title} ended ({_told(status)}); starting it again in {program.pause:.0f} s.")
        elif now >= program.next_start:
            self._launch(program)

    def _revive_servers(self) -> None:
        ended = [name for name, server in self.servers.started.items() if server.process.poll() is not None]
        if not ended:
            return
        self.notice(f"{' and '.join(ended)} ended; starting again.")
        try:
            self.servers.start()
            self._failures = 0
        except EmbeddedError as problem:
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                raise
            self.notice(str(problem))
            self.signals.sleep(min(self._failures, 5))

    def _launch(self, program: Program) -> None:
        with self.signals.deferred():
            program.process = self._spawn(program.arguments)
            program.started_at = time.monotonic()

    def _spawn(self, arguments: Sequence[str], output: int | None = None) -> subprocess.Popen[bytes]:
        environment = {**os.environ, SUPERVISED: str(os.getpid()), "PYTHONIOENCODING": "utf-8"}
        return spawn(self.command(arguments), environment=environment, output=output, keeps_errors=True)


def _told(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name
