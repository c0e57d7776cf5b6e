"""Cells of tables that leave the house: nothing in them is taken for a formula, and telephone numbers stay usable."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
"""What spreadsheets, on some keyboard, take for the beginning of a formula or a command (OWASP: CSV Injection)."""

_SUSPECT = frozenset((*FORMULA_STARTS, "'", " "))


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would compute it, blanks before it or not. The import
    takes the apostrophe off again."""
    if text[:1] not in _SUSPECT:
        return text
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) or text.startswith("'") else text


def plain_cell(text: str) -> str:
    """The text as it was before `safe_cell`."""
    if not text.startswith("'"):
        return text
    rest = text[1:]
    return rest if safe_cell(rest) != rest else text


@lru_cache(maxsize=4096)
def phone_cell(number: str) -> str:
    """An E.164 number for a CSV file: "(+49) 911 551230". A spreadsheet computes it not and keeps every digit, people read and
    dial it, and the import (as every program with Google's library) reads it back."""
    shown = phone_text(number)
    code, _blank, rest = shown.partition(" ")
    return f"({code}) {rest}" if code.startswith("+") and rest else safe_cell(shown)


@lru_cache(maxsize=4096)
def phone_text(number: str) -> str:
    """An E.164 number as the world writes it: "+49 911 551230"."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
