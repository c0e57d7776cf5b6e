"""Reads workbooks (XLSX, and what else calamine knows) in a program of its own, whose memory is bounded: a bomb hits that
program and not the one that serves people. It writes one JSON line per row."""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec

from crm.records.reading import LONGEST_CELL, Choices, FileKind, FileProblem, RawRow, checked_header, fitted
from crm.records.values import is_formula, plain

MOST_MEMORY = 260_000_000
"""Bytes of data that the reading program may hold."""

MOST_UNPACKED = 400_000_000
"""Bytes of a workbook when it is unpacked. 100,000 rows with 20 columns are about 100 MB."""

MOST_PARTS = 5_000
"""Files in the packed file: sheets, pictures and what describes them."""

_END = struct.Struct("<4s4H2LH")
_LONGEST_END, _LONGEST_ENTRY = 66_000, 400
_REFUSED = 3
_SUSPECT = frozenset("=@+-'")
_STEP = 1_000_000


class WorkbookTable:
    """One sheet of a workbook; without a choice the first that has rows."""

    kind = FileKind.WORKBOOK

    def __init__(self, path: Path, choices: Choices) -> None:
        self.path = path
        self._sheet = choices.sheet
        if not all(map(_is_writable, choices.sheet)):
            raise FileProblem("no_such_sheet", sheet="".join(filter(_is_writable, choices.sheet))[:60])
        said = self._lines()
        try:
            about = msgspec.json.decode(next(said))
            self.sheets: tuple[str, ...] = tuple(about["sheets"])
            self._sheet = about["sheet"]
            self.about = {"sheet": self._sheet}
            first = next(said, None)
        finally:
            said.close()
        if first is None:
            raise FileProblem("empty")
        self.columns = checked_header(tuple(msgspec.json.decode(first)[1]))

    def rows(self) -> Iterator[RawRow]:
        said = self._lines()
        try:
            next(said)
            next(said, None)
            for text in said:
                line, cells = msgspec.json.decode(text)
                yield fitted(line, [as_text(cell) for cell in cells], len(self.columns))
        finally:
            said.close()

    def _lines(self) -> Generator[bytes, None, None]:
        command = [sys.executable, "-m", "crm.records.reading_workbook", str(self.path), self._sheet]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert program.stdout is not None
        is_whole = False
        try:
            for text in program.stdout:
                if text.startswith(b"!"):
                    refused = msgspec.json.decode(text[1:])
                    raise FileProblem(refused.pop("code"), **refused)
                yield text
            is_whole = True
        finally:
            program.stdout.close()
            if not is_whole:
                program.kill()
            status = program.wait()
        if status != 0:
            raise FileProblem("workbook_too_large")


def _demand_few_parts(path: Path) -> None:
    """A workbook has some dozens of parts, a bomb can have a million: the end of the file says how many and how large their list
    is, before anybody reads it (PKWARE APPNOTE 4.3.16). Raises FileProblem."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_END))
        end = file.read()
    place = end.rfind(b"PK\x05\x06")
    if place >= 0 and len(end) - place >= _END.size:
        _mark, _disk, _first, _here, parts, size, *_rest = _END.unpack_from(end, place)
        if parts > MOST_PARTS or size > MOST_PARTS * _LONGEST_ENTRY:
            raise FileProblem("workbook_too_large")


def unpacked_size(path: Path) -> int:
    """The bytes of a zip file when it is unpacked, by unpacking it: what its directory says may be a lie. Stops at the
    limit. Raises FileProblem for a file that is broken or locked."""
    total = 0
    _demand_few_parts(path)
    try:
        with zipfile.ZipFile(path) as packed:
            if len(packed.filelist) > MOST_PARTS:
                raise FileProblem("workbook_too_large")
            for member in packed.infolist():
                if member.flag_bits & 1:
                    raise FileProblem("workbook_locked")
                with packed.open(member) as unpacked:
                    while step := unpacked.read(_STEP):
                        total += len(step)
                        if total > MOST_UNPACKED:
                            return total
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError):
        raise FileProblem("workbook_broken") from None
    return total


def as_text(cell: str) -> str:
    """A cell that holds a text is no formula, whatever it begins with: it gets the apostrophe that it would have in a CSV file."""
    return f"'{cell}" if cell[:1] in _SUSPECT and (is_formula(cell) or plain(cell) != cell) else cell


def _is_writable(letter: str) -> bool:
    """Whether a letter can be handed to another program: no NUL, no half of a pair (surrogate)."""
    return letter != "\x00" and not "\ud800" <= letter <= "\udfff"


def cell_text(value: Any) -> str:
    """A cell as text: whole numbers without decimals, dates as ISO 8601."""
    match value:
        case str():
            return value[: LONGEST_CELL + 1]
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case None:
            return ""
        case _:
            return str(value)


def main(path: Path, wanted: str) -> int:
    """Write what is in the workbook, or one line that begins with an exclamation mark and says why not."""
    from python_calamine import CalamineError, load_workbook

    _bound_memory()
    out = sys.stdout.buffer
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"PK"
        if is_packed and unpacked_size(path) > MOST_UNPACKED:
            raise FileProblem("workbook_too_large")
        book = load_workbook(path)
        names = book.sheet_names
        if wanted and wanted not in names:
            raise FileProblem("no_such_sheet", sheet=wanted[:60])
        name, rows = _rows(book, [wanted] if wanted else names)
        out.write(msgspec.json.encode({"sheets": names, "sheet": name}) + b"\n")
        for line, cells in rows:
            out.write(msgspec.json.encode((line, [cell_text(cell) for cell in cells])) + b"\n")
        out.flush()
    except FileProblem as problem:
        out.write(b"!" + msgspec.json.encode({"code": problem.code, **problem.parameters}) + b"\n")
        return _REFUSED
    except MemoryError:
        out.write(b'!{"code":"workbook_too_large"}\n')
        return _REFUSED
    except CalamineError:
        out.write(b'!{"code":"workbook_broken"}\n')
        return _REFUSED
    return 0


def _rows(book: Any, names: list[str]) -> tuple[str, Iterator[tuple[int, list[Any]]]]:
    """The name of the first of these sheets that has rows, and the rows that hold something."""
    for name in names:
        sheet = book.get_sheet_by_name(name)
        start = sheet.start
        if start is not None:
            return name, _numbered(sheet, start[0] + 1)
    raise FileProblem("empty")


def _numbered(sheet: Any, first: int) -> Iterator[tuple[int, list[Any]]]:
    for line, cells in enumerate(sheet.iter_rows(), first):
        if cells.count("") < len(cells) and any(cell not in ("", None) for cell in cells):
            yield line, cells


def _bound_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # where the system knows no such limit, the size alone is bounded
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
