"""Amounts of money and quantities as people, spreadsheets and programs write them: "1.234,56 €", "1,234.56", "1'234.50"."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from babel.core import get_global

HIGHEST_AMOUNT = Decimal("999999999.99")
HIGHEST_QUANTITY = Decimal("999999.999")
AMOUNT_DIGITS, QUANTITY_DIGITS = 2, 3
FIRST_CURRENCIES = ("EUR", "CHF", "USD", "GBP")

_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "Fr.": "CHF", "SFr.": "CHF"}
_CODE = r"[A-Z]{3}|€|\$|£|S?Fr\."
_WITH_CURRENCY = re.compile(
    rf"(?:(?P<before>{_CODE})\s*)?(?P<number>[-+−]?[\d.,'’\s]*\d(?:,[-–])?)\s*(?P<after>{_CODE})?"
)
_GROUPS = re.compile(r"\d{1,3}(?P<sign>[.,'])\d{3}(?:(?P=sign)\d{3})*")
_MOST_LETTERS = 60


class NotANumber(ValueError):
    """The text is no number, or one that could be read in two ways."""


def money_from(text: str, language: str = "de") -> tuple[Decimal, str]:
    """The number that a text means, and the currency written beside it, or ''. Where a single sign could be either ("1.234"), the
    reader's language decides: a point groups thousands in German, a comma does in English. Raises NotANumber."""
    found = _WITH_CURRENCY.fullmatch(text.strip()) if len(text) <= _MOST_LETTERS else None
    if found is None or (found["before"] and found["after"]):
        raise NotANumber(text)
    written = found["before"] or found["after"] or ""
    return _number(found["number"], language), _SIGNS.get(written, written)


def _number(text: str, language: str) -> Decimal:
    plain = re.sub(r"\s", "", text).replace("’", "'").replace("−", "-")
    plain = re.sub(r",[-–]$", "", plain)  # "250,-"
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain.lstrip("+"))
    try:
        return Decimal(sign + _with_point(digits, language))
    except InvalidOperation:
        raise NotANumber(text) from None


def _with_point(digits: str, language: str) -> str:
    """The digits with a point before the fraction and nothing else; raises NotANumber if they are grouped wrongly."""
    separators = [letter for letter in digits if letter in ".,'"]
    if not separators:
        return digits
    last = separators[-1]
    is_decimal = last != "'" and separators.count(last) == 1
    if is_decimal and len(set(separators)) == 1:
        thousands = "." if language == "de" else ","
        is_decimal = not (last == thousands and _GROUPS.fullmatch(digits))
    whole, fraction = digits.rsplit(last, 1) if is_decimal else (digits, "")
    if any(letter in whole for letter in ".,'") and not _GROUPS.fullmatch(whole):
        raise NotANumber(digits)
    return f"{re.sub('[.,]', '', whole).replace(chr(39), '')}.{fraction}" if is_decimal else re.sub(r"[.,']", "", whole)


def has_at_most(number: Decimal, digits: int) -> bool:
    """Whether the number has at most so many digits after the point, zeros at the end not counted."""
    exponent = number.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -digits


@cache
def currencies() -> frozenset[str]:
    """The currencies (ISO 4217) that some country pays with today, by the CLDR."""
    today = date.today().isoformat()  # noqa: DTZ011
    found = set()
    for entries in get_global("territory_currencies").values():
        for code, _begin, end, is_tender in entries:
            if is_tender and (end is None or "-".join(f"{part:02}" for part in end) >= today):
                found.add(code)
    return frozenset(found)
