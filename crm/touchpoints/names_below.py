"""The names of drawn points in rows below the drawing, as on paper: nothing there can cross a curve. Lengths are CSS pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.text import shortened, text_width

NAME_SIZE = 9.5
DETAIL_SIZE = 9.0
LINE = 11.5
WIDEST = 92.0
"""A longer word is broken: no slot is wider because of one name."""
MOST_LINES = 4
_ROOM = 8.0
_BOLD = 1.07


@dataclass(frozen=True, slots=True)
class NameBelow:
    """The lines below one point: its name, then who is responsible and how many answered."""

    lines: tuple[str, ...]
    details: tuple[str, ...]


def slot(name: str, details: Sequence[str], *, narrowest: float) -> float:
    """How wide the place of a point has to be so that its longest word fits."""
    widths = [text_width(word, NAME_SIZE) * _BOLD for word in name.split()]
    widths += [text_width(word, DETAIL_SIZE) for line in details for word in line.split()]
    return max(narrowest, min(WIDEST, max(widths, default=0.0)) + _ROOM)


def name_below(name: str, details: Sequence[str], room: float) -> NameBelow:
    """The name and the details in lines that are at most `room` wide."""
    told = [line for detail in details for line in wrapped(detail, DETAIL_SIZE, room - _ROOM, 2)]
    return NameBelow(wrapped(name, NAME_SIZE * _BOLD, room - _ROOM, MOST_LINES), tuple(told))


def wrapped(text: str, size: float, room: float, most: int) -> tuple[str, ...]:
    """The text in at most `most` lines, broken between words where that is possible; an ellipsis where it is longer."""
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < most:
        line, rest = _line(rest, size, room)
        lines.append(line)
    if rest:
        lines[-1] = shortened(f"{lines[-1].removesuffix('-')} {' '.join(rest)}", size, room)
    return tuple(lines)


def _line(words: list[str], size: float, room: float) -> tuple[str, list[str]]:
    """As many words as fit, at least a piece of the first, and what is left."""
    taken = 0
    while taken < len(words) and text_width(" ".join(words[: taken + 1]), size) <= room:
        taken += 1
    if taken:
        return " ".join(words[:taken]), words[taken:]
    word, length = words[0], len(words[0]) - 1
    while length > 1 and text_width(word[:length] + "-", size) > room:
        length -= 1
    return word[:length] + "-", [word[length:], *words[1:]]
