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
LAST_DIGITS = 6
AROUND = 60
"""So many characters on both sides of a mention are shown."""
_VARIANTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_BETWEEN = r"[\s()/.-]{0,3}"
_PLAIN = str.maketrans("äöüßÄÖÜıİşŞçÇğĞ", "aousAOUiIsScCgG")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place: what stands before it, itself, and after it."""

    before: str
    itself: str
    after: str


def pattern(needles: Needles, *, whole_names: bool = False) -> str:
    """A regular expression, understood by Python and PostgreSQL alike, for all that names the person; empty if nothing does.
    With `whole_names` a family name by itself is not enough."""
    parts = [rf"\m{_name(one)}\M" for one in _spellings(needles.names, whole_names)]
    parts += [_email(one) for one in needles.emails]
    parts += [_number(one) for one in needles.phones if _is_number(one)]
    return "|".join(dict.fromkeys(parts))


def hint(needles: Needles) -> str:
    """A simpler expression that is found wherever `pattern` is, and now and then elsewhere: of each name one word, of each number its
    last digits, in JSON as it is stored, too. It looks neither back nor ahead, which PostgreSQL reads twenty times as fast."""
    parts = [re.escape(one) for one in (*map(_telling, _spellings(needles.names)), *needles.emails)]
    parts += [r"\D{0,6}".join(_without_lead(one)[-LAST_DIGITS:]) for one in needles.phones if _is_number(one)]
    return "|".join(dict.fromkeys(parts))


def mentions(text: str, expression: str, *, is_json: bool = False) -> list[Mention]:
    """Every place in the text that the expression finds. Of JSON only the value around it is shown."""
    found = [
        Mention(text[max(0, hit.start() - AROUND) : hit.start()], hit[0], text[hit.end() : hit.end() + AROUND])
        for hit in _compiled(expression).finditer(text)
    ]
    if not is_json:
        return found
    return [Mention(one.before.rpartition('"')[2], one.itself, one.after.partition('"')[0]) for one in found]


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


def family_names(needles: Needles) -> list[str]:
    """In small letters, as they are written and without umlauts."""
    last = tuple(name.split()[-1] for name in needles.names if name.split())
    return sorted({one.lower() for one in _spellings(last)})


def whole_names(needles: Needles) -> list[str]:
    """The same for given and family name together."""
    return sorted({" ".join(one.split()).lower() for one in _spellings(needles.names, whole_names=True)})


def _spellings(names: tuple[str, ...], whole_names: bool = False) -> Iterator[str]:
    """Whole names, and family names by themselves (the last word), as they are written and as they are written without umlauts."""
    for name in names:
        words = name.split()
        if not words:
            continue
        for one in (name,) if whole_names else dict.fromkeys((name, words[-1])):
            if len(one) > 2:
                yield one
                yield "".join(_VARIANTS.get(letter, letter) for letter in one.lower())
                yield one.translate(_PLAIN)


def _name(name: str) -> str:
    return r"\s+".join(re.escape(word) for word in name.split())


def _email(address: str) -> str:
    """The whole address: anna@x.example is not in johanna@x.example, max.anna@x.example or anna@x.example.org."""
    return rf"(?<!\w)(?<!\w[.+%-]){re.escape(address)}(?![\w-]|\.\w)"


def _telling(name: str) -> str:
    """The family name, or the longest word where that is very short."""
    words = name.split()
    return words[-1] if len(words[-1]) > 2 else max(words, key=len)


def _is_number(number: str) -> bool:
    return len(_digits(number)) >= 6


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _without_lead(number: str) -> str:
    """The digits without a country's code or the zeros before them."""
    digits = _digits(number)
    return digits[2:] if number.startswith("+") and len(digits) > 8 else digits.lstrip("0")


def _number(number: str) -> str:
    """The digits with anything between them that people write there; a country's code may be a zero. Never a part of a longer number."""
    digits, rest, between = _digits(number), _without_lead(number), _BETWEEN
    lead = (
        rf"(?:\+|00)?{digits[0]}{between}{digits[1]}{between}\(?0?\)?{between}|0{between}" if rest != digits else "0?"
    )
    return rf"(?<!\d)(?:{lead}){between.join(rest)}(?!\d)"
