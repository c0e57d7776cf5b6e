"""Reads the single values of customers and persons from a form, an API body or a row of a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

import phonenumbers

from crm.customers.identifiers import iban_example, iban_of, vat_id_example, vat_id_of
from crm.customers.plausible import is_postcode, plain_postcode, postcode_example
from crm.customers.tables import CustomerStatus, FormOfAddress, Origin
from crm.customers.words import PREFERRED_CHANNELS
from crm.web.formats import country as country_name
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _, zone

BRIEF_LIMIT = 1000
_ORIGINS, _CHANNELS = frozenset((*Origin, "")), frozenset((*PREFERRED_CHANNELS, ""))

_WEBSITE = re.compile(r"(https?://)?[^\s/<>\"':@]+\.[^\s/<>\"':@]+(:\d+)?([/?#][^\s<>\"']*)?", re.IGNORECASE)
"""A host's name, perhaps a port and a path; no other scheme than the web's, since it becomes a link."""


def service_level(fields: Fields, known: Collection[str]) -> str:
    """A service level's code; nothing stands for the company's usual one."""
    return fields.one_of("service_level", {*known, ""})


def country(fields: Fields, name: str = "country") -> str:
    """A country's two letters (ISO 3166-1 alpha-2)."""
    value = (fields.text(name) or "DE").upper()
    if value not in phonenumbers.SUPPORTED_REGIONS:
        fields.error(name, _("Please enter a country's two letters, such as DE, AT or CH."))
        return "DE"
    return value


def one_language(fields: Fields) -> str:
    return fields.one_of("language", LANGUAGES, "de")


def form_of_address(fields: Fields, prefix: str = "") -> str:
    return fields.choice(f"{prefix}form_of_address", FormOfAddress, FormOfAddress.NEUTRAL)


def postcode(fields: Fields, country: str, name: str = "postcode") -> str:
    """A postcode of this country."""
    value = plain_postcode(fields.text(name, limit=20))
    if value and not is_postcode(value, country):
        sentence = _("This is not a postcode of %(country)s. An example: %(example)s")
        fields.error(name, sentence % {"country": country_name(country), "example": postcode_example(country)})
    return value


def vat_id(fields: Fields) -> str:
    """A VAT ID with the letters of its country, whose check digits are right."""
    value = fields.text("vat_id", limit=30)
    kept = vat_id_of(value) if value else ""
    if kept is None:
        example = {"example": vat_id_example(value)}
        fields.error("vat_id", _("This is not a VAT ID; its check digits must fit. An example: %(example)s") % example)
    return kept or ""


def iban(fields: Fields) -> str:
    """An IBAN without blanks."""
    value = fields.text("iban", limit=60)
    kept = iban_of(value) if value else ""
    if kept is None:
        example = {"example": iban_example(value)}
        fields.error("iban", _("This is not an IBAN; its check digits must fit. An example: %(example)s") % example)
    return kept or ""


def website(fields: Fields, name: str = "website") -> str:
    """A web address with its scheme; "kuechen.example" becomes "https://kuechen.example"."""
    value = fields.text(name)
    if value and not _WEBSITE.fullmatch(value):
        fields.error(name, _("This is not a web address. An example: www.example.de"))
    return value if not value or value.lower().startswith(("http://", "https://")) else f"https://{value}"


def origin_code(fields: Fields) -> str:
    """How the customer heard of the company, as a code; nothing while nobody has asked."""
    return fields.one_of("origin_code", _ORIGINS)


def preferred_channel(fields: Fields, prefix: str = "") -> str:
    return fields.one_of(f"{prefix}preferred_channel", _CHANNELS)


def birthday(fields: Fields, prefix: str = "") -> date | None:
    """A day that lies behind us."""
    value = fields.on(f"{prefix}birthday")
    if value is not None and value > datetime.now(zone.get()).date():
        fields.error(f"{prefix}birthday", _("This day is still to come."))
    return value


def brief(fields: Fields) -> str:
    return fields.text("brief", limit=BRIEF_LIMIT, many_lines=True)


MASTER_READERS: dict[str, Callable[[Fields], Any]] = {
    "status": lambda fields: fields.choice("status", CustomerStatus, CustomerStatus.PROSPECT),
    "language": one_language,
    "brief": brief,
    "origin": lambda fields: fields.text("origin", limit=200),
    "origin_code": origin_code,
    "recommended_by": lambda fields: fields.reference("recommended_by"),
    "website": website,
    "vat_id": vat_id,
    "iban": iban,
    "external_id": lambda fields: fields.text("external_id", limit=200) or None,
    "street": lambda fields: fields.text("street", limit=200),
    "city": lambda fields: fields.text("city", limit=120),
    "country": country,
    "owner_id": lambda fields: fields.reference("owner_id"),
    "deputy_id": lambda fields: fields.reference("deputy_id"),
    "team_id": lambda fields: fields.reference("team_id"),
    "parent_id": lambda fields: fields.reference("parent_id"),
    "no_automatic_answers": lambda fields: fields.flag("no_automatic_answers"),
}
"""How each value of the master data is read that needs no other; the names are the API's."""
