"""What of a text block is left in the answer that went out: pure rules, by the words between its placeholders."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from rapidfuzz.distance import LCSseq

from crm.mail.placeholders import fixed_parts

LEAST_SHARE = 0.5
"""Of a block's words so many must stand in the answer, in their order, for the answer to be made from it."""
LEAST_LETTERS = 40
"""A block with fewer letters of its own is recognised only where somebody chose it: anybody may write "Thank you."."""


class Left(StrEnum):
    """WHOLE: word for word, its placeholders filled. CHANGED: at least half of it. NOTHING: the writer threw it away again."""

    WHOLE = "whole"
    CHANGED = "changed"
    NOTHING = "nothing"


def left_of(body: str, answer: str) -> Left:
    """What is left of a text block's `body` in an answer. Line breaks and blanks don't count."""
    if stands_in(body, answer):
        return Left.WHOLE
    words = [word for part in _parts(body) for word in part.split()]
    if not words:
        return Left.NOTHING
    kept = LCSseq.similarity(words, _squeezed(answer).split())
    return Left.CHANGED if kept >= LEAST_SHARE * len(words) else Left.NOTHING


def is_recognised(body: str, answer: str) -> bool:
    """Whether an answer has a whole block that nobody said they chose: put in by hand, by another program or before a tab was closed."""
    return sum(map(len, _parts(body))) >= LEAST_LETTERS and stands_in(body, answer)


def stands_in(body: str, answer: str) -> bool:
    """Whether all that is fixed in a block stands in the answer, in its order."""
    parts, text, place = _parts(body), _squeezed(answer), 0
    for part in parts:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return bool(parts)


def _parts(body: str) -> Sequence[str]:
    return [squeezed for part in fixed_parts(body) if (squeezed := _squeezed(part).strip(" ,.;:!?"))]


def _squeezed(text: str) -> str:
    return " ".join(text.split())
