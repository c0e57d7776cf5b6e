"""What the demo company sells: code, German and English name, department, price of one in cents, and how it is ordered."""

from __future__ import annotations

from typing import Literal, NamedTuple

Use = Literal["main", "extra", "shop", "retired"]


class Ware(NamedTuple):
    """A product. A main one carries an order, an extra goes with it, the shop's are ordered alone and again."""

    code: str
    german: str
    english: str
    department: str
    cents: int
    use: Use
    most: int = 1


WARES = (
    Ware("KZ-100", "Küchenzeile „Havel“", "Havel kitchen unit", "Fertigung", 489_000, "main"),
    Ware("KI-200", "Kücheninsel „Elbe“", "Elbe kitchen island", "Fertigung", 642_000, "main"),
    Ware("ES-510", "Einbauschrank nach Maß", "Made-to-measure wardrobe", "Fertigung", 189_000, "main", 3),
    Ware("ET-700", "Empfangstheke", "Reception desk", "Objektbau", 524_000, "main"),
    Ware("AP-310", "Arbeitsplatte Eiche massiv", "Solid oak worktop", "Fertigung", 28_900, "extra", 6),
    Ware("AP-320", "Arbeitsplatte Granit Nero", "Nero granite worktop", "Einkauf", 44_900, "extra", 5),
    Ware("FR-400", "Front „Lino“ matt", "Lino front, matt", "Fertigung", 17_900, "extra", 12),
    Ware("HS-520", "Hochschrank mit Apothekerauszug", "Tall larder unit", "Fertigung", 129_000, "extra", 2),
    Ware("DH-620", "Dunsthaube mit Umluft", "Recirculating cooker hood", "Einkauf", 98_000, "extra"),
    Ware(
        "MO-900", "Montage und Anschluss (Stunde)", "Installation and connection (hour)", "Montage", 9_500, "extra", 16
    ),
    Ware("SP-610", "Spüle mit Unterbau", "Sink with base unit", "Einkauf", 69_000, "shop", 2),
    Ware("SK-630", "Schubkasten mit Dämpfung", "Soft-close drawer", "Ersatzteile", 8_400, "shop", 8),
    Ware("PF-640", "Pflegeset für Holz", "Wood care kit", "Ersatzteile", 2_950, "shop", 6),
    Ware("BM-800", "Badmöbel „Saale“", "Saale bathroom furniture", "Fertigung", 213_000, "retired"),
)

REASONS = (
    "price",
    "price",
    "price",
    "competitor",
    "competitor",
    "no_answer",
    "no_answer",
    "postponed",
    "too_late",
    "no_need",
    "product",
)
"""Why customers decline, the frequent ones more than once."""
SAID = {
    "price": ("Findet unser Angebot 15 % zu hoch.", "Says it is more than they had planned."),
    "competitor": ("Hat bei einem Händler am Ort gekauft.", "Bought from a local dealer."),
    "postponed": ("Umbau verschoben, meldet sich im Frühjahr.", "The rebuild has been put off until spring."),
    "too_late": ("Hatte sich schon entschieden, als unser Angebot kam.", "Had decided before our quotation arrived."),
    "product": ("Sucht eine Front in Hochglanz, die haben wir nicht.", "Wants a gloss front, which we do not make."),
}
"""What they say with it, in German and English."""
