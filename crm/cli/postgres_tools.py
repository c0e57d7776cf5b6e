"""pg_dump, pg_restore and psql: where they are, and how they are told the database without showing its password."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crm.cli.errors import Refusal
from crm.embedded.errors import EmbeddedError
from crm.embedded.programs import packaged_programs


@dataclass(frozen=True)
class Dump:
    """What a backup file holds, as pg_restore lists it."""

    made_at: str
    owner: str
    tables: tuple[str, ...]


def tool(name: str) -> str:
    """The program of that name: the one in the package, or else the system's."""
    try:
        packaged = packaged_programs().postgres_bin / name
        if packaged.is_file():
            return str(packaged)
    except EmbeddedError:
        pass
    if found := shutil.which(name):
        return found
    raise Refusal(f"The program {name} is missing. Install PostgreSQL's client programs (postgresql-client).")


def address_and_environment(url: str) -> tuple[str, Mapping[str, str]]:
    """The address without its password, which everybody could see in the list of processes, and an environment that
    holds it."""
    parts = urlsplit(url)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment["LC_ALL"] = "C"
    if parts.password is None:
        return url, environment
    user, _, host = parts.netloc.rpartition("@")
    bare = parts._replace(netloc=f"{user.partition(':')[0]}@{host}").geturl()
    return bare, {**environment, "PGPASSWORD": unquote(parts.password)}


def read_dump(file: Path) -> Dump:
    """What the backup holds. Raises Refusal if the file is not one, or is damaged in its table of contents."""
    if not file.is_file():
        raise Refusal(f"There is no file {file}.")
    done = subprocess.run([tool("pg_restore"), "--list", str(file)], capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        raise Refusal(f"{file} is not a backup of Nahbar, or is damaged: {complaint(done.stderr)}.")
    made_at = re.search(r"Archive created at (.*)", done.stdout)
    entries = re.findall(r"^\d+; \d+ \d+ TABLE DATA (\S+) (\S+) (\S+)$", done.stdout, re.MULTILINE)
    if ("public", "migration") not in {(schema, table) for schema, table, _ in entries}:
        raise Refusal(f"{file} is a PostgreSQL backup, but not one of Nahbar: it has no table of migrations.")
    return Dump(made_at.group(1) if made_at else "?", entries[0][2], tuple(table for _, table, _ in entries))


def complaint(output: str) -> str:
    """The line of a PostgreSQL program's output that says what is wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower() or "fatal" in line.lower()]
    text = (errors or lines or ["no reason given"])[0]
    return re.sub(r"^(\S*psql|pg_dump|pg_restore)\S*:\s*(<stdin>:\d+:\s*)?(error:\s*)?", "", text).rstrip(".")
