"""The journal of erasures beside the backups: one small file for each, with ids and keyed hashes and nothing that a reader without
the house's secret could make use of. A restore reads it and erases again whoever was erased after the backup was made."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from crm.accounts.company import signing_secret
from crm.database import Row, execute, fetch
from crm.privacy.erasure.needles import keys_for
from crm.privacy.subject import Needles
from crm.text import fold

FORMAT = 1
JOURNAL = "erasures"
"""The folder of the journal beside a backup."""
SUFFIX = ".erasure.json"


class Noted(msgspec.Struct):
    """One erasure as it stands in the journal. `house` tells this installation from others; `rows` (row_marks) and `names` are keyed
    hashes too, by which a restore makes sure that the ids still mean the same person; `mentions` are the texts in which they were
    blackened or emptied."""

    format: int
    house: str
    uid: str
    begun_at: datetime
    prepared_by: int | None
    approved_by: int | None
    persons: list[int]
    customers: list[int]
    keys: list[tuple[str, str]]
    names: list[str]
    mentions: list[tuple[str, str, int, str]] = []
    rows: list[str] = []


async def house_mark() -> str:
    """What tells this house from others in the journal."""
    return mark_of(await signing_secret())


def mark_of(secret: bytes) -> str:
    """The same, for the house with this secret."""
    return hmac.new(secret, b"erasures of this house", hashlib.sha256).hexdigest()


async def name_marks(names: Iterable[str]) -> list[str]:
    """Keyed hashes of names, in any order of their words."""
    secret = await signing_secret()
    words = [" ".join(sorted(set(fold(name).split()))) for name in names]
    return sorted({hmac.new(secret, f"erased name {one}".encode(), hashlib.sha256).hexdigest() for one in words if one})


async def row_marks(persons: Iterable[int], customers: Iterable[int]) -> dict[str, tuple[str, int]]:
    """Which row it is ("person" or "customer", and its number) by the keyed hash of its number and the moment at which it was made:
    whatever of it was corrected since a backup, it is still the same, and a later row that got the same number is not."""
    secret = await signing_secret()
    rows = await fetch(
        "SELECT 'person' AS what, id, extract(epoch FROM created_at)::text AS made FROM person WHERE id = ANY($1) "
        "UNION ALL SELECT 'customer', id, extract(epoch FROM created_at)::text FROM customer WHERE id = ANY($2)",
        list(persons), list(customers),
    )  # fmt: skip
    return {
        hmac.new(secret, f"erased row {row.what} {row.id} {row.made}".encode(), hashlib.sha256).hexdigest(): (
            row.what,
            row.id,
        )
        for row in rows
        if row.made is not None
    }


async def note_in_journal(run: Row, needles: Needles, folder: Path, now: datetime) -> None:
    """Write the file of this erasure before anything of it is erased, and make sure that it is on the disk. Raises OSError where it
    can't be written: then nothing is erased yet, and the sweep tries again."""
    mentions = await fetch(
        "SELECT table_name, column_name, row_id, decision FROM erasure_mention WHERE erasure = $1 AND decision IN ('redact', 'empty') "
        "ORDER BY id",
        run.id,
    )
    noted = Noted(
        FORMAT, await house_mark(), run.uid, now, run.prepared_by, run.approved_by, list(run.persons), list(run.customers),
        sorted((key.kind.value, key.key) for key in await keys_for(needles)), await name_marks(needles.names),
        [(row.table_name, row.column_name, row.row_id, row.decision) for row in mentions],
        sorted(await row_marks(run.persons, run.customers)),
    )  # fmt: skip
    await asyncio.to_thread(write_noted, folder, f"{run.uid}{SUFFIX}", msgspec.json.encode(noted))
    await execute("UPDATE erasure SET journaled_at = $2 WHERE id = $1", run.id, now)


def write_noted(folder: Path, name: str, content: bytes) -> None:
    """Write a file of the journal: completely or not at all, readable by the owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)


def copy_journal(source: Path, target: Path) -> int:
    """Bring the files of one folder into another one, where they are missing; how many."""
    if not source.is_dir() or source.resolve() == target.resolve():
        return 0
    missing = [file for file in sorted(source.glob(f"*{SUFFIX}")) if not (target / file.name).exists()]
    for file in missing:
        write_noted(target, file.name, file.read_bytes())
    return len(missing)


def read_journal(folder: Path) -> list[Noted]:
    """All erasures noted in this folder, each once, the oldest first. What is no file of a journal is passed over."""
    found: dict[str, Noted] = {}
    for file in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        try:
            noted = msgspec.json.decode(file.read_bytes(), type=Noted)
        except (msgspec.DecodeError, OSError):
            continue
        if noted.format == FORMAT:
            found[noted.uid] = noted
    return sorted(found.values(), key=lambda noted: noted.begun_at)
