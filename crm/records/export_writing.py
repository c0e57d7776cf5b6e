"""Writes the file of an export row by row, to the disk: CSV and XLSX."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from crm.records.cells import phone_cell, phone_text, safe_cell
from crm.records.export_columns import BETWEEN, Column, Value
from crm.records.export_reading import CustomerRecord, PersonRecord
from crm.web.formats import num, short_date
from crm.web.i18n import _

SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}
ENCODINGS = {"utf-8-bom": "utf-8-sig", "utf-8": "utf-8"}
SHEET_ROWS = 1_048_575
"""So many rows a sheet has below its heading."""
WIDTHS = {"name": 34, "brief": 40, "street": 26, "email": 30, "person_email": 30, "salutation_line": 34}


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
        self._file = path.open("w", encoding=ENCODINGS[encoding], newline="")
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
        return num(value, 2) if words else f"{value:f}"
    return str(value)


class WorkbookWriter:
    """An XLSX file (ECMA-376), written without being held in memory. Texts are texts, whatever they begin with; numbers
    and dates are numbers and dates."""

    def __init__(self, path: Path, columns: Sequence[Column], *, words: bool, per_person: bool) -> None:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.utils import get_column_letter

        self.columns, self.words, self.per_person = columns, words, per_person
        self._path, self._new_cell = path, WriteOnlyCell
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(_("Customers"))
        self._sheet.freeze_panes = "A2"
        for place, column in enumerate(columns, 1):
            self._sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(column.code, 18)
        self._sheet.append([self._text(column.heading if words else column.code, bold=True) for column in columns])
        self._rows = 0

    def add(self, customers: Sequence[CustomerRecord]) -> int:
        before = self._rows
        for customer in customers:
            for person in rows_of(customer, per_person=self.per_person):
                self._rows += 1
                if self._rows > SHEET_ROWS:
                    raise ValueError("a sheet has no more rows")
                self._sheet.append([self._cell(column.value(customer, person, self.words)) for column in self.columns])
        return self._rows - before

    def _cell(self, value: Value) -> Any:
        if value is None or value == "" or value == []:
            return None
        if isinstance(value, list):
            return self._text(BETWEEN.join(phone_text(number) for number in value))
        if isinstance(value, bool) or not isinstance(value, (int, Decimal, date)):
            return self._text(text_of(value, words=self.words))
        cell = self._new_cell(self._sheet, value)
        if isinstance(value, Decimal):
            cell.number_format = "#,##0.00"
        elif isinstance(value, date):
            cell.number_format = "DD.MM.YYYY" if self.words else "YYYY-MM-DD"
        return cell

    def _text(self, text: str, *, bold: bool = False) -> Any:
        """A cell of text. openpyxl makes a formula of what begins with "="; the type is put right afterwards, and a text
        that looks like one keeps being text when somebody edits it (quotePrefix)."""
        from openpyxl.styles import Font

        plain = "".join(each for each in text if each >= " " or each in "\t\n\r")[:32_767]
        cell = self._new_cell(self._sheet, plain)
        cell.data_type = "s"
        if safe_cell(plain) != plain:
            cell.number_format = "@"
            cell.quotePrefix = True
        if bold:
            cell.font = Font(bold=True)
        return cell

    def close(self) -> None:
        self._book.save(self._path)
