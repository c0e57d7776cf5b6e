"""Reads single values of orders, quotations and products from a form, an API body or a row of a table: amounts, currencies,
days, words for codes. Each answers the typed value, or notes a sentence beside the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from crm.customers.amounts import (
    AMOUNT_DIGITS,
    HIGHEST_AMOUNT,
    HIGHEST_QUANTITY,
    QUANTITY_DIGITS,
    NotANumber,
    currencies,
    has_at_most,
    money_from,
)
from crm.web.formats import num, short_date
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _, catalogue

EARLIEST_ON = date(1950, 1, 1)
MOST_AHEAD = timedelta(days=3653)
"""What a company promises lies within ten years."""

_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})")
_AT_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")


def amount(fields: Fields, name: str, language: str = "de", *, currency: str = "") -> Decimal | None:
    """An amount of money with at most two digits after the sign. A currency written beside it must be `currency`, if that
    was said."""
    found = _decimal(fields, name, language, HIGHEST_AMOUNT, AMOUNT_DIGITS)
    if found is None:
        return None
    value, written = found
    if written and currency and written != currency:
        sentence = _("The amount is in %(written)s, the currency says %(currency)s.")
        fields.error(name, sentence % {"written": written, "currency": currency})
    return value


def quantity(fields: Fields, name: str, language: str = "de") -> Decimal:
    """How many; 1 if nothing is said, 0 is not an order."""
    found = _decimal(fields, name, language, HIGHEST_QUANTITY, QUANTITY_DIGITS)
    if found is not None and found[0] == 0:
        fields.error(
            name, _("A line with a quantity of 0 orders nothing. Please enter how many, or leave the line out.")
        )
    return Decimal(1) if found is None else found[0]


def written_currency(fields: Fields, name: str, language: str = "de") -> str:
    """The currency that stands beside an amount ("12,50 CHF"), or ''."""
    try:
        return money_from(str(fields.values.get(name) or ""), language)[1]
    except NotANumber:
        return ""


def currency(fields: Fields, name: str = "currency", default: str = "EUR") -> str:
    """A currency's three letters (ISO 4217)."""
    code = fields.text(name).upper() or default
    if code not in currencies():
        sentence = _("There is no currency “%(code)s”. Please enter three letters such as EUR, CHF or USD.")
        fields.error(name, sentence % {"code": code[:20]})
        return default
    return code


def day(fields: Fields, name: str, today: date, *, required: bool = False, may_be_ahead: bool = False) -> date | None:
    """A day between 1950 and today, or ten years ahead if it `may_be_ahead`."""
    text = fields.text(name, required=required, limit=40)
    if not text:
        return None
    found = date_from(text)
    latest = today + MOST_AHEAD if may_be_ahead else today
    if found is None:
        fields.error(name, _("Please enter a date such as 30.11.2026."))
    elif found < EARLIEST_ON:
        sentence = _("%(day)s is before 1950. Please check the year.")
        fields.error(name, sentence % {"day": short_date(found)})
    elif found > latest:
        sentence = (
            _("%(day)s is more than ten years ahead. Please check the year.")
            if may_be_ahead
            else _("%(day)s lies in the future. Please enter a day up to today.")
        )
        fields.error(name, sentence % {"day": short_date(found)})
    else:
        return found
    return None


def moment(fields: Fields, name: str) -> datetime | None:
    """A moment since 1950, to the minute: a local time of the company's zone from a form, one with its zone from the API."""
    raw = fields.values.get(name)
    found = fields.instant(name, raw) if isinstance(raw, datetime) else fields.moment(name)
    if found is None:
        return None
    if found.year < EARLIEST_ON.year:
        sentence = _("%(day)s is before 1950. Please check the year.")
        fields.error(name, sentence % {"day": short_date(found)})
        return None
    return found.replace(second=0, microsecond=0)


def date_from(text: str) -> date | None:
    """The day that a text means: 2026-11-30, 30.11.2026 or 30.11.26; a spreadsheet's midnight counts as the day."""
    plain = _AT_MIDNIGHT.sub("", text)
    try:
        if written := _GERMAN_DAY.fullmatch(plain):
            year = int(written[3])
            return date(year + (2000 if year < 70 else 1900) if year < 100 else year, int(written[2]), int(written[1]))
        return date.fromisoformat(plain) if plain.isascii() else None
    except ValueError:
        return None


def code(fields: Fields, name: str, words: Mapping[str, str], default: str = "") -> str:
    """One of the codes of `words`, said as the code or as its word in German or English."""
    said = fields.text(name, limit=60)
    if not said:
        return default
    known = _codes(tuple(words.items())).get(said.casefold())
    if known is None:
        fields.one_of(name, words)
    return default if known is None else known


@cache
def _codes(words: tuple[tuple[str, str], ...]) -> dict[str, str]:
    spoken = {catalogue(language).gettext(word).casefold(): code for code, word in words for language in LANGUAGES}
    return spoken | {code: code for code, _word in words}


def product(fields: Fields, name: str, known: Mapping[str, str]) -> str:
    """The code of a product that was named by its code or its name, or ''."""
    said = fields.text(name, limit=200)
    found = known.get(said.lower(), "") if said else ""
    if said and not found:
        sentence = _("There is no product “%(product)s”. Products are entered under “Products” first.")
        fields.error(name, sentence % {"product": said[:60]})
    return found


def _decimal(fields: Fields, name: str, language: str, highest: Decimal, digits: int) -> tuple[Decimal, str] | None:
    """A number from 0 to `highest`, and the currency written beside it."""
    raw = fields.values.get(name)
    if isinstance(raw, (Decimal, int, float)):
        value, written = Decimal(str(raw)), ""
    else:
        text = fields.text(name)
        if not text:
            return None
        try:
            value, written = money_from(text, language)
        except NotANumber:
            fields.error(
                name, _("This is not a number. An example: %(example)s") % {"example": num(Decimal("1234.5"), 2)}
            )
            return None
    if not value.is_finite() or value > highest:
        fields.error(name, _("This number is too high; at most %(limit)s fits.") % {"limit": num(highest, digits)})
    elif value < 0:
        fields.error(name, _("A number below 0 is not possible here."))
    elif not has_at_most(value, digits):
        sentence = _("At most %(n)s digits after the decimal sign, please.")
        fields.error(name, sentence % {"n": digits})
    else:
        return value, written
    return None
