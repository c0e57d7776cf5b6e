"""Whether a postcode can be one: slips of the finger are caught, whether it exists is not asked."""

from __future__ import annotations

import re

_POSTCODES = {"DE": re.compile(r"\d{5}"), "AT": re.compile(r"\d{4}"), "CH": re.compile(r"\d{4}")}
_POSTCODE_ELSEWHERE = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 -]{0,9}", re.IGNORECASE)
_POSTCODE_EXAMPLES = {"DE": "90403", "AT": "1010", "CH": "8001"}
_COUNTRY_BEFORE_POSTCODE = re.compile(r"(D|DE|A|AT|CH)-(?=\d)", re.IGNORECASE)
"""The old way of writing, D-90403."""


def plain_postcode(text: str) -> str:
    """A postcode without the country's letters before it."""
    return _COUNTRY_BEFORE_POSTCODE.sub("", text, count=1)


def is_postcode(text: str, country: str) -> bool:
    """Whether this can be a postcode of the country: five digits in Germany, four in Austria and Switzerland, elsewhere
    at most ten letters, digits, blanks and hyphens with a digit among them."""
    return _POSTCODES.get(country, _POSTCODE_ELSEWHERE).fullmatch(text) is not None


def postcode_example(country: str) -> str:
    return _POSTCODE_EXAMPLES.get(country, "SW1A 2AA")
