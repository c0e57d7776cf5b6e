"""What the benchmark asks of the machine: a free port, the memory of processes."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_of(pid: int) -> float:
    """Resident memory of a process and all its descendants, in MB; what they share is counted for each of them."""
    parents, sizes = _processes()
    return sum(sizes.get(member, 0) for member in _family(pid, parents)) / 2**20


def family_of(pid: int) -> set[int]:
    """A process and all its descendants."""
    return _family(pid, _processes()[0])


def _family(pid: int, parents: dict[int, int]) -> set[int]:
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in family} - family
        grown = bool(more)
        family |= more
    return family


def memory_of_children() -> float:
    """The most that any program took which this one started and which has ended, in MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


@contextmanager
def growth() -> Iterator[list[float]]:
    """How much this program grows meanwhile, in MB, looked at ten times a second; the last of the list is the most."""
    ended, grown = Event(), [0.0]
    before = _own_memory()

    def look() -> None:
        while not ended.wait(0.1):
            grown.append(max(grown[-1], (_own_memory() - before) / 2**20))

    watcher = Thread(target=look)
    watcher.start()
    try:
        yield grown
    finally:
        ended.set()
        watcher.join()


def _own_memory() -> int:
    """Bytes that this program holds, read where that is cheap (Linux); elsewhere among all others."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return _processes()[1][os.getpid()]


def processor_ms(pids: Iterable[int]) -> float:
    """Milliseconds of a processor that these programs have had so far, in all their threads; 0 where the system doesn't tell
    (Linux does)."""
    total = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(thread.read_text().split()[0])
            except OSError:
                continue
    return total / 1e6


def cpu_seconds() -> float:
    """Seconds of a processor that this program took, and those that it started and that have ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _processes() -> tuple[dict[int, int], dict[int, int]]:
    """Parent and resident bytes of every process."""
    parents, sizes = {}, {}
    if Path("/proc/self/stat").exists():
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    sizes[int(entry.name)] = int((entry / "statm").read_text().split()[1]) * PAGE
                except (OSError, IndexError):
                    continue  # it has ended meanwhile
                parents[int(entry.name)] = int(fields[1])
        return parents, sizes
    listing = subprocess.run(["ps", "-axo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        pid, parent, kilobytes = (int(part) for part in line.split())
        parents[pid], sizes[pid] = parent, kilobytes * 1024
    return parents, sizes
