"""Turns the fields of a form, an API body or rows of a table into the values of an order, or into all their errors at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from crm.customers.amounts import HIGHEST_AMOUNT
from crm.customers.orders import reading as read
from crm.customers.orders.data import MOST_ITEMS, Item, OrderRecord, changed_record, items_sum, new_record, slips_of
from crm.customers.orders.rules import OrderStatus
from crm.customers.orders.words import order_slip
from crm.customers.words import CHANNELS, ORDER_STATUSES
from crm.web.forms import Fields
from crm.web.i18n import _

Known = Mapping[str, str]
"""What a product may be called, in small letters -> its code (products/queries.known_products)."""

ITEM_FIELDS = ("product", "text", "quantity", "price")
NUMBER_LIMIT = 60
_ITEM_FIELD = re.compile(r"item_([0-9]{1,6})_(product|text|quantity|price)")


def order_values(fields: Fields, *, today: date, language: str, only: Collection[str] | None = None) -> dict[str, Any]:
    """The values of an order without its items: all that its form has, or `only` those that were sent. A blank amount is
    None: the sum of the items. `check()` is the caller's."""

    def is_said(name: str) -> bool:
        return only is None or name in only

    values: dict[str, Any] = {}
    if is_said("number"):
        values["number"] = fields.text("number", required=True, limit=NUMBER_LIMIT)
    if is_said("ordered_on"):
        values["ordered_on"] = read.day(fields, "ordered_on", today, required=True)
    written = read.written_currency(fields, "amount", language) if is_said("amount") else ""
    if is_said("currency") or written:
        values["currency"] = read.currency(fields, default=written or "EUR")
    if is_said("amount"):
        values["amount"] = read.amount(fields, "amount", language, currency=values.get("currency", ""))
    if is_said("channel"):
        values["channel"] = read.code(fields, "channel", CHANNELS)
    if is_said("status"):
        values["status"] = OrderStatus(read.code(fields, "status", ORDER_STATUSES, OrderStatus.ORDERED))
    if is_said("delivered_on"):
        values["delivered_on"] = read.day(fields, "delivered_on", today)
    if is_said("delivery_due_on"):
        values["delivery_due_on"] = read.day(fields, "delivery_due_on", today, may_be_ahead=True)
    return values


def form_rows(fields: Fields) -> dict[int, dict[str, Any]]:
    """What was typed into the lines of the form (item_0_text, item_0_price ...) by line; blank lines are left out."""
    rows: dict[int, dict[str, Any]] = {}
    for name, value in fields.values.items():
        if (found := _ITEM_FIELD.fullmatch(name)) and str(value).strip():
            rows.setdefault(int(found[1]), {})[found[2]] = value
    return {n: rows[n] for n in sorted(rows)}


def form_items(fields: Fields, language: str, known: Known) -> tuple[Item, ...]:
    """The lines of the form in their order."""
    rows = form_rows(fields)
    return items_of(fields, rows.values(), language, known, names=[f"item_{n}_" for n in rows])


def items_of(
    fields: Fields, rows: Iterable[Mapping[str, Any]], language: str, known: Known, *, names: list[str] | None = None
) -> tuple[Item, ...]:
    """Lines from their values; an error stands beside `items.0.price`, or where `names` says."""
    listed = list(rows)
    if len(listed) > MOST_ITEMS:
        sentence = _("An order has at most %(limit)s lines; this one has %(n)s. Please put some of them together.")
        fields.error("items", sentence % {"limit": MOST_ITEMS, "n": len(listed)})
        return ()
    items = []
    for n, row in enumerate(listed):
        line = Fields(row)
        items.append(item_of(line, language, known))
        prefix = names[n] if names else f"items.{n}."
        for name, sentence in line.errors.items():
            fields.error(prefix + name, sentence)
    return tuple(items)


def item_of(fields: Fields, language: str, known: Known) -> Item:
    """One line; it names a product or says something itself. `check()` is the caller's."""
    item = Item(
        product=read.product(fields, "product", known), text=fields.text("text", limit=500),
        quantity=read.quantity(fields, "quantity", language), price=read.amount(fields, "price", language),
    )  # fmt: skip
    if not item.product and not item.text and not fields.errors:
        fields.error("text", _("Please enter a product or a text."))
    return item


def created(fields: Fields, customer_id: int, values: dict[str, Any]) -> OrderRecord:
    """The new order that the values make. Raises Invalid with every error."""
    for name in ("number", "ordered_on"):
        if not values.get(name):
            fields.error(name, _("Please fill this in."))
    _sum_up(fields, values, values.get("items", ()))
    fields.check()
    return _fitting(fields, new_record(customer_id, values))


def changed(fields: Fields, before: OrderRecord, values: dict[str, Any]) -> OrderRecord:
    """The order as the values change it. Raises Invalid with every error."""
    if "amount" in values:
        _sum_up(fields, values, values.get("items", before.items))
    fields.check()
    return _fitting(fields, changed_record(before, values))


def _sum_up(fields: Fields, values: dict[str, Any], items: tuple[Item, ...]) -> None:
    """A blank amount is what the items add up to."""
    if values.get("amount") is not None or "amount" in fields.errors or "items" in fields.errors:
        return
    values["amount"] = items_sum(items)
    if values["amount"] is None:
        fields.error("amount", _("Please enter the amount, or a price for each line: then they are added up."))


def _fitting(fields: Fields, record: OrderRecord) -> OrderRecord:
    if record.amount > HIGHEST_AMOUNT:
        fields.error("amount", _("The lines add up to more than fits. Please check quantities and prices."))
    for name, slip in slips_of(record).items():
        fields.error(name, order_slip(slip))
    fields.check()
    return record
