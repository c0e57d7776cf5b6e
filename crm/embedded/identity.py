"""The operating system's user that the embedded servers run as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from crm.embedded.errors import EmbeddedError
from crm.embedded.processes import Identity

SERVER_USER = "nahbar"
SYSTEM_FOLDER = Path("/var/lib/nahbar")


def identity_for(cluster: Path | None) -> Identity:
    """Who runs the servers: this user; for root the owner of the existing `cluster` folder, else the system user
    `nahbar`, which is created when it is missing (once, and only by root)."""
    if os.geteuid() != 0:
        return _this_user()
    if cluster is not None and cluster.exists() and (owner := cluster.stat().st_uid) != 0:
        try:
            entry = pwd.getpwuid(owner)
        except KeyError:
            raise EmbeddedError(
                f"The data in {cluster} belong to user number {owner}, who does not exist on this machine. "
                f"Give them to somebody who does, for example: chown -R {SERVER_USER}: '{cluster.parent}'."
            ) from None
        return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid, switches=True)
    entry = _system_user()
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid, switches=True)


def can_reach(identity: Identity, folder: Path) -> bool:
    """Whether that user may enter the folder, all folders above it included."""
    if not identity.switches:
        return os.access(folder, os.X_OK)
    return succeeds_as(identity, "/bin/sh", "-c", 'cd "$1"', "sh", str(folder))


def succeeds_as(identity: Identity, *command: str) -> bool:
    """Run a short command as that user; true if it could be run and said 0."""
    switch = identity if identity.switches else None
    try:
        done = subprocess.run(
            command,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=20,
            user=switch.uid if switch else None,
            group=switch.gid if switch else None,
            extra_groups=[] if switch else None,
        )
    except subprocess.TimeoutExpired:
        return False
    except PermissionError as problem:
        # either the program cannot be executed by that user, or this process may not become another user
        if switch and not _may_switch(switch):
            raise EmbeddedError(
                f"This root user may not start a program as the user {switch.name!r} (a container without SETUID?). "
                "Start the program as an ordinary user instead."
            ) from problem
        return False
    except OSError:
        return False
    return done.returncode == 0


def _may_switch(identity: Identity) -> bool:
    try:
        subprocess.run(["/bin/sh", "-c", ":"], cwd="/", user=identity.uid, group=identity.gid, extra_groups=[])
    except PermissionError:
        return False
    return True


def _this_user() -> Identity:
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise EmbeddedError(
            f"The user with the number {os.geteuid()} has no name on this machine, and PostgreSQL demands one. "
            "Start the program as a user that /etc/passwd knows."
        ) from None
    return Identity(name, os.geteuid(), os.getegid(), switches=False)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    home = ("--home-dir", str(SYSTEM_FOLDER), "--no-create-home", "--shell", "/usr/sbin/nologin")
    if useradd is not None:
        # a second command may create the user at the same moment: what counts is that it exists afterwards
        subprocess.run([useradd, "--system", "--user-group", *home, SERVER_USER], capture_output=True)
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and the system user {SERVER_USER!r} could not be created. "
            f"Create it (useradd --system {SERVER_USER}), or start the program as an ordinary user."
        ) from None
