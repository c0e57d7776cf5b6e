"""What is blacked out in a copy since it would harm the rights and freedoms of others (GDPR Art. 15 (4)). Pure.

A text that was chosen is black wherever it is repeated: in an earlier version of a contact, in the mail that it was, in the log of
what was changed. A passage is black in every text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

SHORT = 24
"""A text up to so many letters ("Bitte.") is black only where it stands alone: within others it says something else."""

EXCERPT = 40
"""The beginning of a black text is black as well, if it has so many letters."""


@dataclass(slots=True)
class Blackening:
    """The passages, texts and files (by SHA-256) that are black; `mark` is what stands in their place. `hits` counts them."""

    passages: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    files: frozenset[str] = frozenset()
    mark: str = "█████"
    hits: int = 0
    _found: re.Pattern[str] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.texts = tuple(text.strip() for text in self.texts if text.strip())
        within = sorted(
            {one.strip() for one in self.passages if one.strip()} | {one for one in self.texts if len(one) > SHORT},
            key=len,
        )
        if within:
            self._found = re.compile("|".join(re.escape(one) for one in reversed(within)), re.IGNORECASE)

    def text(self, value: str) -> str:
        """The text as the person may read it."""
        if not value or not (self.texts or self._found):
            return value
        plain = value.strip()
        if plain in self.texts or (len(plain) >= EXCERPT and self._is_excerpt(plain)):
            self.hits += 1
            return self.mark
        if self._found is None:
            return value
        shown, n = self._found.subn(self.mark, value)
        self.hits += n
        return shown

    def value(self, value: Any) -> Any:
        """The same for whatever a column holds."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.value(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one) for one in value]
        return value

    def _is_excerpt(self, plain: str) -> bool:
        beginning = plain.rstrip("…. ")
        return any(text.startswith(beginning) for text in self.texts)


def blackening(rows: Iterable[Any], mark: str) -> Blackening:
    """What rows of `blacked_out` (kind, value) make black."""
    by_kind: dict[str, list[str]] = {"passage": [], "text": [], "file": []}
    for row in rows:
        by_kind[row.kind].append(row.value)
    return Blackening(tuple(by_kind["passage"]), tuple(by_kind["text"]), frozenset(by_kind["file"]), mark)
