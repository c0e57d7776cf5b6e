"""Text as people search, sort and draw it: one canonical form, a key that sorts it, and how wide it is."""

import re
import shlex
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl

from anyascii import anyascii

_UMLAUTS = {"ä": "a", "ö": "o", "ü": "u", "Ä": "a", "Ö": "o", "Ü": "u", "ß": "ss", "ẞ": "ss"}
_APOSTROPHES = re.compile(r"['`´‘’ʼ]")
_GAPS = re.compile(r"[^a-z0-9]+")
_SPELT_UMLAUT = re.compile(r"([aou])e+")
_DIGITS = re.compile(r"\d+")
_NUMBER_WIDTH = 12
_MOST_TERMS = 8


class _Letters(dict[int, str | None]):
    """What stands for a letter in a folded text, worked out when it is first met: lower-case ASCII, a space for what parts
    words, nothing for an apostrophe. With it a whole text is folded in one go: an import folds millions."""

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        plain = _APOSTROPHES.sub("", _UMLAUTS.get(letter) or anyascii(letter)).lower()
        self[code] = found = _GAPS.sub(" ", plain) or None
        return found


_LETTERS = _Letters()

# Advance widths of Inter's regular weight in em, rounded up to groups; letters that aren't named are 0.65 wide.
_ADVANCES = {
    0.30: "ijlI !,.:·';",
    0.38: "`t|()/[\\]fr",
    0.47: "1„{}“-_^",
    0.57: "*–?skxzavyäcLJ7",
    0.61: "e5FhnuüEoö",
    0.70: "+<=>~K€XYAVÄ",
    0.77: "DCHUÜGNOQÖ",
    0.90: "w…mM",
    1.00: "@%W—",
}
_ADVANCE = {letter: width for width, letters in _ADVANCES.items() for letter in letters}


def fold(text: str) -> str:
    """The canonical form for search: Größmann, Groessmann and Grossmann are one, and so are Müller, Mueller, Muller.

    Lower-case ASCII words with one space between them. Both sides of a comparison must be folded; folding twice
    changes nothing. "Neue" becomes "neu": the form is for comparing, never for showing.
    """
    words = _words(text)
    return _SPELT_UMLAUT.sub(r"\1", words) if "ae" in words or "oe" in words or "ue" in words else words


def plain_letter(letter: str) -> str:
    """What stands for one letter in a folded text; a space for what parts words. The SQL twin of `fold` is filled from it."""
    return _LETTERS[ord(letter)] or ""


def marked(text: str, terms: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether a search means it: what of it folds to one of the folded `terms`."""
    folded, places = _with_places(text)
    hits: list[tuple[int, int]] = []
    for term in terms:
        at = folded.find(term)
        while at >= 0:
            hits.append((places[at], places[at + len(term)]))
            at = folded.find(term, at + len(term))
    pieces, end = [], 0
    for start, stop in sorted(hits):
        if stop <= end:
            continue
        pieces += [(text[end:start], False)] if start > end else []
        pieces.append((text[max(start, end) : stop], True))
        end = stop
    return pieces + ([(text[end:], False)] if end < len(text) else [])


def around_hit(text: str, terms: Sequence[str], most: int) -> str:
    """At most `most` letters of the text (and the ellipses where it was cut), with the first of what a search means."""
    if len(text) <= most:
        return text
    folded, places = _with_places(text)
    found = [places[at] for term in terms if (at := folded.find(term)) >= 0]
    start = min(found, default=0)
    start = 0 if start < most * 3 // 4 else text.rfind(" ", 0, start - most // 4) + 1
    return ("…" if start else "") + text[start : start + most].strip() + ("…" if start + most < len(text) else "")


def _with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and where in the text each of its letters begins; behind the last one where that ends."""
    letters: list[str] = []
    places: list[int] = []
    ends = 0
    for place, letter in enumerate(text):
        for plain in _LETTERS[ord(letter)] or "":
            follows = letters[-1] if letters else " "
            if plain == " " and follows == " ":
                continue
            if plain == "e" and follows in "aou":  # ae is a: the e belongs to what stands before it
                ends = place + 1
                continue
            letters.append(plain)
            places.append(place)
            ends = place + 1 if plain != " " else ends
    return "".join(letters), [*places, ends]


def sort_key(text: str) -> str:
    """A key that sorts by code points: Ä with A (DIN 5007-1), ß as ss, and 2 before 10.

    Unlike `fold` it keeps the e of "Bauer", so that names stay where people look for them.
    """
    return _DIGITS.sub(lambda digits: digits[0].lstrip("0").zfill(_NUMBER_WIDTH), _words(text))


def search_terms(query: str) -> tuple[str, ...]:
    """The folded terms of a search, each once; words in double quotes stay together. At most eight."""
    try:
        parts = shlex.split(_APOSTROPHES.sub("", query))
    except ValueError:  # a quote that isn't closed yet, as while typing
        parts = query.replace('"', " ").split()
    folded = (fold(part) for part in parts)
    return tuple(dict.fromkeys(term for term in folded if term))[:_MOST_TERMS]


def literally(text: str) -> str:
    """The text as the pattern of a LIKE that finds it letter by letter."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def readable_query(query: str) -> str:
    """A query string as it is stored: in letters, so that whoever looks for a name in the database finds it there as well. Only
    what would be taken for something else stays encoded."""
    return "&".join(f"{_plain(name)}={_plain(value)}" for name, value in parse_qsl(query))


def _plain(text: str) -> str:
    for sign in "%&+#=":
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text.replace("\x00", "")


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """About how wide a line of Inter is, in the unit of `size`; rather too wide than too narrow."""
    return size * sum(_ADVANCE.get(letter, 0.65) for letter in text)


def shortened(text: str, size: float, room: float) -> str:
    """The text, cut with an ellipsis where it is wider than `room`."""
    if text_width(text, size) <= room:
        return text
    for length in range(len(text) - 1, 0, -1):
        cut = text[:length].rstrip(" -–·") + "…"
        if text_width(cut, size) <= room:
            return cut
    return "…"


def _words(text: str) -> str:
    return " ".join(text.translate(_LETTERS).split())
