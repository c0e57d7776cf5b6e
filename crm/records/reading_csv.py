"""Reads CSV files of every office: finds out encoding and separator, and streams the rows with their line numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from crm.records.reading import (
    LONGEST_CELL,
    Choices,
    Fault,
    FileKind,
    FileProblem,
    RawRow,
    checked_header,
    fitted,
)
from crm.records.text_files import TextLines, encoding_of, known_encoding

DELIMITERS = (";", ",", "\t", "|")
SEPARATORS = (*DELIMITERS, ":", "^", "~", "¦", "\x1f")
"""What can stand between two values, if somebody says so: no letter, digit or sign that values are made of."""
_LINES_TRIED = 60


class CsvTable:
    """A CSV file. `about` names encoding and delimiter."""

    kind = FileKind.CSV
    sheets: tuple[str, ...] = ()

    def __init__(self, path: Path, choices: Choices) -> None:
        self.path = path
        self.encoding = known_encoding(choices.encoding) or encoding_of(path)
        self._skipped = 0
        self.delimiter = _demand_separator(choices.delimiter) or self._delimiter()
        self.about = {"encoding": self.encoding, "delimiter": self.delimiter}
        line, cells = next(self._records(), (0, []))
        self._header_line = line
        self.columns = checked_header(tuple(cells))

    def rows(self) -> Iterator[RawRow]:
        width = len(self.columns)
        records = self._records()
        next(records, None)
        for line, cells in records:
            yield self._row(line, cells, width)

    def _row(self, line: int, cells: list[str], width: int) -> RawRow:
        fault = None
        if not all(map(str.isascii, cells)):
            fault, cells = self._mixed(cells)
        if (self._unclosed and fault is None) or (self._lines_of_record > 1 and len(cells) > width):
            fault = Fault("unclosed_quote")
        return fitted(line, cells, width, fault)

    def _mixed(self, cells: list[str]) -> tuple[Fault | None, list[str]]:
        """A cell in another encoding than the file: named, and shown as it was probably meant."""
        for place, cell in enumerate(cells):
            if cell.isascii():
                continue
            meant = _as_utf8_in_disguise(cell, self.encoding) if self.encoding != "utf-8" else _as_1252(cell)
            if meant is not None:
                mended = [
                    (_as_1252(each) if self.encoding == "utf-8" else _as_utf8_in_disguise(each, self.encoding)) or each
                    for each in cells
                ]
                return Fault("mixed_encoding", place, {"meant": meant[:60]}), mended
        return None, cells

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """The records that hold something, each with the line where it begins."""
        csv.field_size_limit(LONGEST_CELL)
        with self.path.open("rb") as raw:
            lines = TextLines(raw, self.encoding)
            reader = csv.reader(iter(lines), delimiter=self.delimiter)
            while True:
                lines.begin_record()
                line = lines.number + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    raise FileProblem("unclosed_quote", line=line) from None
                self._lines_of_record = lines.number - line + 1
                self._unclosed = lines.at_end and lines.quotes % 2 == 1
                if any(cell.strip() for cell in cells):
                    yield line, cells

    def _delimiter(self) -> str:
        with self.path.open("rb") as raw:
            lines = TextLines(raw, self.encoding)
            sample = [line for line, _n in zip(iter(lines), range(_LINES_TRIED), strict=False)]
            if lines.told_delimiter in SEPARATORS:
                return lines.told_delimiter
        return max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _demand_separator(chosen: str) -> str:
    """The separator that somebody chose, empty for none. Raises FileProblem for what is none."""
    if chosen and chosen not in SEPARATORS:
        raise FileProblem("no_separator", separator=ascii(chosen[:10])[1:-1])
    return chosen


def _fit(lines: list[str], delimiter: str) -> float:
    """How well the first lines are a table with this delimiter: the columns of the header times the share of records that
    have as many."""
    csv.field_size_limit(LONGEST_CELL)
    try:
        records = [cells for cells in csv.reader(lines, delimiter=delimiter) if cells]
    except csv.Error:
        return 0
    if not records:
        return 0
    width = len(records[0])
    alike = sum(len(cells) == width for cells in records) / len(records)
    return (width - 1) * (0.2 + alike)


def _as_1252(cell: str) -> str | None:
    """A cell of a UTF-8 file with bytes that are none, as Windows would have meant it; None if it is in order."""
    if not any("\udc80" <= letter <= "\udcff" for letter in cell):
        return None
    return cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def _as_utf8_in_disguise(cell: str, encoding: str) -> str | None:
    """A cell of another file that is really UTF-8 ("MÃ¼ller"); None if it is in order."""
    if cell.isascii():
        return None
    try:
        meant = cell.encode(encoding, "surrogateescape").decode("utf-8")
    except UnicodeError:
        return cell.encode("utf-8", "replace").decode() if any("\udc80" <= c <= "\udcff" for c in cell) else None
    return meant if not meant.isascii() and encoding not in ("utf-16", "utf-16-le", "utf-16-be") else None
