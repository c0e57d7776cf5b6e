"""How a file writes its numbers where that could mean two things: "1.234" is one thousand and more in German, one and a bit in
English. Whoever imports can say so; otherwise the file does."""

from __future__ import annotations

from crm.database import Row, decoded
from crm.records.order_header_names import ENGLISH, GERMAN
from crm.records.reading import FileKind
from crm.text import fold

_GERMAN = frozenset(fold(name) for names in GERMAN.values() for name in names)
_ENGLISH = frozenset(fold(name) for names in ENGLISH.values() for name in names)


def written_numbers(run: Row) -> str:
    """The language in which the numbers of this import's file are written. A workbook holds numbers, not texts, and its reader
    writes them with a point; a semicolon separates where the comma is a decimal sign; otherwise the headers tell."""
    if run.file_kind == FileKind.WORKBOOK:
        return "en"
    if chosen := str(decoded(run.choices).get("numbers", "")):
        return chosen
    if decoded(run.about).get("delimiter") == ";":
        return "de"
    keys = {fold(column) for column in decoded(run.columns)}
    return "en" if len(keys & (_ENGLISH - _GERMAN)) > len(keys & (_GERMAN - _ENGLISH)) else "de"
