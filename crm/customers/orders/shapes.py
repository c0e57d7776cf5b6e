"""The shapes of products, orders and quotations as the API takes and gives them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from crm.web.parameters import Id, Version

Text = str | None
Unset = msgspec.UnsetType


class ProductIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A product. Without `name_en`, the German name serves in both languages."""

    code: Text = None
    name_de: Text = None
    name_en: Text = None
    department: Text = None


class ProductPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What to change; `active` false retires it. With `version` (or If-Match), 409 if it isn't the saved one."""

    code: Text | Unset = msgspec.UNSET
    name_de: Text | Unset = msgspec.UNSET
    name_en: Text | Unset = msgspec.UNSET
    department: Text | Unset = msgspec.UNSET
    active: bool | Unset = msgspec.UNSET
    version: Version | None = None


class ProductOut(msgspec.Struct):
    id: int
    code: str
    name_de: str
    name_en: str
    department: str
    active: bool
    version: int


class ProductList(msgspec.Struct):
    items: list[ProductOut]
    next: str | None


class ItemIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A line of an order: a product (its code), a text, or both. `price` is that of one piece."""

    product: Text = None
    text: Text = None
    quantity: Decimal | None = None
    price: Decimal | None = None


class OrderIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An order. Whose it is: `customer_id`, `customer_number` or `customer_external_id`. Without `amount`, the sum of the items;
    with `delivered_on` and no `status`, it is delivered."""

    customer_id: Id | None = None
    customer_number: Text = None
    customer_external_id: Text = None
    number: Text = None
    ordered_on: Text = None
    amount: Decimal | None = None
    currency: Text = None
    channel: Text = None
    status: Text = None
    delivered_on: Text = None
    delivery_due_on: Text = None
    items: list[ItemIn] | None = None


class OrderPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What to change; what is left out stays, null empties. `items` replaces all lines. With `version` (or If-Match), 409 if it
    isn't the saved one."""

    number: Text | Unset = msgspec.UNSET
    ordered_on: Text | Unset = msgspec.UNSET
    amount: Decimal | Unset | None = msgspec.UNSET
    currency: Text | Unset = msgspec.UNSET
    channel: Text | Unset = msgspec.UNSET
    status: Text | Unset = msgspec.UNSET
    delivered_on: Text | Unset = msgspec.UNSET
    delivery_due_on: Text | Unset = msgspec.UNSET
    items: list[ItemIn] | Unset | None = msgspec.UNSET
    version: Version | None = None


class ItemOut(msgspec.Struct):
    product: str
    text: str
    quantity: Decimal
    price: Decimal | None


class OrderOut(msgspec.Struct):
    id: int
    number: str
    customer_id: int
    customer_number: str
    customer_external_id: str | None
    ordered_on: date
    amount: Decimal
    currency: str
    channel: str
    status: str
    delivered_on: date | None
    delivery_due_on: date | None
    items: list[ItemOut]
    version: int


class OrderList(msgspec.Struct):
    items: list[OrderOut]
    next: str | None


class OrdersIn(msgspec.Struct, forbid_unknown_fields=True):
    """Orders to create or update by their number."""

    items: list[OrderIn]


class BulkItem(msgspec.Struct):
    """What became of one order; `errors` has a sentence per field."""

    outcome: str
    number: str
    id: int | None
    errors: dict[str, str]


class BulkOut(msgspec.Struct):
    created: int
    updated: int
    unchanged: int
    wrong: int
    items: list[BulkItem]


class QuotationIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A quotation in whatever state it is. Without `requested_at` it was requested now; a step without its time was taken now."""

    customer_id: Id | None = None
    customer_number: Text = None
    customer_external_id: Text = None
    number: Text = None
    subject: Text = None
    products: list[str] | None = None
    amount: Decimal | None = None
    currency: Text = None
    document_on: Text = None
    status: Text = None
    requested_at: datetime | None = None
    sent_at: datetime | None = None
    decided_at: datetime | None = None
    decline_reason: Text = None
    decision_note: Text = None


class QuotationPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What to change; what is left out stays, null empties. With `version` (or If-Match), 409 if it isn't the saved one."""

    number: Text | Unset = msgspec.UNSET
    subject: Text | Unset = msgspec.UNSET
    products: list[str] | Unset | None = msgspec.UNSET
    amount: Decimal | Unset | None = msgspec.UNSET
    currency: Text | Unset = msgspec.UNSET
    document_on: Text | Unset = msgspec.UNSET
    status: Text | Unset = msgspec.UNSET
    requested_at: datetime | Unset | None = msgspec.UNSET
    sent_at: datetime | Unset | None = msgspec.UNSET
    decided_at: datetime | Unset | None = msgspec.UNSET
    decline_reason: Text | Unset = msgspec.UNSET
    decision_note: Text | Unset = msgspec.UNSET
    version: Version | None = None


class QuotationOut(msgspec.Struct):
    """`turnaround_min` and `decision_min` are minutes of business time; `waiting_min` is how long an open one has waited by now."""

    id: int
    number: str | None
    subject: str
    customer_id: int
    customer_number: str
    customer_external_id: str | None
    products: list[str]
    amount: Decimal | None
    currency: str
    document_on: date | None
    status: str
    requested_at: datetime
    sent_at: datetime | None
    decided_at: datetime | None
    decline_reason: str
    decision_note: str
    turnaround_min: int | None
    decision_min: int | None
    waiting_min: int | None
    version: int


class QuotationList(msgspec.Struct):
    items: list[QuotationOut]
    next: str | None


def said(data: msgspec.Struct) -> dict[str, Any]:
    """The fields of a new record that were sent, null counting as not sent; nested structs as dictionaries."""
    return {name: value for name, value in msgspec.to_builtins(data, builtin_types=_KEPT).items() if value is not None}


def patched(data: msgspec.Struct) -> dict[str, Any]:
    """The fields of a change that were sent, null included."""
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    sent.pop("version", None)
    return {name: msgspec.to_builtins(value, builtin_types=_KEPT) for name, value in sent.items()}


_KEPT = (Decimal, datetime, date)
