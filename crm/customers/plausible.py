"""Whether a postcode or a VAT ID can be one: slips of the finger are caught, whether it exists is not asked."""

from __future__ import annotations

import re

_POSTCODES = {"DE": re.compile(r"\d{5}"), "AT": re.compile(r"\d{4}"), "CH": re.compile(r"\d{4}")}
_POSTCODE_ELSEWHERE = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 -]{0,9}", re.IGNORECASE)
_POSTCODE_EXAMPLES = {"DE": "90403", "AT": "1010", "CH": "8001"}
_COUNTRY_BEFORE_POSTCODE = re.compile(r"(D|DE|A|AT|CH)-(?=\d)", re.IGNORECASE)
"""The old way of writing, D-90403."""

_VAT_IDS = {
    "DE": re.compile(r"DE\d{9}"),
    "AT": re.compile(r"ATU\d{8}"),
    "CH": re.compile(r"CHE-\d{3}\.\d{3}\.\d{3}(MWST|TVA|IVA)?"),
}
_VAT_ID_ELSEWHERE = re.compile(r"[A-Z]{2}(?=.*\d)[A-Z0-9+*]{2,12}")
"""Two letters of the country and 2 to 12 more characters (Council Directive 2006/112/EC, Art. 215; VIES)."""
_VAT_ID_EXAMPLES = {"DE": "DE123456789", "AT": "ATU12345678", "CH": "CHE-123.456.789"}


def plain_postcode(text: str) -> str:
    """A postcode without the country's letters before it."""
    return _COUNTRY_BEFORE_POSTCODE.sub("", text, count=1)


def is_postcode(text: str, country: str) -> bool:
    """Whether this can be a postcode of the country: five digits in Germany, four in Austria and Switzerland, elsewhere
    at most ten letters, digits, blanks and hyphens with a digit among them."""
    return _POSTCODES.get(country, _POSTCODE_ELSEWHERE).fullmatch(text) is not None


def postcode_example(country: str) -> str:
    return _POSTCODE_EXAMPLES.get(country, "SW1A 2AA")


def plain_vat_id(text: str) -> str:
    """A VAT ID in capitals and without blanks."""
    return "".join(text.split()).upper()


def is_vat_id(plain: str) -> bool:
    """Whether this can be a VAT ID of the country with whose two letters it begins."""
    return _VAT_IDS.get(plain[:2], _VAT_ID_ELSEWHERE).fullmatch(plain) is not None


def vat_id_example(plain: str) -> str:
    """A right one of the same country where we know one, otherwise a German one."""
    return _VAT_ID_EXAMPLES.get(plain[:2], _VAT_ID_EXAMPLES["DE"])
