"""One labelled customer, all of them, and how well a search has found those who are the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Record:
    """One customer as somebody typed it. `entity` is the truth: records of one entity are duplicates."""

    entity: int
    kind: str
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    title: str = ""
    birthday: date | None = None
    email: str = ""
    phone: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "DE"
    website: str = ""
    contact_given: str = ""
    contact_family: str = ""
    contact_email: str = ""
    contact_phone: str = ""


@dataclass(slots=True)
class Labelled:
    """The records in the order in which they were entered; `truth` are the pairs of places that are one customer, `hard`
    how many pairs of each kind look alike and aren't."""

    records: list[Record] = field(default_factory=list)
    hard: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def truth(self) -> set[tuple[int, int]]:
        places: dict[int, list[int]] = defaultdict(list)
        for place, record in enumerate(self.records):
            places[record.entity].append(place)
        return {pair for own in places.values() for pair in combinations(own, 2)}


def precision_and_recall(found: set[tuple[int, int]], truth: set[tuple[int, int]]) -> tuple[float, float]:
    right = len(found & truth)
    return (right / len(found) if found else 0.0), (right / len(truth) if truth else 0.0)


_ASCII = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ş": "s", "ğ": "g", "ç": "c", "ı": "i", "ł": "l", "ń": "n", "ś": "s", "ć": "c", "ó": "o",
    "ą": "a", "ź": "z", "á": "a", "é": "e", ".": "", "(": "", ")": "", "&": "und", "İ": "i", "Ş": "s", "Ç": "c",
})  # fmt: skip


def plain(text: str) -> str:
    """As it is typed where umlauts are missing."""
    return text.lower().translate(_ASCII)
