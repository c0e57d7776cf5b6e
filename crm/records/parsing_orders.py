"""Reads the rows of old orders: what shops and inventory systems write, in the words that `upsert_orders` takes. What is
wrong with a value it says itself, knowing the orders, customers and products that are there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.customers.orders.rules import OrderStatus
from crm.records import values
from crm.web.forms import Fields
from crm.web.i18n import zone

SAID = (
    "number", "ordered_on", "amount", "currency", "channel", "status", "delivered_on", "delivery_due_on", "product", "text",
    "quantity", "price",
)  # fmt: skip
"""The fields of an import of orders, which are the columns of `upsert_orders`."""

_DAYS = ("ordered_on", "delivered_on", "delivery_due_on")
_NUMBERS = ("amount", "quantity", "price")
_STATUSES = {
    OrderStatus.ORDERED: (
        "offen", "neu", "eingegangen", "ausstehend", "bestellung eingegangen", "wartend", "in wartestellung", "zahlung ausstehend",
        "open", "new", "pending", "pending payment", "on-hold", "on hold", "unfulfilled", "authorized", "created", "received",
    ),
    OrderStatus.CONFIRMED: (
        "auftrag", "auftragsbestätigung", "in bearbeitung", "in arbeit", "angenommen", "freigegeben", "beauftragt", "processing",
        "in progress", "accepted", "approved",
    ),
    OrderStatus.SHIPPED: (
        "versandt", "versendet", "verschickt", "unterwegs", "in zustellung", "abgeschickt", "fulfilled", "dispatched", "in transit",
        "sent", "partial", "partially fulfilled", "teilgeliefert", "teillieferung",
    ),
    OrderStatus.DELIVERED: ("ausgeliefert", "zugestellt", "übergeben", "abgeholt", "handed over", "picked up"),
    OrderStatus.INVOICED: ("fakturiert", "in rechnung gestellt", "rechnung", "rechnung gestellt", "abgerechnet", "billed",
        "partially paid",
    ),
    OrderStatus.PAID: (
        "abgeschlossen", "erledigt", "fertig", "beglichen", "zahlung erhalten", "completed", "complete", "closed", "done", "settled",
        "partially refunded",
    ),
    OrderStatus.CANCELLED: (
        "storno", "abgebrochen", "widerrufen", "zurückgezogen", "erstattet", "rückerstattet", "fehlgeschlagen", "abgelehnt", "retourniert",
        "canceled", "refunded", "failed", "voided", "returned", "expired",
    ),
}  # fmt: skip
_CHANNELS = {
    "phone": ("telefonisch", "anruf", "call"), "email": ("mail", "e mail"), "letter": ("post", "brief", "fax"),
    "visit": ("vor ort", "laden", "ladengeschäft", "filiale", "kasse", "pos", "point of sale", "aussendienst", "außendienst", "vertreter"),
    "web": ("shop", "onlineshop", "online-shop", "webshop", "online", "internet", "web", "online store", "checkout", "ebay", "amazon",
        "marktplatz", "marketplace"),
    "fair": ("messe",), "other": ("sonstige", "sonstiges", "andere"),
}  # fmt: skip
"""Words of other programs beside our own, which `upsert_orders` knows in both languages."""

_CLOCK = re.compile(r",?\s+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AaPp][Mm])?(?:\s?Uhr)?$")
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)? ?(Z|UTC|[+-]\d{2}:?\d{2})")
_BINARY_FRACTION = re.compile(r"-?\d+\.\d{9,}")


def order_row(fields: Fields, *, is_american: bool) -> dict[str, Any]:
    """What a row says of its order, blank values left out. Without a number nobody knows which order it is."""
    fields.text("number", required=True, limit=10_000)
    said = {code: str(fields.values[code]).strip() for code in SAID if str(fields.values.get(code, "")).strip()}
    said |= {code: _day(said[code], is_american=is_american) for code in _DAYS if code in said}
    said |= {code: _number(said[code]) for code in _NUMBERS if code in said}
    for code, words in (("status", _STATUSES), ("channel", _CHANNELS)):
        if code in said:
            said[code] = _code(said[code], words)
    if "currency" in said:
        said["currency"] = {"€": "EUR", "$": "USD", "£": "GBP", "EURO": "EUR"}.get(
            said["currency"].upper(), said["currency"]
        )
    if "number" in said:
        said["number"] = " ".join(said["number"].split())
    return {"order": {code: text for code, text in said.items() if text}}


def _code(said: str, words: Mapping[Any, tuple[str, ...]]) -> str:
    plain = " ".join(said.lower().replace("_", " ").split())
    return next((str(code) for code, each in words.items() if plain in each), said)


def _day(text: str, *, is_american: bool) -> str:
    """The day of a date or a moment: of one with its zone, the day that it was here."""
    if found := _STAMP.fullmatch(text):
        offset = "+00:00" if found[3] in ("Z", "UTC") else found[3]
        try:
            return datetime.fromisoformat(f"{found[1]}T{found[2]}{offset}").astimezone(zone.get()).date().isoformat()
        except (ValueError, OverflowError):
            return text
    return values.day(_CLOCK.sub("", text), is_american=is_american)


def _number(text: str) -> str:
    """A number without what a spreadsheet's binary arithmetic has left behind it: 59.970000000000006 is 59.97."""
    return f"{round(float(text), 6):.6f}".rstrip("0").rstrip(".") if _BINARY_FRACTION.fullmatch(text) else text
