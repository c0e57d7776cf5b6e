"""Which products a text may name: the phrases in it that could be a number or a name. Pure."""

from __future__ import annotations

LOOKED_AT = 4000
"""Letters of a text: what it is about stands at its beginning."""
MOST_WORDS = 300
LONGEST = 6
"""Words of a product's name."""
_EDGES = ".,;:!?()[]{}<>\"'„“”‚‘’»«…*#-–"


def phrases_in(text: str) -> list[str]:
    """What could be a product's number or name, in small letters: one to six words of a text that follow one another."""
    words = [word for part in text[:LOOKED_AT].lower().split() if (word := part.strip(_EDGES))][:MOST_WORDS]
    found = {
        " ".join(words[start : start + length]): None
        for length in range(1, LONGEST + 1)
        for start in range(len(words) - length + 1)
    }
    return list(found)
