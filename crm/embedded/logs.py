"""The log files of the embedded servers, and the one line in them that says why a server did not start."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

from crm.embedded.home import Home, give

LARGEST_LOG = 10_000_000  # bytes; a larger one is put aside at the next start, and the one before it removed


def open_log(home: Home, name: str) -> BinaryIO:
    """The log of that name, open for writing at its end."""
    path = home.log / name
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".old.log"))
    is_new = not path.exists()
    log = path.open("ab")
    if is_new:
        os.fchmod(log.fileno(), 0o600)
        give(home.identity, path)
    return log


def last_complaint(path: Path, begin: int) -> str:
    """The last line of an error in a log, from that byte on, without its date and process number."""
    with path.open("rb") as log:
        log.seek(begin)
        lines = log.read(200_000).decode(errors="replace").splitlines()
    for pattern in (r"(?:FATAL|PANIC):\s+(.*)", r"#\s+(?:Fatal|Can't|Bad)(.*)", r"rror:?\s+(.*)"):
        for line in reversed(lines):
            if found := re.search(pattern, line):
                return found.group(1).strip().rstrip(".")
    return lines[-1].strip().rstrip(".") if lines else ""


def mentions(path: Path, begin: int, words: bytes) -> bool:
    """Whether a log, from that byte on, holds these (lower-case) words."""
    with path.open("rb") as log:
        log.seek(begin)
        return words in log.read(200_000).lower()
