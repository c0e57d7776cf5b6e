"""The words for fields of users and settings, and for the values of all fields, as the audit trail shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

import msgspec

from crm.accounts.permissions import Role
from crm.accounts.words import browser_name, role_name
from crm.web.formats import num, short_date
from crm.web.i18n import N_, _

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
"""A day as the trail keeps it."""

CONVERSION_TRIGGERS = {
    "first_order": N_("their first order"), "account": N_("a customer account"), "newsletter": N_("subscribing to the newsletter"),
    "hand": N_("only by hand"),
}  # fmt: skip
"""The actions of which the company chooses one: it turns a prospect into a customer."""

FIELDS = {
    "conversion_trigger": N_("What makes a prospect a customer"),
    "untouched_after_days": N_("Days without contact for customers without a contact rhythm"),
    "prospect_service_level": N_("Service level of new prospects"),
    "assignee": N_("Responsible"),
    "city": N_("Town"),
    "colleague": N_("Colleague"),
    "country": N_("Country"),
    "customers": N_("Customers"),
    "deputy": N_("Deputy"),
    "deputy_id": N_("Deputy"),
    "email": N_("E-mail address"),
    "imap_host": N_("Server for receiving (IMAP)"),
    "imap_password": N_("Password for receiving"),
    "imap_port": N_("Port for receiving"),
    "imap_security": N_("Encryption for receiving"),
    "imap_user": N_("User name for receiving"),
    "mail_opens_tickets": N_("E-mails in the letter box become enquiries"),
    "acknowledges_mail": N_("The sender gets an automatic acknowledgement"),
    "closes_after_days": N_("Days after which a solved enquiry closes by itself"),
    "edition": N_("Edition"),
    "report_month": N_("Month of the report"),
    "report_note": N_("What is corrected"),
    "report_readers": N_("Readers of the reports"),
    "report_scope": N_("Team or list of the report"),
    "report_scopes": N_("Reports made by themselves"),
    "report_colour": N_("Colour of the reports"),
    "report_nps_target": N_("Target of the NPS"),
    "report_promises_target": N_("Target of promises kept (percent)"),
    "report_first_contact_target": N_("Target of enquiries solved at the first contact (percent)"),
    "confirmation_days": N_("Days in which a consent can be confirmed by its link"),
    "reopens_within_days": N_("Days in which an answer reopens a closed enquiry"),
    "imprint": N_("Imprint"),
    "ip_address": N_("Address"),
    "language": N_("Language"),
    "link": N_("Link"),
    "logo": N_("Logo"),
    "mail_from": N_("Sender"),
    "name": N_("Name"),
    "owner": N_("Owner"),
    "owner_id": N_("Owner"),
    "phone": N_("Telephone"),
    "postcode": N_("Postcode"),
    "priority": N_("Priority"),
    "reminders": N_("Follow-ups"),
    "role": N_("Role"),
    "second_factor": N_("Second factor"),
    "service_level": N_("Service level"),
    "session": N_("Session"),
    "sessions": N_("Sessions"),
    "single_keys": N_("Single keys"),
    "smtp_host": N_("Server for sending (SMTP)"),
    "smtp_password": N_("Password for sending"),
    "smtp_port": N_("Port for sending"),
    "smtp_security": N_("Encryption for sending"),
    "smtp_user": N_("User name for sending"),
    "status": N_("Status"),
    "street": N_("Street"),
    "team": N_("Team"),
    "theme": N_("Appearance"),
    "tickets": N_("Enquiries"),
    "token": N_("Token"),
    "topic": N_("Topic"),
    "user_agent": N_("Browser"),
}

_STAFF_FIELDS = {
    "assignee",
    "colleague",
    "deputy",
    "deputy_id",
    "guide_owner",
    "owner",
    "owner_id",
    "responsible",
    "user",
    "user_id",
}


def wrong_fields(kind: str, errors: Mapping[str, str]) -> str:
    """The fields of a mail server that cannot be tried, each by its name, since the answer stands below all of them."""
    labels = {f"{kind}_host": _("Server"), f"{kind}_port": _("Port"), f"{kind}_security": _("Encryption")}
    return " ".join(f"{labels.get(name, field_name(name))}: {sentence}" for name, sentence in errors.items())


def field_name(name: str) -> str:
    return _(FIELDS[name]) if name in FIELDS else name


def before_and_after(name: str, value: Any, staff: Mapping[int, str]) -> tuple[str, str]:
    """The two values of a field as they are shown; a single value counts as the one after. Members of staff are shown
    by name, roles by their word."""
    before, after = value if isinstance(value, list) and len(value) == 2 else (None, value)
    return _field(name, before, staff), _field(name, after, staff)


def _field(name: str, value: Any, staff: Mapping[int, str]) -> str:
    if name in _STAFF_FIELDS and isinstance(value, int):
        return staff.get(value, str(value))
    if name == "role" and value in set(Role):
        return role_name(value)
    if name == "user_agent" and isinstance(value, str):
        return browser_name(value) if value else shown(value)
    return shown(value)


def shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return num(value)
    if isinstance(value, (list, dict)):
        return msgspec.json.encode(value).decode()
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):  # a number that only looks like one
            return short_date(date.fromisoformat(value))
    return str(value)
