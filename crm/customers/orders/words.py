"""The words of orders, quotations and products: codes in, sentences in the language of the moment out."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from babel.numbers import format_decimal

from crm.customers.amounts import AMOUNT_DIGITS, FIRST_CURRENCIES, currencies
from crm.customers.orders import rules
from crm.customers.quotations import quoting
from crm.web.i18n import N_, _, language, locale

QUOTATION_STATUSES = {
    "requested": N_("asked for"), "sent": N_("sent"), "accepted": N_("accepted"), "declined": N_("declined"),
}  # fmt: skip
DECLINE_REASONS = {
    "price": N_("too expensive"), "competitor": N_("bought elsewhere"), "too_late": N_("our quotation came too late"),
    "product": N_("product does not fit"), "postponed": N_("put off"), "no_need": N_("no need any more"),
    "no_answer": N_("no answer"), "other": N_("other reason"),
}  # fmt: skip
FIELDS = {
    "amount": N_("Amount"), "code": N_("Product number"),
    "currency": N_("Currency"), "customer": N_("Customer"), "decided_at": N_("Decided"),
    "decision_note": N_("What the customer said"), "decline_reason": N_("Reason"), "delivered_on": N_("Delivered on"),
    "delivery_due_on": N_("Delivery promised for"), "department": N_("Department"), "document_on": N_("Date of the document"),
    "items": N_("Items"), "name_de": N_("Name (German)"), "name_en": N_("Name (English)"), "number": N_("Number"),
    "ordered_on": N_("Ordered on"), "price": N_("Price of one"), "product": N_("Product"), "products": N_("Products"),
    "quantity": N_("Quantity"), "requested_at": N_("Requested"), "retired_at": N_("Retired"), "sent_at": N_("Sent"),
    "subject": N_("Subject"), "text": N_("Text"), "channel": N_("Channel"), "status": N_("Status"),
}  # fmt: skip
"""Labels on forms and in the audit trail."""

_ORDER_SLIPS = {
    rules.Slip.NO_DELIVERY_DATE: N_("Please enter when it was delivered: the status says that it was."),
    rules.Slip.DELIVERED_ALREADY: N_(
        "This order has a date of delivery, so its status is “delivered” or a later one. Or leave the date blank."
    ),
    rules.Slip.DELIVERED_BEFORE_ORDERED: N_("Nothing is delivered before it was ordered. Please check both dates."),
    rules.Slip.DUE_BEFORE_ORDERED: N_(
        "A delivery cannot be promised for a day before the order. Please check both dates."
    ),
}
_QUOTATION_SLIPS = {
    quoting.Slip.NOT_SENT: N_(
        "A quotation that is only requested was not sent yet. Leave this blank, or choose “sent”."
    ),
    quoting.Slip.NOT_DECIDED: N_(
        "This quotation is not decided. Leave this blank, or choose “accepted” or “declined”."
    ),
    quoting.Slip.NOT_DECLINED: N_("There is a reason only where the customer declined."),
    quoting.Slip.NO_NUMBER: N_("A quotation that was sent has a number. Please enter it."),
    quoting.Slip.NO_REASON: N_("Please choose why the customer declined. “Other reason” will do."),
    quoting.Slip.SENT_BEFORE_REQUESTED: N_("It was sent before it was requested. Please check both times."),
    quoting.Slip.DECIDED_BEFORE_SENT: N_("It was decided before it was sent or requested. Please check the times."),
    quoting.Slip.IN_FUTURE: N_("This time lies in the future. Please enter when it happened."),
}


def order_slip(slip: rules.Slip) -> str:
    return _(_ORDER_SLIPS[slip])


def quotation_slip(slip: quoting.Slip) -> str:
    return _(_QUOTATION_SLIPS[slip])


def label(name: str) -> str:
    return _(FIELDS[name])


def labels() -> dict[str, str]:
    return {name: _(text) for name, text in FIELDS.items()}


def currency_options() -> list[tuple[str, str]]:
    """Currencies for choosing: those of the neighbourhood first, then all others by code."""
    return list(_currency_options(language.get()))


@cache
def _currency_options(_language: str) -> tuple[tuple[str, str], ...]:
    names = locale().currencies
    others = sorted(currencies() - set(FIRST_CURRENCIES))
    return tuple((code, f"{code} · {names.get(code, code)}") for code in (*FIRST_CURRENCIES, *others))


def plain_number(value: Decimal | None, digits: int = 2) -> str:
    """A number as its reader types it into a field: "1234,50"; at least two digits of cents, none of pieces."""
    if value is None:
        return ""
    pattern = "0." + "0" * digits if digits == AMOUNT_DIGITS else "0.###"
    return str(format_decimal(value, pattern, locale=locale()))
