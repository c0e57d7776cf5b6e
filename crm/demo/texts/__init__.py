"""What people said and wrote in the demo company, as text with {variables}; one module per kind of text.

A line that begins with "+ " belongs to a contact that went well, one with "- " to one that went badly; others fit both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PRODUCTS = {
    "de": (
        "Küchenzeile „Havel“", "Kücheninsel „Elbe“", "Arbeitsplatte Eiche massiv", "Arbeitsplatte Granit Nero", "Front „Lino“ matt",
        "Einbauschrank nach Maß", "Hochschrank mit Apothekerauszug", "Eckschrank mit Schwenkauszug", "Spüle mit Unterbau",
        "Dunsthaube mit Umluft", "Schubkästen mit Dämpfung", "Garderobe „Kiel“", "Empfangstheke", "Badmöbel „Saale“",
    ),
    "en": (
        "Havel kitchen unit", "Elbe kitchen island", "solid oak worktop", "Nero granite worktop", "Lino fronts, matt",
        "made-to-measure wardrobe", "tall larder unit", "corner unit", "reception desk", "soft-close drawers",
    ),
}  # fmt: skip


SIGNS = {
    "phone": re.compile(
        r"Telefon|telefonisch|Ruft |Anruf|auf dem Band|Warteschleife|Hing |Nicht erreicht|on the phone|on hold|called|Called"
    ),
    "email": re.compile(r"E-Mail|Schickt Fotos|Sends photos|Angebot über|Sent a quotation"),
    "visit": re.compile(
        r"Besuch|vor Ort|Vor-Ort|Termin in der Ausstellung|on site|Visited|mit der ganzen Familie hier"
    ),
    "letter": re.compile(r"Karte|verschickt|a card"),
}
"""Words by which a line betrays its channel."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text; its channel, empty if it fits any; whether there is something to fill in."""

    text: str
    channel: str
    has_variables: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one kind in one language, sorted by how the contact went."""

    good: tuple[Line, ...]
    neutral: tuple[Line, ...]
    bad: tuple[Line, ...]

    def for_tone(self, tone: int) -> tuple[Line, ...]:
        """Lines for how it went: -1 badly, 0 so-so, 1 well; neutral lines go with the last two."""
        if tone < 0:
            return self.bad or self.neutral or self.good
        if tone > 0:
            return self.good + self.neutral or self.bad
        return self.neutral or self.good or self.bad


def lines(text: str) -> Lines:
    """The lines of a block of text."""
    found: dict[str, list[Line]] = {"+": [], "": [], "-": []}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        mark, rest = (line[0], line[2:]) if re.match(r"[+-] ", line) else ("", line)
        channel = next((channel for channel, signs in SIGNS.items() if signs.search(rest)), "")
        found[mark].append(Line(rest, channel, "{" in rest))
    return Lines(tuple(found["+"]), tuple(found[""]), tuple(found["-"]))
