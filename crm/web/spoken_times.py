"""The time of day as people write it: "9 Uhr", "halb 10", "viertel nach 9", "9.30", "9h", "3pm", "noon", "nachmittags"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import Protocol

ASKED_HOURS = 12
_SMALL_HOURS = range(1, 6)
"""Whoever says "3 Uhr" without more means the night or the afternoon."""

_WORDS = (
    ("null", "zero"), ("ein", "eine", "einem", "einen", "einer", "eins", "one", "a", "an"), ("zwei", "two"), ("drei", "three"),
    ("vier", "four"), ("fuenf", "five"), ("sechs", "six"), ("sieben", "seven"), ("acht", "eight"), ("neun", "nine"),
    ("zehn", "ten"), ("elf", "eleven"), ("zwoelf", "twelve"),
)  # fmt: skip
_NUMBERS = {word: value for value, words in enumerate(_WORDS) for word in words} | {
    "dreizehn": 13, "vierzehn": 14, "fuenfzehn": 15, "fifteen": 15, "zwanzig": 20, "twenty": 20, "dreissig": 30, "thirty": 30,
    "sechzig": 60, "neunzig": 90, "hundert": 100,
}  # fmt: skip
NUMBER = r"(?:\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_HOUR = r"(?:\d{1,2}|" + "|".join(sorted((set(_NUMBERS) - {"a", "an"}), key=len, reverse=True)) + ")"
_AT = r"(?:um|at|gegen|ab|@) ?"
_PARTS = (
    (r"(?:in the )?(?:frueh(?: ?morgens)?|morgens?|mornings?)", time(8), False),
    (r"(?:am )?(?:vormittags?)", time(10), False),
    (r"(?:am )?(?:mittags?)|noon|midday", time(12), False),
    (r"(?:am |in the )?(?:nachmittags?|afternoons?)", time(14), True),
    (r"(?:am |in the )?(?:abends?|evenings?)", time(18), True),
)
"""Parts of the day: how they are called, the time that is meant by them alone, whether their hours come after noon."""


class Takes(Protocol):
    """Words of which a pattern can be taken away."""

    left: str

    def take(self, pattern: str) -> re.Match[str] | None: ...


@dataclass(frozen=True)
class SpokenTime:
    """A time of day. `is_asked`: it could as well be twelve hours later."""

    at: time
    is_asked: bool = False


def number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def take_time(said: Takes, *, has_day: bool) -> SpokenTime | None:
    """The time in the words, None without one; what doesn't fit a clock stays in the words."""
    clock = _take_clock(said, has_day)
    part = next(((alone, late) for words, alone, late in _PARTS if said.take(words)), None)
    if clock is None:
        return SpokenTime(part[0]) if part else None
    hour, minute, is_spoken = clock
    if part is not None:
        alone, late = part
        if (late and 1 <= hour <= 11) or (alone == time(12) and 1 <= hour <= 3):
            hour += 12
    return SpokenTime(time(hour, minute), is_spoken and part is None and hour in _SMALL_HOURS)


def _take_clock(said: Takes, has_day: bool) -> tuple[int, int, bool] | None:
    """Hour and minute, and whether they were said as in speech, where three can be fifteen."""
    half = re.search(r"(?<![a-z])[ap]\.?m\b", said.left)
    for take in (_english, _digital, _fractions, _spoken):
        found = take(said, half is not None)
        if found:
            return found
    bare = said.take(r"(\d{1,2})(?!\S)") if has_day else None
    return _checked(said, bare, int(bare[1]), 0) if bare else None


def _english(said: Takes, has_half: bool) -> tuple[int, int, bool] | None:
    """9am, 9:30 p.m."""
    found = said.take(rf"(?:{_AT})?(\d{{1,2}})(?:[:.](\d\d))? ?([ap])\.?m\.?") if has_half else None
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if not 1 <= hour <= 12 or minute > 59:
        said.left += f" {found[0]}"
        return None
    return hour % 12 + (12 if found[3] == "p" else 0), minute, False


def _digital(said: Takes, _has_half: bool) -> tuple[int, int, bool] | None:
    """9:30, 9.30, 9h30, 9 Uhr 30."""
    found = said.take(rf"(?:{_AT})?(\d{{1,2}})[:.](\d\d)(?::\d\d)?(?: ?(?:uhr|h))?")
    found = found or said.take(rf"(?:{_AT})?(\d{{1,2}}) ?(?:h|uhr) ?(\d\d)")
    return (*_checked(said, found, int(found[1]), int(found[2]))[:2], False) if found else None


def _fractions(said: Takes, _has_half: bool) -> tuple[int, int, bool] | None:
    """halb 10, viertel nach 9, dreiviertel 10, quarter to 9, half past 9, zehn nach neun."""
    half = said.take(rf"(?:{_AT})?(halb|dreiviertel) ({_HOUR})(?: uhr)?")
    if half:
        hour = number(half[2])
        return _checked(said, half, (hour - 1) % 12 if hour <= 12 else hour - 1, 30 if half[1] == "halb" else 45)
    words = (
        r"(?P<piece>viertel|(?:a )?quarter|half|\d{1,2}|"
        + "|".join(set(_NUMBERS) - {"a", "an"})
        + r")(?: min(?:uten|utes)?)?"
    )
    found = said.take(rf"(?:{_AT})?{words} (?P<way>nach|past|vor|to) (?P<hour>{_HOUR})(?: uhr)?")
    if found is None:
        return None
    piece, hour = found["piece"], number(found["hour"])
    minutes = 15 if piece in ("viertel", "quarter", "a quarter") else 30 if piece == "half" else number(piece)
    if not 0 < minutes < 60 or hour > 24:
        said.left += f" {found[0]}"
        return None
    total = hour * 60 + (minutes if found["way"] in ("nach", "past") else -minutes)
    return _checked(said, found, total // 60 % 24, total % 60)


def _spoken(said: Takes, _has_half: bool) -> tuple[int, int, bool] | None:
    """9 Uhr, neun Uhr, 9h, um 9, at nine, 9 oclock."""
    found = said.take(rf"(?:{_AT})?({_HOUR}) ?(?:uhr|h|oclock)") or said.take(rf"{_AT}({_HOUR})")
    return _checked(said, found, number(found[1]), 0) if found else None


def _checked(said: Takes, found: re.Match[str], hour: int, minute: int) -> tuple[int, int, bool]:
    """A time that no clock shows stays in the words, and so they are asked about. A written 03 is the night."""
    if hour > 23 or minute > 59:
        said.left += f" {found[0]} ?"
        return 0, 0, False
    return hour, minute, not re.search(r"\b0\d", found[0])
