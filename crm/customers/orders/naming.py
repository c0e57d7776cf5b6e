"""Which order a text is about: by a number that it names, or by having come soon after an order. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

SOON_AFTER_ORDERING = timedelta(days=30)
SOON_AFTER_DELIVERY = timedelta(days=14)
LONGEST = 60
MOST_NAMES = 200
BARE_DIGITS = 6
"""Fewer digits than this with nothing else in them are a year, a sum or a postal code, unless a word says that they name an order."""

_NAME = re.compile(r"[^\W_][\w./-]*[^\W_]|\d")
_SAYS_ORDER = re.compile(
    r"(?:auftr(?:ag|äge|ags)|bestell(?:ung|ungen|nummer|nr)|order|lieferung|purchase|nummer|number|\bpo\b|\bnr|\bno|#)[\w.]*[\s:.#]*$",
    re.IGNORECASE,
)
_LOOKS_BACK = 24


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order of the customer, as far as its being meant can be told from it."""

    id: int
    number: str
    ordered_on: date
    delivered_on: date | None = None
    is_cancelled: bool = False


def names_in(text: str) -> list[str]:
    """What in a text could be the number of an order, in lower case and in the order of the text: words with a digit in them.
    Bare digits count from BARE_DIGITS on, shorter ones only behind a word such as "Auftrag" or "Nr."."""
    found: dict[str, None] = {}
    if not any(map(str.isdigit, text)):
        return []
    for match in _NAME.finditer(text):
        name = match.group()
        if len(name) > LONGEST or not any(character.isdigit() for character in name):
            continue
        before = text[max(0, match.start() - _LOOKS_BACK) : match.start()]
        if name.isdigit() and len(name) < BARE_DIGITS and not _SAYS_ORDER.search(before):
            continue
        found[name.lower()] = None
        if len(found) == MOST_NAMES:
            break
    return list(found)


def soon_before(on: date, orders: Iterable[KnownOrder], settled: Sequence[int] = ()) -> KnownOrder | None:
    """The order that something on that day may be about: the latest that was placed within 30 days before or delivered within
    14. Not one that was called off, and none of those in `settled`, about which somebody has decided already. To be
    asked about, never to be taken for granted."""
    meant = [
        order
        for order in orders
        if order.id not in settled
        and not order.is_cancelled
        and (
            timedelta(0) <= on - order.ordered_on <= SOON_AFTER_ORDERING
            or (order.delivered_on is not None and timedelta(0) <= on - order.delivered_on <= SOON_AFTER_DELIVERY)
        )
    ]
    return max(meant, key=lambda order: (order.ordered_on, order.id), default=None)
