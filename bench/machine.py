"""What the benchmark asks of the machine: a free port, the memory of processes."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_of(pid: int) -> float:
    """Resident memory of a process and all its descendants, in MB; what they share is counted for each of them."""
    parents, sizes = _processes()
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in family} - family
        grown = bool(more)
        family |= more
    return sum(sizes.get(member, 0) for member in family) / 2**20


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
