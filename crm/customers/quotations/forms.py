"""Turns the fields of a form or an API body into the values of a quotation, or into all their errors at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from crm.customers.orders import reading as read
from crm.customers.orders.words import DECLINE_REASONS, QUOTATION_STATUSES
from crm.customers.quotations.quoting import QuotationStatus
from crm.web.forms import Fields
from crm.web.i18n import _

MOST_PRODUCTS = 50
PRODUCT_LINES = 3
"""Blank fields for products on the form, beside those that are filled."""


def quotation_values(
    fields: Fields, *, today: date, language: str, known: Mapping[str, str], only: Collection[str] | None = None
) -> dict[str, Any]:
    """The values of a quotation: all that its form has, or `only` those that were sent. `check()` is the caller's."""

    said = set(FIELDS if only is None else only)
    values: dict[str, Any] = {name: reader(fields) for name, reader in _READERS.items() if name in said}
    written = read.written_currency(fields, "amount", language) if "amount" in said else ""
    if "currency" in said or written:
        values["currency"] = read.currency(fields, default=written or "EUR")
    if "amount" in said:
        values["amount"] = read.amount(fields, "amount", language, currency=values.get("currency", ""))
    if "document_on" in said:
        values["document_on"] = read.day(fields, "document_on", today, may_be_ahead=True)
    values |= {name: read.moment(fields, name) for name in MOMENTS if name in said}
    if values.get("requested_at") is None:  # when it was requested is always known: at the latest, now
        values.pop("requested_at", None)
    if "products" in said:
        values["products"] = _products(fields, known)
    return values


MOMENTS = ("requested_at", "sent_at", "decided_at")
_READERS: dict[str, Callable[[Fields], Any]] = {
    "subject": lambda fields: fields.text("subject", required=True),
    "number": lambda fields: fields.text("number", limit=60) or None,
    "status": lambda fields: QuotationStatus(
        read.code(fields, "status", QUOTATION_STATUSES, QuotationStatus.REQUESTED)
    ),
    "decline_reason": lambda fields: read.code(fields, "decline_reason", DECLINE_REASONS),
    "decision_note": lambda fields: fields.text("decision_note", limit=1000, many_lines=True),
}
FIELDS = (*_READERS, *MOMENTS, "currency", "amount", "document_on", "products")


def named_products(values: Mapping[str, Any]) -> list[Any]:
    """What was entered as products: a list (the API), or the fields product_0, product_1 ... of the form."""
    sent = values.get("products")
    if isinstance(sent, list):
        return list(sent)
    return [values[name] for name in product_fields(values)]


def product_fields(names: Iterable[str]) -> list[str]:
    """The names of the form's fields for products, in their order."""
    numbers = [name.removeprefix("product_") for name in names if name.startswith("product_")]
    return [
        f"product_{n}"
        for n in sorted({int(text) for text in numbers if text.isascii() and text.isdigit() and len(text) < 5})
    ]


def _products(fields: Fields, known: Mapping[str, str]) -> tuple[str, ...]:
    """The codes of the products, each once."""
    sent = fields.values.get("products")
    rows: dict[str, Any] = (
        {f"products.{n}": value for n, value in enumerate(sent)}
        if isinstance(sent, list)
        else {name: fields.values.get(name, "") for name in product_fields(fields.values)}
    )
    if len(rows) > MOST_PRODUCTS:
        sentence = _("A quotation names at most %(limit)s products; these are %(n)s.")
        fields.error("products", sentence % {"limit": MOST_PRODUCTS, "n": len(rows)})
        return ()
    codes = []
    for name, value in rows.items():
        line = Fields({"product": value})
        codes.append(read.product(line, "product", known))
        if line.errors:
            fields.error(name, line.errors["product"])
    return tuple(dict.fromkeys(code for code in codes if code))
