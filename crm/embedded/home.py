"""Where the embedded servers keep their data: in the data folder, or, if their user cannot enter it, elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from crm.embedded.errors import EmbeddedError
from crm.embedded.identity import SYSTEM_FOLDER, can_reach, identity_for
from crm.embedded.processes import Identity

POINTER = "location"
LONGEST_SOCKET_PATH = 103  # macOS allows 104 bytes with the closing zero, Linux 108
SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True)
class Home:
    """The folder that holds the cluster, the queue, the locks and the logs, and the user who owns them."""

    folder: Path
    identity: Identity

    @property
    def cluster(self) -> Path:
        return self.folder / "postgres"

    @property
    def queue(self) -> Path:
        return self.folder / "valkey"

    @property
    def log(self) -> Path:
        return self.folder / "log"


@dataclass(frozen=True)
class Running:
    """What the process that started the servers tells those that come after it."""

    pid: int
    command: str
    address: str
    sockets: str

    def write(self, home: Home) -> None:
        part = home.folder / "servers.json.part"
        part.write_text(json.dumps(asdict(self)))
        give(home.identity, part)
        part.replace(home.folder / "servers.json")

    @classmethod
    def read(cls, home: Home) -> Running | None:
        try:
            return cls(**json.loads((home.folder / "servers.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None


def existing_home(data_dir: Path) -> Home | None:
    """The home that this data folder has already, or None. Raises EmbeddedError if its data cannot be used."""
    pointer = data_dir / POINTER
    try:
        folder = _read_path(pointer)
    except FileNotFoundError:
        folder = data_dir
        if _owner(data_dir / "postgres") is None and _owner(data_dir / "valkey") is None:
            return None
    except OSError as problem:
        raise EmbeddedError(
            f"The data folder {data_dir} cannot be used: {problem.strerror}. "
            "Set CRM_DATA_DIR (or --data) to a folder that you may write to."
        ) from None
    else:
        if not os.path.lexists(folder):
            raise EmbeddedError(
                f"{pointer} says that the data live in {folder}, but there is nothing. "
                f"Put them back, or remove {pointer} to begin with an empty database."
            )
    parts = (folder / "postgres", folder / "valkey")
    identity = identity_for(next((part for part in parts if _owner(part) is not None), None))
    _refuse_strangers(folder, identity)
    return Home(folder, identity)


def home_for(data_dir: Path) -> Home:
    """The home of this data folder, made if it is missing. No existing file or folder changes its permissions."""
    if (home := existing_home(data_dir)) is None:
        identity = identity_for(None)
        _make_folders(data_dir, identity)
        home = Home(data_dir, identity) if can_reach(identity, data_dir) else _elsewhere(data_dir, identity)
    for folder in (home.queue, home.log):
        make_private(folder, home.identity)
    return home


def make_private(folder: Path, identity: Identity) -> Path:
    """The folder, made with mode 0700 and owned by that user if it is missing."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return folder
    except OSError as problem:
        raise EmbeddedError(f"{folder} cannot be made: {problem.strerror}.") from None
    give(identity, folder)
    return folder


def give(identity: Identity, path: Path) -> None:
    """Hand a file or folder that we have just made to the servers' user."""
    if identity.switches:
        os.chown(path, identity.uid, identity.gid)


def socket_folder(home: Home) -> Path:
    """A 0700 folder for the sockets: in the home, unless its path is too long for a socket or needs quoting in a URL;
    then a folder of a short name in the system's folder for such things."""
    inside = home.folder / "run"
    if _is_plain(inside):
        return make_private(inside, home.identity)
    name = f"nahbar-{hashlib.sha256(os.fsencode(home.folder)).hexdigest()[:12]}-{home.identity.uid}"
    for parent in socket_parents():
        folder = parent / name
        if not parent.is_dir() or not _is_plain(folder) or not can_reach(home.identity, parent):
            continue
        try:
            make_private(folder, home.identity)
        except EmbeddedError:
            continue
        found = folder.lstat()
        if found.st_uid == home.identity.uid and found.st_mode & 0o77 == 0 and not folder.is_symlink():
            return folder
    raise EmbeddedError(
        f"The path {inside} is too long for a socket, and no folder for temporary files can be used. "
        "Set CRM_DATA_DIR (or --data) to a folder with a shorter path."
    )


def socket_parents() -> list[Path]:
    """Folders that may hold a folder for sockets, the best first."""
    runtime = [Path("/run")] if os.geteuid() == 0 else []
    shared = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 -- who owns the folder in it is checked
    return list(dict.fromkeys((*runtime, *shared)))


