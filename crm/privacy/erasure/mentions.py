"""Where a text mentions a person, and the text without it: pure rules. Names in any spelling that people use for umlauts, addresses,
and numbers however they are spaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crm.privacy.subject import Needles

BLACK = "▇▇▇"
"""What stands where a mention was."""
AROUND = 60
"""So many characters on both sides of a mention are shown."""
_VARIANTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_PLAIN = str.maketrans("äöüßÄÖÜıİşŞçÇğĞ", "aousAOUiIsScCgG")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place: what stands before it, itself, and after it."""

    before: str
    itself: str
    after: str


def pattern(needles: Needles) -> str:
    """A regular expression, understood by Python and PostgreSQL alike, for all that names the person; empty if nothing does."""
    parts = [rf"\m{_name(one)}\M" for one in _spellings(needles.names)]
    parts += [_email(one) for one in needles.emails]
    parts += [_number(one) for one in needles.phones if len(re.sub(r"\D", "", one)) >= 6]
    return "|".join(dict.fromkeys(parts))


def mentions(text: str, expression: str) -> list[Mention]:
    """Every place in the text that the expression finds."""
    return [
        Mention(text[max(0, hit.start() - AROUND) : hit.start()], hit[0], text[hit.end() : hit.end() + AROUND])
        for hit in _compiled(expression).finditer(text)
    ]


def redacted(text: str, expression: str) -> str:
    """The text with each mention blackened."""
    return _compiled(expression).sub(BLACK, text)


def redacted_json(value: Any, expression: str) -> Any:
    """The same for a value of JSON, in all its strings."""
    if isinstance(value, str):
        return redacted(value, expression)
    if isinstance(value, list):
        return [redacted_json(one, expression) for one in value]
    if isinstance(value, dict):
        return {key: redacted_json(one, expression) for key, one in value.items()}
    return value


def _compiled(expression: str) -> re.Pattern[str]:
    """PostgreSQL's marks for the beginning and the end of a word are other ones."""
    return re.compile(expression.replace(r"\m", r"(?<!\w)").replace(r"\M", r"(?!\w)"), re.IGNORECASE)


def _spellings(names: tuple[str, ...]) -> Iterator[str]:
    """Whole names, and family names by themselves (the last word), as they are written and as they are written without umlauts."""
    for name in names:
        words = name.split()
        for one in dict.fromkeys((name, words[-1] if words else "")):
            if len(one) > 2:
                yield one
                yield "".join(_VARIANTS.get(letter, letter) for letter in one.lower())
                yield one.translate(_PLAIN)


def _name(name: str) -> str:
    return r"\s+".join(re.escape(word) for word in name.split())


def _email(address: str) -> str:
    """The whole address: anna@x.example is not in johanna@x.example, max.anna@x.example or anna@x.example.org."""
    return rf"(?<!\w)(?<!\w[.+%-]){re.escape(address)}(?![\w-]|\.\w)"


def _number(number: str) -> str:
    """The digits with anything between them that people write there; a country's code may be a zero. Never a part of a longer number."""
    digits = re.sub(r"\D", "", number)
    rest = digits[2:] if number.startswith("+") and len(digits) > 8 else digits.lstrip("0")
    between = r"[\s()/.-]{0,3}"
    lead = (
        rf"(?:\+|00)?{digits[0]}{between}{digits[1]}{between}\(?0?\)?{between}|0{between}" if rest != digits else "0?"
    )
    return rf"(?<!\d)(?:{lead}){between.join(rest)}(?!\d)"
