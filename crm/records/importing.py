"""Reads a CSV file of customers: its encoding, its separator, its header, and its rows with their line numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crm.errors import Invalid
from crm.web.i18n import _

COLUMNS = (
    "kind", "name", "given_name", "family_name", "title", "form_of_address", "function", "email", "phone", "street",
    "postcode", "city", "country", "language", "service_level", "status", "brief", "origin", "website", "vat_id",
    "external_id", "no_automatic_answers", "person_given_name", "person_family_name", "person_title",
    "person_form_of_address", "person_function", "person_email", "person_phone",
)  # fmt: skip
"""The columns that an import knows: the API's names, and those of an organisation's first person."""

SEPARATORS = ";,\t"
MOST_IN_A_FIELD = 200_000


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: the line of the file where it begins, its values by column, and what is wrong with its shape."""

    line: int
    values: dict[str, str]
    error: str = ""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file whose header is understood."""

    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]


def read_csv(raw: bytes) -> CsvFile:
    """The rows of a file in UTF-8 (with or without a mark at its beginning), UTF-16 with one, or else Windows-1252;
    separated by semicolon, comma or tabulator, whichever its header has most of.

    Raises Invalid for a file without header, with a column twice, or with a column that nobody knows.
    """
    text = _decoded(raw).replace("\x00", "")
    header = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=header.count)
    records = _records(text, separator)
    columns = _columns(next(records, (0, []))[1])
    return CsvFile(columns, tuple(_row(line, columns, cells) for line, cells in records))


def _decoded(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The records that hold something, each with the line where it begins."""
    csv.field_size_limit(MOST_IN_A_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Invalid(
                {"file": _("Line %(line)s cannot be read: %(error)s.") % {"line": line, "error": error}}
            ) from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def _columns(header: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(name.strip().lower() for name in header)
    if not columns:
        raise Invalid(
            {
                "file": _("The file is empty. Its first line must name the columns: %(names)s.")
                % {"names": ", ".join(COLUMNS)}
            }
        )
    if unknown := [name or "–" for name in columns if name not in COLUMNS]:
        raise Invalid(
            {
                "file": _(
                    "Unknown columns: %(unknown)s. Known are: %(names)s. An example is in docs/api.md, under “Import”."
                )
                % {"unknown": ", ".join(unknown), "names": ", ".join(COLUMNS)}
            }
        )
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise Invalid({"file": _("These columns are there twice: %(names)s.") % {"names": ", ".join(twice)}})
    return columns


def _row(line: int, columns: tuple[str, ...], cells: list[str]) -> CsvRow:
    error = ""
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        error = _("This row has %(n)s values, the header only %(columns)s.") % {
            "n": len(cells),
            "columns": len(columns),
        }
    return CsvRow(line, {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}, error)
