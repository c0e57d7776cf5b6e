"""Reads the rows of products and quotations: what inventory systems write, as the forms of both take it. What is wrong with
a value the forms say, knowing the customers, products and quotations that are there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from crm.customers.quotations.quoting import QuotationStatus
from crm.web.forms import Fields

PRODUCT = ("code", "name_de", "name_en", "department")
_TEXTS = ("number", "subject", "amount", "currency", "document_on", "status", "decline_reason", "decision_note")
_MOMENTS = ("requested_at", "sent_at", "decided_at")
_STATUSES = {
    QuotationStatus.REQUESTED: ("neu", "offen", "entwurf", "in arbeit", "in bearbeitung", "anfrage", "new", "open", "draft", "enquiry"),
    QuotationStatus.SENT: (
        "versendet", "verschickt", "abgegeben", "gesendet", "versandt", "gedruckt", "wartet", "nachfassen", "angebot", "delivered",
        "waiting", "pending", "proposal", "quoted",
    ),
    QuotationStatus.ACCEPTED: (
        "angenommen", "beauftragt", "auftrag", "bestellt", "gewonnen", "zugesagt", "erledigt", "abgeschlossen", "won", "closed won",
        "ordered",
    ),
    QuotationStatus.DECLINED: (
        "abgelehnt", "abgesagt", "verloren", "storniert", "abgebrochen", "absage", "lost", "closed lost", "rejected", "cancelled",
    ),
}  # fmt: skip
"""Words of other programs beside our own, which the form knows in both languages."""

Moment = Callable[[str, bool], datetime | None]


def product_row(fields: Fields) -> dict[str, Any]:
    """What a row says of its product, blank values left out."""
    fields.text("code", required=True, limit=60)
    said = {code: fields.text(code, limit=200) for code in PRODUCT}
    return {"product": {code: text for code, text in said.items() if text}}


def quotation_row(fields: Fields, moment: Moment) -> dict[str, Any]:
    """What a row says of its quotation, blank values left out. A day alone stands as its noon."""
    number = fields.text("number", required=True, limit=60)
    said: dict[str, Any] = {code: text for code in _TEXTS if (text := str(fields.values.get(code, "")).strip())}
    said |= {code: at for code in _MOMENTS if fields.values.get(code) and (at := moment(code, False))}
    said["number"] = number  # as it is saved: blanks within it collapsed
    if "status" in said:
        said["status"] = _status(said["status"])
    if named := str(fields.values.get("products", "")).strip():
        said["products"] = [name for part in re.split(r"[,;|\n]", named) if (name := part.strip())]
    return {"quotation": said}


def _status(said: str) -> str:
    plain = " ".join(said.lower().replace("_", " ").split())
    return next((code.value for code, words in _STATUSES.items() if plain in words), said)
