"""VAT IDs and IBANs: checked by the rules of each country (python-stdnum), kept in one form, shown as people write them."""

from __future__ import annotations

import re

from stdnum import iban
from stdnum.ch import uid as swiss_uid
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as european_vat
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

EUROPEAN = frozenset({*(code.upper() for code in european_vat.MEMBER_STATES), "EL"})
"""The letters with which a VAT ID of the European Union begins; Greece writes EL, Northern Ireland XI."""

_SWISS_TAX = re.compile(r"(MWST|TVA|IVA|TPV)$")
_ELSEWHERE = re.compile(r"[A-Z]{2}(?=.*\d)[A-Z0-9+*]{2,12}")
"""Two letters of the country and 2 to 12 more characters (Council Directive 2006/112/EC, Art. 215; VIES)."""
_EXAMPLES = {"DE": "DE136695976", "AT": "ATU13585627", "CH": "CHE-107.787.577 MWST"}
_IBAN_EXAMPLES = {"AT": "AT61 1904 3002 3457 3201", "CH": "CH93 0076 2011 6238 5295 7"}


def vat_id_of(text: str) -> str | None:
    """The VAT ID in the form in which it is kept, or None if it can be none: the check digits of its country decide.
    A Swiss one is kept with its dots; without the letters of the tax it is the company's number (UID), which will do."""
    plain = "".join(text.split()).upper()
    try:
        if plain[:2] == "CH":
            return _swiss(plain)
        if plain[:2] in EUROPEAN:
            return str(european_vat.validate(plain))
        return _elsewhere(plain)
    except ValidationError:
        return None


def _swiss(plain: str) -> str:
    if _SWISS_TAX.search(plain):
        return str(swiss_vat.format(swiss_vat.validate(plain)))
    return str(swiss_uid.format(swiss_uid.validate(plain)))


def _elsewhere(plain: str) -> str | None:
    """Outside of the European Union; where nobody knows a country's rule, the shape must do."""
    if _ELSEWHERE.fullmatch(plain) is None:
        return None
    rules = get_cc_module(plain[:2].lower(), "vat")
    if rules is not None:
        number = str(rules.validate(plain))
        return number if number.startswith(plain[:2]) else plain[:2] + number
    return plain


def vat_id_example(text: str) -> str:
    """A right one of the same country where we know one, otherwise a German one."""
    return _EXAMPLES.get(text.strip()[:2].upper(), _EXAMPLES["DE"])


def iban_of(text: str) -> str | None:
    """The IBAN without blanks, or None if it can be none: country, length, structure and check digits (ISO 13616)."""
    try:
        return str(iban.validate(text))
    except ValidationError:
        return None


def shown_iban(plain: str) -> str:
    """In groups of four, as it stands on letters."""
    return str(iban.format(plain)) if plain else ""


def iban_example(text: str) -> str:
    return _IBAN_EXAMPLES.get(text.strip()[:2].upper(), "DE89 3704 0044 0532 0130 00")
