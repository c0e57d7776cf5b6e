"""Lengths of time as people write them: "4 h", "1 Std. 30 Min.", "1:30", "90"."""

from __future__ import annotations

import re

_UNIT = {"h": 60, "m": 1}
_PIECE = re.compile(r"(\d{1,6}(?:[.,]\d{1,2})?)\s*(h|hours?|std|stunden?|m|min|minutes?|minuten?)\.?(?=[\s\d]|$)\s*")
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)")


def minutes_of(text: str) -> int | None:
    """Whole minutes; None for what is no length of time. A bare number is minutes."""
    words = text.strip().lower()
    if words.isdecimal() and len(words) <= 7:
        return int(words)
    if clock := _CLOCK.fullmatch(words):
        return int(clock[1]) * 60 + int(clock[2])
    at, total = 0, 0.0
    while at < len(words):
        piece = _PIECE.match(words, at)
        if piece is None:
            return None
        unit = "m" if piece[2].startswith("m") else "h"
        total += float(piece[1].replace(",", ".")) * _UNIT[unit]
        at = piece.end()
    return round(total) if at else None


def written(minutes: int) -> str:
    """As a field shows it, in both languages alike: "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "")))
