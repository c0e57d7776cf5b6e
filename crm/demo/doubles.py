"""Who is entered twice in the demo company: a firm without its legal form, a person by the nickname, and one with the names swapped.
It is the newest customers, so that their cards look like what an import or a hasty colleague leaves behind."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

AFTER = 40
"""A smaller demo company has no doubles: it is too small to meet anybody twice."""
NICKNAMES = {
    "Alexander": "Alex", "Andreas": "Andi", "Christian": "Chris", "Johanna": "Hanna", "Katharina": "Kathi", "Manfred": "Manni",
    "Maximilian": "Max", "Michael": "Michi", "Sebastian": "Basti", "Stefanie": "Steffi", "Susanne": "Susi", "Theresa": "Resi",
    "Thomas": "Tom", "Ursula": "Uschi", "Wolfgang": "Wolfi",
}  # fmt: skip
_FORM = re.compile(r"\s+(?:GmbH(?: & Co\. KG)?|KG|AG|OHG|GbR|e\. K\.)$")
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a customer in Germany; for an organisation both names of a person are empty."""

    customer_id: int
    kind: str
    name: str
    given: str
    family: str
    is_woman: bool
    street: str
    postcode: str
    town: str
    phone: str
    domain: str


class Doubles:
    """Keeps the first card that suits each kind of double, and gives its second version when the time has come."""

    def __init__(self, customers: int) -> None:
        places = [customers - back for back in (4, 9, 14)] if customers > AFTER else []
        self._version_at = dict(zip(places, (_without_form, _by_nickname, _swapped), strict=False))
        self._found: dict[object, Card] = {}
        self.customers: list[int] = []
        """Both customers of each double that was entered."""

    def see(self, card: Card) -> None:
        """One more customer was entered. Nobody stands for two doubles."""
        for version in self._version_at.values():
            if version not in self._found and card.phone and version(card) is not None:
                self._found[version] = card
                return

    def entered(self, card: Card, customer_id: int) -> None:
        self.customers += [card.customer_id, customer_id]

    def at(self, index: int) -> Card | None:
        """The card of the customer at this place, if it is to be a double."""
        version = self._version_at.get(index)
        card = self._found.get(version)
        return version(card) if version is not None and card is not None else None


def _without_form(card: Card) -> Card | None:
    """Bäckerei Krämer OHG as Baeckerei Kraemer."""
    short = _FORM.sub("", card.name).translate(_SPELT)
    return replace(card, name=short) if card.kind == "organisation" and short != card.name else None


def _by_nickname(card: Card) -> Card | None:
    return replace(card, given=NICKNAMES[card.given]) if card.given in NICKNAMES else None


def _swapped(card: Card) -> Card | None:
    return replace(card, given=card.family, family=card.given) if card.given and "-" not in card.family else None
