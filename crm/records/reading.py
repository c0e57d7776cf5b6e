"""Opens a file that somebody wants to import, whatever it is: its columns, and its rows one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

MOST_COLUMNS = 1000
LONGEST_CELL = 200_000
"""Characters. A longer cell is a quotation mark that was never closed, or no table at all."""


class FileKind(StrEnum):
    CSV = "csv"
    WORKBOOK = "workbook"
    VCARD = "vcard"


class FileProblem(Exception):
    """The file as a whole cannot be read. `code` is put into words by `sentences.file_sentence`."""

    def __init__(self, code: str, **parameters: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, before anybody asks what it means. `column` is a place (0 is the first), None for the row."""

    code: str
    column: int | None = None
    parameters: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: the line (or the row of the sheet, or the card's first line) where it begins, and its cells as text."""

    line: int
    cells: tuple[str, ...]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose for reading; empty means that the reader finds it out. `numbers` is the language in which numbers are
    written."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    numbers: str = ""


class Table(Protocol):
    """A file that is understood: `columns` are the headers as they stand there, `about` says how it is read."""

    kind: FileKind
    columns: tuple[str, ...]
    about: dict[str, str]
    sheets: tuple[str, ...]

    def rows(self) -> Iterator[RawRow]:
        """The rows that hold something, in their order, each time from the beginning."""
        ...


_NO_TABLES = (
    (b"%PDF", "pdf"), (b"\x89PNG", "picture"), (b"\xff\xd8\xff", "picture"), (b"GIF8", "picture"), (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"), (b"\x1f\x8b", "archive"), (b"\x7fELF", "program"), (b"MZ\x90", "program"),
    (b"SQLite format 3", "program"),
)  # fmt: skip
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 4096


def kind_of(path: Path) -> FileKind:
    """What the file is by its content; its name may say what it likes. Raises FileProblem for what holds no rows."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise FileProblem("empty")
    for start, what in _NO_TABLES:
        if head.startswith(start):
            raise FileProblem("no_table", what=what)
    if head.startswith((b"PK\x03\x04", _OLD_WORKBOOK)):
        return FileKind.WORKBOOK
    letters = (
        head.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    )
    return FileKind.VCARD if letters.lstrip().upper().startswith(b"BEGIN:VCARD") else FileKind.CSV


def open_table(path: Path, choices: Choices | None = None) -> Table:
    """The table in this file. Raises FileProblem."""
    from crm.records.reading_csv import CsvTable
    from crm.records.reading_vcard import CardTable
    from crm.records.reading_workbook import WorkbookTable

    chosen = choices or Choices()
    match kind_of(path):
        case FileKind.WORKBOOK:
            return WorkbookTable(path, chosen)
        case FileKind.VCARD:
            return CardTable(path)
        case FileKind.CSV:
            return CsvTable(path, chosen)


def checked_header(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The headers without blanks around them and without empty ones at the end. Raises FileProblem for too many."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise FileProblem("empty")
    if len(names) > MOST_COLUMNS:
        raise FileProblem("too_many_columns", n=len(names), limit=MOST_COLUMNS)
    return tuple(names)


def fitted(line: int, cells: list[str], columns: int, fault: Fault | None = None) -> RawRow:
    """A row as wide as the header; what is too much is a fault unless it is empty."""
    extra = cells[columns:]
    if fault is None and any(cell.strip() for cell in extra):
        fault = Fault("too_many_cells", None, {"n": len(cells), "columns": columns})
    row = [cell.strip() for cell in cells[:columns]]
    return RawRow(line, tuple(row + [""] * (columns - len(row))), fault)
