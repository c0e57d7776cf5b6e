"""Turns the fields of a form, an API body or a CSV row into typed customer data, or into all their errors at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

import phonenumbers

from crm.customers.data import MasterData, NewCustomer, OrganisationData, PersonData
from crm.customers.plausible import (
    is_postcode,
    is_vat_id,
    plain_postcode,
    plain_vat_id,
    postcode_example,
    vat_id_example,
)
from crm.customers.tables import CustomerKind, CustomerStatus, FormOfAddress
from crm.web.formats import country as country_name
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _

BRIEF_LIMIT = 1000
SELF_FIELDS = ("title", "form_of_address", "given_name", "family_name")
"""Fields of a private person that an organisation does not have."""

_WEBSITE = re.compile(r"(https?://)?[^\s/<>\"':@]+\.[^\s/<>\"':@]+(:\d+)?([/?#][^\s<>\"']*)?", re.IGNORECASE)
"""A host's name, perhaps a port and a path; no other scheme than the web's, since it becomes a link."""


def new_customer(fields: Fields, service_levels: Collection[str]) -> NewCustomer:
    """The customer that the fields describe. Raises Invalid with every error beside its field.

    An organisation may bring its first person along (person_given_name ..., or given_name and family_name)."""
    kind = fields.choice("kind", CustomerKind, CustomerKind.ORGANISATION)
    master = master_data(fields, service_levels)
    if kind is CustomerKind.PERSON:
        person = person_data(fields, region=master.country)
        fields.check()
        return NewCustomer(kind, None, person, master)
    name = fields.text("name", required=True)
    organisation = OrganisationData(name, fields.email("email"), fields.phone("phone", master.country), master)
    first = first_person(fields, master)
    fields.check()
    return NewCustomer(kind, organisation, first, master)


def first_person(fields: Fields, master: MasterData) -> PersonData | None:
    """The person who came with an organisation, if one is named."""
    if any(fields.text(name) for name in ("given_name", "family_name")):
        return PersonData(
            given_name=fields.text("given_name", limit=150), family_name=fields.text("family_name", limit=150),
            title=fields.text("title", limit=60), form_of_address=form_of_address(fields), language=master.language,
            function=fields.text("function", limit=150),
        )  # fmt: skip
    typed = ("given_name", "family_name", "function", "email", "phone", "title")
    if not any(fields.text(f"person_{name}") for name in typed):
        return None
    return person_data(fields, prefix="person_", region=master.country, language=master.language)


def person_data(fields: Fields, *, prefix: str = "", region: str = "DE", language: str = "") -> PersonData:
    """One person. At least one of the names is demanded. `check()` is the caller's."""
    given, family = f"{prefix}given_name", f"{prefix}family_name"
    person = PersonData(
        given_name=fields.text(given, limit=150),
        family_name=fields.text(family, limit=150),
        title=fields.text(f"{prefix}title", limit=60),
        form_of_address=form_of_address(fields, prefix),
        language=language or one_language(fields),
        function=fields.text(f"{prefix}function", limit=150),
        email=fields.email(f"{prefix}email"),
        phone=fields.phone(f"{prefix}phone", region),
    )
    if not person.given_name and not person.family_name:
        fields.error(family, _("Please enter a given name or a family name."))
    return person


def master_data(fields: Fields, service_levels: Collection[str]) -> MasterData:
    """What both kinds of customer have in common."""
    values = {name: read(fields) for name, read in MASTER_READERS.items()}
    values["postcode"] = postcode(fields, values["country"])
    return MasterData(service_level=service_level(fields, service_levels), **values)


def customer_changes(
    fields: Fields,
    kind: CustomerKind,
    service_levels: Collection[str],
    *,
    only: Collection[str] | None = None,
    region: str = "",
) -> dict[str, Any]:
    """The values to write to a customer: all that its form has, or `only` those that were sent. `check()` is the
    caller's. `region` is the country for telephone numbers without a country code."""
    own = ("name",) if kind is CustomerKind.ORGANISATION else SELF_FIELDS
    named = {*own, *MASTER_READERS, "postcode", "service_level", "email", "phone"} if only is None else set(only)
    changes = {name: read(fields) for name, read in MASTER_READERS.items() if name in named}
    if "postcode" in named:
        changes["postcode"] = postcode(fields, changes.get("country") or region or "DE")
    if "service_level" in named:
        changes["service_level"] = service_level(fields, service_levels)
    if "name" in named:
        changes["name"] = fields.text("name", required=True)
    readers = {"given_name": 150, "family_name": 150, "title": 60}
    changes |= {name: fields.text(name, limit=limit) for name, limit in readers.items() if name in named}
    if "form_of_address" in named:
        changes["form_of_address"] = form_of_address(fields)
    if "email" in named:
        changes["email"] = fields.email("email")
    if "phone" in named:
        changes["phone"] = fields.phone("phone", region or changes.get("country", "DE"))
    return changes


def service_level(fields: Fields, known: Collection[str]) -> str:
    """A service level's code."""
    return fields.one_of("service_level", known, "basis")


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


def postcode(fields: Fields, country: str) -> str:
    """A postcode of this country."""
    value = plain_postcode(fields.text("postcode", limit=20))
    if value and not is_postcode(value, country):
        sentence = _("This is not a postcode of %(country)s. An example: %(example)s")
        fields.error("postcode", sentence % {"country": country_name(country), "example": postcode_example(country)})
    return value


def vat_id(fields: Fields) -> str:
    """A VAT ID with the letters of its country."""
    value = plain_vat_id(fields.text("vat_id", limit=30))
    if value and not is_vat_id(value):
        fields.error("vat_id", _("This is not a VAT ID. An example: %(example)s") % {"example": vat_id_example(value)})
    return value


def website(fields: Fields) -> str:
    """A web address with its scheme; "kuechen.example" becomes "https://kuechen.example"."""
    value = fields.text("website")
    if value and not _WEBSITE.fullmatch(value):
        fields.error("website", _("This is not a web address. An example: www.example.de"))
    return value if not value or value.lower().startswith(("http://", "https://")) else f"https://{value}"


MASTER_READERS: dict[str, Callable[[Fields], Any]] = {
    "status": lambda fields: fields.choice("status", CustomerStatus, CustomerStatus.PROSPECT),
    "language": one_language,
    "brief": lambda fields: fields.text("brief", limit=BRIEF_LIMIT, many_lines=True),
    "origin": lambda fields: fields.text("origin", limit=200),
    "website": website,
    "vat_id": vat_id,
    "external_id": lambda fields: fields.text("external_id", limit=200) or None,
    "street": lambda fields: fields.text("street", limit=200),
    "city": lambda fields: fields.text("city", limit=120),
    "country": country,
    "owner_id": lambda fields: fields.reference("owner_id"),
    "deputy_id": lambda fields: fields.reference("deputy_id"),
    "no_automatic_answers": lambda fields: fields.flag("no_automatic_answers"),
}
"""How each value of the master data is read that needs no other; the names are the API's."""
