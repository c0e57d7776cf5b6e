"""A workbook of one sheet (XLSX, ECMA-376 part 1), written row by row to the disk. openpyxl takes four times as long for
each cell, and a hundred thousand customers have two million."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path

MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
"""Characters of a cell at most (Excel)."""
_DAY_ZERO = date(1899, 12, 30)
_FIRST_DAY = date(1900, 3, 1)
"""Before it, spreadsheets count a day that there never was: such dates are written as text."""
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKED = re.compile(r"[&<>\r]")
_PLAIN, _BOLD, _TEXT, _MONEY, _DATE = range(5)

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{{title}}" sheetId="1" r:id="rId1"/>'
    "</sheets></workbook>",
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="{{dates}}"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
"""All but the sheet. The styles of the cells are those of _PLAIN, _BOLD, _TEXT, _MONEY and _DATE, in this order."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A text that looks like a formula: it stays text when somebody edits the cell (quotePrefix)."""

    text: str


Cell = str | Guarded | int | Decimal | date | None


class WorkbookFile:
    """The file while it is written; memory holds one row. `widths` are those of the columns in characters, `dates` is how
    dates are shown, as Excel writes it."""

    def __init__(self, path: Path, title: str, widths: Sequence[int], heading: Sequence[str], *, dates: str) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=5)
        for name, text in _PARTS.items():
            self._zip.writestr(name, _HEAD + text.replace("{title}", escape(title)).replace("{dates}", escape(dates)))
        self._sheet = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._letters = [_letters(n) for n in range(1, len(widths) + 1)]
        columns = "".join(
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, 1)
        )
        self._write(
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0" tabSelected="1"><pane ySplit="1" '
            f'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{columns}</cols><sheetData>'
        )
        self._rows = 1
        self._write(
            _row(1, [_text(f"{letter}1", text, _BOLD) for letter, text in zip(self._letters, heading, strict=True)])
        )

    def add(self, rows: Iterable[Sequence[Cell]]) -> int:
        """Write these rows; how many they were. ValueError if the sheet has no more."""
        written = []
        for cells in rows:
            self._rows += 1
            if self._rows > MOST_ROWS:
                raise ValueError("a sheet has no more rows")
            number = str(self._rows)
            found = [_cell(letter + number, value) for letter, value in zip(self._letters, cells, strict=True)]
            written.append(_row(self._rows, found))
        self._write("".join(written))
        return len(written)

    def close(self) -> None:
        self._write("</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()

    def _write(self, text: str) -> None:
        self._sheet.write(text.encode())


def _row(number: int, cells: Iterable[str]) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(place: str, value: Cell) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return _text(place, value, _PLAIN)
    if isinstance(value, Guarded):
        return _text(place, value.text, _TEXT)
    if isinstance(value, date):
        if value < _FIRST_DAY:
            return _text(place, value.isoformat(), _PLAIN)
        return f'<c r="{place}" s="{_DATE}"><v>{(value - _DAY_ZERO).days}</v></c>'
    if isinstance(value, Decimal):
        return f'<c r="{place}" s="{_MONEY}"><v>{value:f}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def _text(place: str, text: str, style: int) -> str:
    """A text within its cell. What XML cannot say is left out."""
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
    if not text.isprintable():
        text = _NOT_XML.sub("", text)
    if _MARKED.search(text):
        text = escape(text, quote=False).replace("\r", "&#13;")
    styled = f' s="{style}"' if style else ""
    return f'<c r="{place}"{styled} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _letters(number: int) -> str:
    """The name of a column: 1 is A, 27 is AA."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
