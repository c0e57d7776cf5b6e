"""Who may start the servers of a home, and who still uses them: two locks that the kernel lets go of by itself."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crm.embedded.errors import EmbeddedError
from crm.embedded.home import Home, give


class Lock:
    """A lock file. The servers inherit its descriptor, so that it stays locked until the last of them has ended, even
    if the process that took it was killed."""

    def __init__(self, home: Home, name: str) -> None:
        path: Path = home.folder / name
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            give(home.identity, path)
        except FileExistsError:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as problem:
            raise EmbeddedError(f"{path} cannot be written: {problem.strerror}.") from None

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Take the lock; without `wait`, false if somebody else has it."""
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(self.descriptor, how)
        except OSError as problem:
            if problem.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise
        return True

    def release(self) -> None:
        """Unlock, for every process that has inherited the lock."""
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of this process's hold; servers that inherited it keep theirs."""
        os.close(self.descriptor)


@contextmanager
def opened(home: Home, name: str) -> Iterator[Lock]:
    """The lock file of that name, closed afterwards."""
    lock = Lock(home, name)
    try:
        yield lock
    finally:
        lock.close()
