"""Looks at a file before it is imported: its columns, sample values, and what they probably are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from crm.records.header_names import API
from crm.records.headers import recognise
from crm.records.reading import Choices, FileKind, FileProblem, open_table
from crm.records.targets import ATTRIBUTE, NAMES, NUMBERED, TARGETS, ImportKind

SAMPLES = 3
LOOKED_AT = 200
LONGEST_SAMPLE = 60

_NEEDED = {
    ImportKind.INTERACTIONS: ("at",),
    ImportKind.CONSENTS: ("purpose", "consent_channel", "event", "at"),
    **{kind: (code,) for kind, code in NUMBERED.items()},
}  # fmt: skip
_WHOSE = ("customer_external_id", "customer_number", "person_email")


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found out about a file. `samples`: some values of each column. `fields`: the field of each column, empty for
    none. `twice`: headers that are there more than once."""

    kind: FileKind
    columns: tuple[str, ...]
    about: dict[str, str]
    sheets: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    fields: tuple[str, ...]
    tool: str
    twice: tuple[str, ...]
    is_american: bool


def analyse(path: Path, kind: ImportKind, choices: Choices | None = None) -> Analysis:
    """Open the file, look at its first rows, recognise its columns. Raises FileProblem."""
    table = open_table(path, choices)
    found: list[list[str]] = [[] for _column in table.columns]
    rows = table.rows()
    has_rows = False
    for row in islice(rows, LOOKED_AT):
        has_rows = True
        for values, cell in zip(found, row.cells, strict=True):
            if cell and len(values) < SAMPLES and (short := cell[:LONGEST_SAMPLE]) not in values:
                values.append(short)
    close = getattr(rows, "close", None)
    if close is not None:
        close()
    if not has_rows:
        raise FileProblem("no_rows")
    seen = recognise(table.columns, kind)
    return Analysis(
        table.kind, table.columns, table.about, table.sheets, tuple(map(tuple, found)), seen.fields, seen.tool, seen.twice,
        seen.is_american,
    )  # fmt: skip


def header_key(columns: Sequence[str]) -> str:
    """What files with the same headers have in common."""
    return hashlib.sha256(msgspec.json.encode(list(columns))).hexdigest()


def is_field(code: str, kind: ImportKind) -> bool:
    return code in TARGETS[kind] or (kind is ImportKind.CUSTOMERS and (code in API or code.startswith(ATTRIBUTE)))


def demand_assignment(kind: ImportKind, columns: Sequence[str], fields: Sequence[str]) -> None:
    """Raises FileProblem if a field is assigned twice, or what every row needs not at all."""
    given = [code for code in fields if code]
    twice = next((code for code in given if given.count(code) > 1), None)
    if twice is not None:
        theirs = ", ".join(column for column, code in zip(columns, fields, strict=True) if code == twice)
        raise FileProblem("twice", field=twice, columns=theirs)
    if kind is ImportKind.CUSTOMERS:
        if not set(given) & {*NAMES, "given_name", "family_name", "full_name"}:
            raise FileProblem("no_name")
        return
    if kind not in NUMBERED and not set(given) & set(_WHOSE):  # orders that are there need their number alone
        raise FileProblem("no_whose")
    for code in _NEEDED[kind]:
        if code not in given:
            raise FileProblem("field_missing", field=code)
