"""The words of a copy: what columns are called, and what codes, dates and numbers mean to whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.accounts.action_words import action_name
from crm.accounts.field_words import field_name, shown
from crm.accounts.subject_words import subject_name
from crm.consents.sentences import BASES, EVENTS, EVIDENCE, SOURCES
from crm.customers import words as customers
from crm.customers.orders.words import DECLINE_REASONS, QUOTATION_STATUSES
from crm.files.words import size_text
from crm.improvement import words as improvement
from crm.interactions.calls import words as calls
from crm.interactions.words import DIRECTIONS
from crm.mail.words import DELIVERY
from crm.records.export_purposes import FIXED
from crm.records.export_words import FORMATS, RECIPIENTS
from crm.records.sentences import OUTCOMES
from crm.service_levels.words import PRIORITIES
from crm.tickets import words as tickets
from crm.web.formats import exact, num, percent, phone, short_date
from crm.web.i18n import N_, _, word

NOTES = {
    "subject": N_("Subject"), "title": N_("Title"), "result": N_("What came of it"), "quoted": N_("Quoted text"),
    "request": N_("What the person asks for"), "identity_how": N_("How the identity was checked"), "weighing": N_("Weighing"),
    "extension_reason": N_("Reason for more time"), "refusal_reason": N_("Reason of the refusal"),
    "lifted_reason": N_("Reason for lifting it"), "taken_back_reason": N_("Reason for taking it back"),
    "delete_reason": N_("Reason of the deletion"),
}  # fmt: skip
"""The free texts of an entry that has several, apart from its main one."""

MESSAGES = {
    "inbound": N_("from you"), "reply": N_("our answer"), "note": N_("note among colleagues"),
    "forward": N_("passed on to somebody outside"), "outside": N_("answer from somebody outside"),
}  # fmt: skip
DUTIES = {"pending": N_("not informed yet"), "sent": N_("informed"), "not_needed": N_("not needed")}
VALUE_SOURCES = {
    "form": N_("entered by staff"), "import": N_("Import"), "api": N_("from another program"), "survey": N_("from a survey"),
}  # fmt: skip
METRICS = {
    "nps": N_("Would recommend us (0 to 10)"),
    "csat": N_("Satisfaction (1 to 5)"),
    "effort": N_("Ease (1 to 7)"),
}
DISPLAYED_JSON = 40
"""So many values of a JSON column are listed on paper; the archive has all."""

AMOUNTS = frozenset({"amount", "price", "revenue", "average_order", "quantity", "share"})

_EVERYWHERE: Mapping[str, Mapping[Any, str]] = {
    "channel": customers.CHANNELS, "direction": DIRECTIONS, "language": customers.LANGUAGES, "priority": PRIORITIES,
    "form_of_address": customers.FORMS_OF_ADDRESS, "preferred_channel": customers.PREFERRED_CHANNELS,
    "origin_code": customers.ORIGINS, "decline_reason": DECLINE_REASONS, "metric": METRICS, "event": EVENTS,
    "recipient_kind": RECIPIENTS, "format": FORMATS, "before": customers.STATUSES, "after": customers.STATUSES,
    "trigger": customers.STATUS_TRIGGERS, "reason_code": customers.LOSS_REASONS, "category": improvement.CATEGORIES,
    "level": improvement.LEVELS, "cause": tickets.CAUSES, "occasion": tickets.OCCASIONS,
    "heading": {code: name for known in improvement.HEADINGS.values() for code, name in known.items()},
}  # fmt: skip
_OF_TABLE: Mapping[tuple[str, str], Mapping[Any, str]] = {
    ("customer", "kind"): customers.KINDS, ("customer", "status"): customers.STATUSES,
    ("email_address", "kind"): customers.EMAIL_KINDS, ("phone_number", "kind"): customers.PHONE_KINDS,
    ("postal_address", "kind"): customers.ADDRESS_KINDS, ("web_address", "kind"): customers.WEB_KINDS,
    ("ticket", "kind"): tickets.KINDS, ("ticket", "status"): customers.TICKET_STATUSES,
    ("ticket_message", "kind"): MESSAGES, ("customer_order", "status"): customers.ORDER_STATUSES,
    ("quotation", "status"): QUOTATION_STATUSES, ("outbox_message", "status"): DELIVERY, ("consent_event", "source"): SOURCES,
    ("attribute_basis", "basis"): BASES, ("attribute_value", "source"): VALUE_SOURCES,
    ("information_duty", "status"): DUTIES, ("feedback", "kind"): improvement.KINDS,
    ("timeline_entry", "kind"): customers.TIMELINE_KINDS, ("import_row", "outcome"): OUTCOMES,
    ("export_run", "purpose"): {one.code: one.label for one in FIXED}, ("call_back", "kind"): calls.KINDS,
    ("call_back", "outcome"): calls.OUTCOMES,
}  # fmt: skip


def value_text(table: str, column: str, value: Any, purposes: Mapping[str, str]) -> str:
    """A value as people read it, in the language of the moment."""
    if value is None or value == "" or value == {} or value == []:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return _pairs(value)
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value[:DISPLAYED_JSON])
    if isinstance(value, int):
        return size_text(value) if column == "size" else str(value) if column in ("ticket", "id") else num(value)
    return _text(table, column, str(value), purposes)


def _text(table: str, column: str, value: str, purposes: Mapping[str, str]) -> str:
    if column in AMOUNTS:
        return _amount(column, value)
    known = _OF_TABLE.get((table, column)) or _EVERYWHERE.get(column)
    if known and value in known:
        return word(known, value)
    if column == "purpose":
        return purposes.get(value, value)
    if column == "action":
        return action_name(value)
    if column == "subject_kind":
        return subject_name(value)
    if table == "phone_number" and column == "number":
        return phone(value)
    if column.endswith("_at") or column in ("at", "valid_from", "until"):
        return moment_text(value)
    if column.endswith("_on") or column in ("birthday", "on_date"):
        return _day(value)
    return value


def _amount(column: str, value: str) -> str:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return value
    if column == "share":
        return percent(float(amount), 2)
    return (
        num(amount.normalize() + 0, 0 if amount == amount.to_integral_value() else None)
        if column == "quantity"
        else num(amount, 2)
    )


def moment_text(value: str) -> str:
    try:
        return exact(datetime.fromisoformat(value))
    except ValueError:
        return value


def _day(value: str) -> str:
    try:
        return short_date(date.fromisoformat(value))
    except ValueError:
        return value


def _pairs(values: Mapping[str, Any]) -> str:
    """What a JSON column says: "Vorname: Anna → Anne; Ort: Nürnberg"."""
    told = []
    for name, value in list(values.items())[:DISPLAYED_JSON]:
        label = word(EVIDENCE, name) if name in EVIDENCE else field_name(name)
        if isinstance(value, list) and len(value) == 2 and not any(isinstance(one, (list, dict)) for one in value):
            told.append(f"{label}: {shown(value[0])} → {shown(value[1])}")
        elif value not in (None, "", [], {}):
            told.append(f"{label}: {shown(value)}")
    return "; ".join(told)