def remove_sockets(home: Home, sockets: Path) -> None:
    """Remove a folder for sockets that lies outside the home; nothing in it is worth keeping."""
    if home.folder not in sockets.parents:
        shutil.rmtree(sockets, ignore_errors=True)


def forget(home: Home, data_dir: Path) -> None:
    """Remove a home that lies outside the data folder, and the pointer to it."""
    if home.folder != data_dir:
        shutil.rmtree(home.folder, ignore_errors=True)
        (data_dir / POINTER).unlink(missing_ok=True)


def forgotten_homes() -> list[Path]:
    """Homes outside the data folder to which no data folder points any more."""
    if not SYSTEM_FOLDER.is_dir() or not os.access(SYSTEM_FOLDER, os.R_OK):
        return []
    found = []
    for home in sorted(SYSTEM_FOLDER.iterdir()):
        try:
            pointer = _read_path(home / "belongs-to") / POINTER
            if _read_path(pointer) != home:
                found.append(home)
        except (FileNotFoundError, NotADirectoryError):
            if (home / "belongs-to").exists():
                found.append(home)
        except OSError:
            continue
    return found


def _read_path(file: Path) -> Path:
    return Path(os.fsdecode(file.read_bytes().removesuffix(b"\n")))


def _write_path(file: Path, path: Path) -> None:
    file.write_bytes(os.fsencode(path) + b"\n")


def _is_plain(folder: Path) -> bool:
    path = folder / SOCKET_NAME
    return len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and re.fullmatch(r"[A-Za-z0-9/._+-]+", str(path)) is not None


def _make_folders(data_dir: Path, identity: Identity) -> None:
    """Make the data folder and what is missing above it. Root makes them so that the servers' user may pass, whatever
    the umask says; an ordinary user keeps the data folder to themselves."""
    missing = [folder for folder in (data_dir, *data_dir.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o755)
            if identity.switches:
                folder.chmod(0o755)
            elif folder == data_dir:
                folder.chmod(0o700)
    except FileExistsError:
        return
    except OSError as problem:
        raise EmbeddedError(
            f"The data folder {data_dir} cannot be made: {problem.strerror}. "
            "Set CRM_DATA_DIR (or --data) to a folder that you may write to."
        ) from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise EmbeddedError(
            f"You may not write to the data folder {data_dir}. Set CRM_DATA_DIR (or --data) to a folder that you may."
        )


def _elsewhere(data_dir: Path, identity: Identity) -> Home:
    """A home below /var/lib, and in the data folder a pointer to it. A folder that an earlier checkout at the same
    path has left there is not taken over: who removed the data folder wanted a fresh start."""
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    try:
        if not SYSTEM_FOLDER.exists():
            SYSTEM_FOLDER.mkdir()
            SYSTEM_FOLDER.chmod(0o755)
        number = 1
        while True:
            folder = SYSTEM_FOLDER / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir(mode=0o700)
                break
            except FileExistsError:
                number += 1
        give(identity, folder)
        _write_path(folder / "belongs-to", data_dir)
    except OSError as problem:
        raise EmbeddedError(
            f"The servers' user {identity.name!r} cannot enter {data_dir}, and {SYSTEM_FOLDER} cannot be used "
            f"({problem.strerror}). Set CRM_DATA_DIR (or --data) to a folder that every user may enter."
        ) from None
    return Home(_point(data_dir, folder), identity)


def _point(data_dir: Path, folder: Path) -> Path:
    """Write the pointer, unless another command was quicker: then follow that one."""
    part = data_dir / f"{POINTER}.{os.getpid()}"
    _write_path(part, folder)
    try:
        os.link(part, data_dir / POINTER)
    except FileExistsError:
        (folder / "belongs-to").unlink()
        folder.rmdir()
        return _read_path(data_dir / POINTER)
    finally:
        part.unlink()
    return folder


def _refuse_strangers(folder: Path, identity: Identity) -> None:
    """Data of another user, or behind a closed door, are named instead of failing somewhere inside PostgreSQL."""
    owner = _owner(folder / "postgres") or _owner(folder / "valkey") or _owner(folder)
    if not identity.switches and (owner not in (None, identity.uid) or not os.access(folder, os.W_OK | os.X_OK)):
        raise EmbeddedError(
            f"The data in {folder} belong to another user ({_name(owner)}). "
            "Start the program as that user or as root, or set CRM_DATA_DIR (or --data) to a folder of your own."
        )
    if not can_reach(identity, folder):
        raise EmbeddedError(
            f"The data live in {folder}, and the servers' user {identity.name!r} cannot enter it, since a folder "
            "above it is closed. Let others pass through that folder (chmod o+x) as before."
        )


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid).pw_name if uid is not None else "unknown"
    except KeyError:
        return f"number {uid}"
