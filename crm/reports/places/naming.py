"""What customers said, without names of people where nobody needs them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST = 3
"""Shorter names are words of the language too often."""

_ADDRESSED = r"\b(Herrn?|Frau|Kollegen?|Kollegin|Mr\.?|Mrs\.?|Ms\.?)(\s+)(?:Dr\.\s+|Prof\.\s+)*"
_LEGAL_FORM = re.compile(r"[\s,]+(?:g?GmbH(?: & Co\.? KG)?|AG|KG|OHG|UG|e\. ?K\.|e\. ?V\.|SE|Ltd\.?|Inc\.?)$")
_MAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[A-Za-z]{2,}")
_NUMBER = re.compile(r"(?<![\w.,-])\+?\(?\d[\d\s()/-]{6,}\d(?![\w%])")


def without_names(text: str, customer: str, persons: Iterable[str], staff: Iterable[str]) -> str:
    """The text without the names of whom it came from (the customer, with and without its legal form; the person's whole name and its
    parts), without those of members of staff (whole, or the family name after "Frau", "Herr" ...), without addresses and numbers."""
    text = _NUMBER.sub("…", _MAIL.sub("…", text))
    staff = [name.strip() for name in staff if name.strip()]
    names = {name.strip() for name in (customer, _LEGAL_FORM.sub("", customer), *persons, *staff)}
    known = sorted((name for name in names if len(name) >= SHORTEST and not name[0].islower()), key=len, reverse=True)
    if known:
        text = re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)", "…", text)
    if staff:
        family = "|".join(re.escape(name) for name in sorted({name.split()[-1] for name in staff}))
        text = re.sub(rf"{_ADDRESSED}(?:{family})(?!\w)", r"\1\2…", text)
    return re.sub(r"…(?:\s+…)+", "…", text)
