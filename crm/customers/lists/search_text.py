"""What a customer is found by, folded into one column, and the patterns that a search looks for in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from crm.text import fold, search_terms

TRUNK_ZERO = ("+49", "+43", "+41")
"""Countries whose national numbers begin with 0 where the international form has the country code."""

_NUMBER_LIKE = re.compile(r"[\d\s()+/.\-]+")
_TRUNK = re.compile(r"^(\s*(?:\+|00)[\d\s]*)\(0\)")
"""+49 (0)911: the zero in brackets is dialled within the country only."""
_MIN_DIGITS = 4
_WHOLE_TERM = 3


def search_text(
    name: str,
    number: str,
    *,
    persons: Iterable[str] = (),
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    places: Iterable[str] = (),
    tags: Iterable[str] = (),
    external_id: str | None = None,
) -> str:
    """The folded text of a customer, which begins with a space so that every word does, and with the name so that
    names come first. Telephone numbers (E.164) are in it as digits, national and international."""
    words = search_words(
        name, persons=persons, emails=emails, phones=phones, places=places, tags=tags, external_id=external_id
    )
    return numbered_text(words, number)


def search_words(
    name: str,
    *,
    persons: Iterable[str] = (),
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    places: Iterable[str] = (),
    tags: Iterable[str] = (),
    external_id: str | None = None,
) -> tuple[str, ...]:
    """What a customer is found by, folded, before there is a number: `numbered_text` makes the text of it. The name is the
    first."""
    texts = (external_id or "", *persons, *emails, *places, *tags)
    digits = (part for phone in phones for part in phone_digits(phone))
    return (fold(name), *filter(None, map(fold, texts)), *digits)


def numbered_text(words: Sequence[str], number: str) -> str:
    """The text of a customer with these words and this number."""
    return " " + " ".join(dict.fromkeys(filter(None, (words[0], fold(number), *words[1:]))))


def phone_digits(phone: str) -> list[str]:
    """The digits of an E.164 number as people type them: with the country code, and with the national zero."""
    digits = phone[1:] if phone[1:].isdecimal() and phone[0] == "+" else re.sub(r"\D", "", phone)
    if phone[:3] in TRUNK_ZERO:
        return ["0" + digits[2:], digits]
    return [digits] if digits else []


def wanted_terms(query: str) -> tuple[str, ...]:
    """The folded terms of a search; what looks like a telephone number is one term of digits."""
    query = _TRUNK.sub(r"\1", query)
    if _NUMBER_LIKE.fullmatch(query):
        digits = re.sub(r"\D", "", query)
        if len(digits) >= _MIN_DIGITS:
            return (digits[2:] if digits.startswith("00") else digits,)
    return search_terms(query)


def pattern(term: str) -> str:
    """The LIKE pattern of a folded term (letters, digits and spaces only): anywhere in the text, or, with one or two
    letters, at the beginning of a word, which is all that a trigram index can find quickly."""
    return f"%{term}%" if len(term) >= _WHOLE_TERM else f"% {term}%"
