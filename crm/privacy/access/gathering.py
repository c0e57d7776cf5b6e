"""Everything about a person, read in one go from one moment of the database into files on the disk: memory holds a few hundred rows."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from crm.accounts.permissions import Role
from crm.accounts.words import role_name
from crm.customers.tables import CustomerKind
from crm.database import Row, engine, execute, fetch, stream, transaction
from crm.personal import COPIED
from crm.privacy.access.blackening import Blackening
from crm.privacy.access.shapes import Shape, names, shapes
from crm.privacy.subject import Subject
from crm.web.i18n import _, language

REPEATED = {"interaction", "ticket"}
"""Lines of the history whose words stand with their source: there they are once, and can be blacked out in one place."""

Record = dict[str, Any]
Told = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A stored file that belongs to a row of the copy; `path` is its place in the archive."""

    sha256: str
    path: str
    name: str


@dataclass(slots=True)
class Gathered:
    """What was read: how many rows of each table, and where they lie (one JSON object a line)."""

    folder: Path
    counts: dict[str, int] = field(default_factory=dict)
    files: list[FoundFile] = field(default_factory=list)
    blacked_files: int = 0

    def records(self, table: str) -> Iterator[Record]:
        path = self.folder / f"{table}.jsonl"
        if not self.counts.get(table):
            return
        with path.open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line)

    @property
    def entries(self) -> int:
        return sum(self.counts.values())


async def tables_of_copy() -> dict[str, Shape]:
    return {shape.table: shape for shape in await shapes()}


async def gather(subject: Subject, folder: Path, black: Blackening, told: Told) -> Gathered:
    """Read all tables of the register; `told` is called after each. What is black is never written, not even here."""
    is_outermost = engine().current_transaction.get() is None
    found = Gathered(folder)
    async with transaction():
        if is_outermost:
            await execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        shape = await tables_of_copy()
        writer = _Writer(subject, found, black, await _Known.of(subject, shape))
        for one in shape.values():
            await writer.write(one)
            await told()
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What ids are called: things by their name, staff by their role, customers if they are companies."""

    things: dict[tuple[str, int], str]
    roles: dict[int, str]
    companies: dict[int, str]
    wordings: dict[tuple[str, int], str]

    @classmethod
    async def of(cls, subject: Subject, shape: dict[str, Shape]) -> _Known:
        staff = await fetch("SELECT id, role FROM staff")
        companies = await fetch(
            "SELECT c.id, c.name FROM customer c WHERE c.kind = $2 AND c.id IN ("
            "SELECT a.customer FROM affiliation a WHERE a.person = ANY($1))",
            list(subject.persons), CustomerKind.ORGANISATION.value,
        )  # fmt: skip
        return cls(
            await names(shape, language.get()),
            {row.id: _("Staff: %(role)s") % {"role": role_name(Role(row.role))} for row in staff},
            {row.id: row.name for row in companies},
            await _wordings(),
        )


async def _wordings() -> dict[tuple[str, int], str]:
    """What people saw when they agreed, by purpose and version, in the language of the moment."""
    rows = await fetch(
        "SELECT p.code, w.version, w.text FROM wording w JOIN purpose p ON p.id = w.purpose ORDER BY w.language = $1",
        language.get(),
    )
    return {(row.code, row.version): row.text for row in rows}


@dataclass(slots=True)
class _Writer:
    subject: Subject
    found: Gathered
    black: Blackening
    known: _Known

    async def write(self, shape: Shape) -> None:
        n = 0
        with (self.found.folder / f"{shape.table}.jsonl").open("wb") as lines:
            async for row in stream(shape.statement(), *self.subject.parameters):
                lines.write(msgspec.json.encode(self.record(shape, row)) + b"\n")
                n += 1
        self.found.counts[shape.table] = n

    def record(self, shape: Shape, row: Row) -> Record:
        """A row as it stands in the copy: names instead of numbers, and nothing that is black."""
        files = [name for name in shape.one.files if shape.one.columns[name] in COPIED]
        record: Record = {}
        hits = self.black.hits
        is_repeated = shape.table == "timeline_entry" and row["kind"] in REPEATED
        for column in shape.columns:
            value = row[column.name]
            if value is None or (is_repeated and column.name in ("title", "body", "detail")):
                continue
            if column.is_bytes:
                continue
            if column.name in files:
                self._keep_file(record, shape.table, column.name, row)
            elif column.target:
                record |= self._named(column.name, column.target, value)
            elif column.is_json:
                record[column.name] = self.black.value(msgspec.json.decode(value))
            else:
                record[column.name] = self.black.value(_plain(value))
        if shape.table == "consent_event" and row["wording_version"] is not None:
            record["wording"] = self.known.wordings.get((row["purpose"], row["wording_version"]), "")
        for column in shape.columns:
            if column.is_bytes and row[column.name]:
                self._keep_bytes(record, shape.table, column.name, bytes(row[column.name]), self.black.hits > hits)
        return record

    def _named(self, column: str, target: str, value: int) -> Record:
        match target:
            case "staff":
                return {column: self.known.roles.get(value, _("Staff"))}
            case "person":
                return {} if value in self.subject.persons else {column: _("another person")}
            case "customer":
                if value in self.subject.customers:
                    return {}
                return {column: self.known.companies.get(value, _("another customer"))}
        return {column: self.known.things.get((target, value), value)}

    def _keep_file(self, record: Record, table: str, column: str, row: Row) -> None:
        sha256 = row[column]
        if not sha256:
            return
        if sha256 in self.black.files:
            self.found.blacked_files += 1
            record[column], record["blacked_out"] = self.black.mark, True
            return
        record[column] = sha256
        name = row["name"] if "name" in row.keys() else sha256  # noqa: SIM118 - a record has no __contains__ for keys
        path = f"{_('files')}/{table}-{row['id']}-{_safe(name)}"
        record["file"] = path
        self.found.files.append(FoundFile(sha256, path, name))

    def _keep_bytes(self, record: Record, table: str, column: str, content: bytes, is_black: bool) -> None:
        """A mail that has not been filed yet goes along as it came in, unless something in it is black."""
        if is_black or hashlib.sha256(content).hexdigest() in self.black.files:
            self.found.blacked_files += 1
            record[column] = self.black.mark
            return
        path = f"{_('files')}/{table}-{record['id']}.eml"
        kept = self.found.folder / path.replace("/", "_")
        kept.write_bytes(content)
        record["file"] = path
        self.found.files.append(FoundFile("", path, kept.name))


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value


def _safe(name: str) -> str:
    """A file's name that unpacks everywhere and leads nowhere else."""
    kept = "".join(letter if letter.isalnum() or letter in " ._-()" else "_" for letter in name).strip(" .")
    return kept[-120:] or "file"
