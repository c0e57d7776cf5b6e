"""What of a request belongs in the log of access: which record it showed, or what it searched for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

SUBJECTS = {
    "customer_id": "customer", "person_id": "person", "ticket_id": "ticket", "interaction_id": "interaction", "order_id": "order",
    "quotation_id": "quotation", "document_id": "document",
    "call_back_id": "call_back", "request_id": "data_request", "erasure_id": "erasure",
}  # fmt: skip
"""Numbers in an address that name a record about somebody. Of several the last one counts: it is what is looked at."""

NOT_ABOUT_PEOPLE = ("/products", "/answers", "/text-blocks", "/touchpoints", "/text_blocks")
"""Lists that are searched for things."""

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks, in which role, and which permission opened the page."""

    user_id: int
    role: str
    permission: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A record on the screen (`via` page) or in a program (api). `counts`: not for a part of a page that is fetched again by itself."""

    looker: Looker
    subject_kind: str
    subject_id: int
    via: str
    at: datetime
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Searched:
    """`place` is the list that was searched (customers, tickets ...; search is the palette)."""

    looker: Looker
    place: str
    words: str
    hits: int | None
    via: str
    at: datetime

    def goes_on(self, earlier: Searched) -> bool:
        """Whether this is the same search, typed further or corrected: one of them begins with the other."""
        mine, theirs = self.words.casefold(), earlier.words.casefold()
        same_place = (self.looker.user_id, self.place, self.via) == (earlier.looker.user_id, earlier.place, earlier.via)
        return same_place and (mine.startswith(theirs) or theirs.startswith(mine))


def opened(
    looker: Looker, path: str, numbers: Mapping[str, object], at: datetime, *, is_part: bool = False
) -> Opened | None:
    """The record that an address shows; None if it is none about somebody."""
    for name in reversed(list(numbers)):
        number = numbers[name]
        if name in SUBJECTS and isinstance(number, int):
            return Opened(looker, SUBJECTS[name], number, _via(path), at, not is_part)
    return None


def searched(looker: Looker, path: str, words: str, hits: int | None, at: datetime) -> Searched | None:
    """What was searched for in a list of people or of their affairs; None without words."""
    text = " ".join(words.replace("\x00", "").split())[:LONGEST]
    if not text or path.removeprefix("/api/v1").startswith(NOT_ABOUT_PEOPLE):
        return None
    return Searched(looker, path.removeprefix("/api/v1").strip("/").split("/")[0][:20], text, hits, _via(path), at)


def _via(path: str) -> str:
    return "api" if path.startswith("/api/") else "page"
