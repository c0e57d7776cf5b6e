"""Writes the file of an export row by row, to the disk: CSV and XLSX."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from anyascii import anyascii

from crm.records.cells import phone_cell, phone_text, safe_cell
from crm.records.export_columns import BETWEEN, Column, Value
from crm.records.export_reading import CustomerRecord, PersonRecord
from crm.records.workbook_file import Cell, Guarded, WorkbookFile
from crm.web.formats import num, short_date
from crm.web.i18n import _

SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}
ENCODINGS = {"utf-8-bom": "utf-8-sig", "utf-8": "utf-8", "windows-1252": "cp1252"}
NEAREST = "nearest-letter"
"""What happens with a letter that the encoding does not have: the nearest of the alphabet stands for it (Łukasz: Lukasz)."""
WIDTHS = {"name": 34, "brief": 40, "street": 26, "email": 30, "person_email": 30, "salutation_line": 34}


def _nearest(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    return anyascii(problem.object[problem.start : problem.end]) or "?", problem.end


codecs.register_error(NEAREST, _nearest)


class Writer(Protocol):
    """Takes customers and ends with a file on the disk."""

    def add(self, customers: Sequence[CustomerRecord]) -> int: ...
    def close(self) -> None: ...


def rows_of(customer: CustomerRecord, *, per_person: bool) -> Iterable[PersonRecord | None]:
    """The persons that get a row: each, or only the first. A customer without persons has one row."""
    if not customer.persons:
        return (None,)
    return customer.persons if per_person else customer.persons[:1]


class CsvWriter:
    """A CSV file (RFC 4180) whose cells no spreadsheet takes for formulas."""

    def __init__(
        self, path: Path, columns: Sequence[Column], *, words: bool, per_person: bool, separator: str, encoding: str
    ) -> None:
        self.columns, self.words, self.per_person = columns, words, per_person
        self._file = path.open("w", encoding=ENCODINGS[encoding], errors=NEAREST, newline="")
        self._csv = csv.writer(self._file, delimiter=SEPARATORS[separator], lineterminator="\r\n")
        self._csv.writerow([safe_cell(column.heading if words else column.code) for column in columns])

    def add(self, customers: Sequence[CustomerRecord]) -> int:
        rows = [
            [self._cell(column.value(customer, person, self.words)) for column in self.columns]
            for customer in customers
            for person in rows_of(customer, per_person=self.per_person)
        ]
        self._csv.writerows(rows)
        return len(rows)

    def _cell(self, value: Value) -> str:
        if isinstance(value, str):
            return safe_cell(value)
        if isinstance(value, list):
            return BETWEEN.join(phone_cell(number) for number in value)
        return safe_cell(text_of(value, words=self.words))

    def close(self) -> None:
        self._file.close()


def text_of(value: Value, *, words: bool) -> str:
    """A value as text: as people of this language write it, or as programs do."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return (_("yes") if words else "1") if value else (_("no") if words else "")
    if isinstance(value, date):
        return short_date(value) if words else value.isoformat()
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return num(value, max(0, -exponent) if isinstance(exponent, int) else 0) if words else f"{value:f}"
    return str(value)


class WorkbookWriter:
    """An XLSX file. Texts are texts, whatever they begin with; numbers and dates are numbers and dates."""

    def __init__(self, path: Path, columns: Sequence[Column], *, words: bool, per_person: bool) -> None:
        self.columns, self.words, self.per_person = columns, words, per_person
        self._file = WorkbookFile(
            path, _("Customers"), [WIDTHS.get(column.code, 18) for column in columns],
            [column.heading if words else column.code for column in columns],
            dates="DD.MM.YYYY" if words else "YYYY-MM-DD",
        )  # fmt: skip

    def add(self, customers: Sequence[CustomerRecord]) -> int:
        return self._file.add(
            [self._cell(column.value(customer, person, self.words)) for column in self.columns]
            for customer in customers
            for person in rows_of(customer, per_person=self.per_person)
        )

    def _cell(self, value: Value) -> Cell:
        if isinstance(value, list):
            value = BETWEEN.join(phone_text(number) for number in value)
        elif isinstance(value, bool):
            value = text_of(value, words=self.words)
        if isinstance(value, str) and safe_cell(value) is not value:
            return Guarded(value)
        return value

    def close(self) -> None:
        self._file.close()
