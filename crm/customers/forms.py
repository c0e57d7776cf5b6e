"""Turns the fields of a form, an API body or a CSV row into typed customer data, or into all their errors at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from crm.customers import value_lists, values
from crm.customers.data import MasterData, NewCustomer, OrganisationData, PersonData
from crm.customers.tables import CustomerKind, CustomerStatus
from crm.customers.value_lists import is_sent
from crm.customers.values import MASTER_READERS, country
from crm.customers.words import LOSS_REASONS
from crm.web.forms import Fields
from crm.web.i18n import _

PERSON_READERS: dict[str, Callable[[Fields], Any]] = {
    "title": lambda fields: fields.text("title", limit=60),
    "form_of_address": values.form_of_address,
    "given_name": lambda fields: fields.text("given_name", limit=150),
    "family_name": lambda fields: fields.text("family_name", limit=150),
    "birthday": values.birthday,
    "salutation": lambda fields: fields.text("salutation", limit=200),
    "preferred_channel": values.preferred_channel,
}
"""What a private person has and an organisation does not; and what a person at an organisation has beside function,
language, e-mail and telephone."""
SELF_FIELDS = tuple(PERSON_READERS)

_UNSAID = {name: read(Fields({})) for name, read in MASTER_READERS.items()}
"""What holds of the master data where nothing is said: most of it in most rows of a file."""

FIRST_OF = {
    "emails": ("email",), "phones": ("phone",), "websites": ("website",),
    "addresses": ("street", "postcode", "city", "country"),
}  # fmt: skip
"""A list, and the names under which its first one can be sent alone."""


def new_customer(fields: Fields, service_levels: Collection[str]) -> NewCustomer:
    """The customer that the fields describe. Raises Invalid with every error beside its field.

    An organisation may bring its first person along (person_given_name ..., or given_name and family_name)."""
    kind = fields.choice("kind", CustomerKind, CustomerKind.ORGANISATION)
    master = master_data(fields, service_levels)
    if kind is CustomerKind.PERSON:
        person = person_data(fields, region=master.country)
        fields.check()
        return NewCustomer(kind, None, person, master, came_back=fields.flag("came_back"))
    name = fields.text("name", required=True)
    organisation = OrganisationData(
        name, fields.email("email"), fields.phone("phone", master.country), master,
        emails=value_lists.emails(fields), phones=value_lists.phones(fields, master.country),
    )  # fmt: skip
    first = first_person(fields, master)
    fields.check()
    return NewCustomer(kind, organisation, first, master, came_back=fields.flag("came_back"))


def first_person(fields: Fields, master: MasterData) -> PersonData | None:
    """The person who came with an organisation, if one is named."""
    if any(fields.text(name) for name in ("given_name", "family_name")):
        own = {name: read(fields) for name, read in PERSON_READERS.items()}
        return PersonData(language=master.language, function=fields.text("function", limit=150), **own)
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
        form_of_address=values.form_of_address(fields, prefix),
        language=language or values.one_language(fields),
        function=fields.text(f"{prefix}function", limit=150),
        email=fields.email(f"{prefix}email"),
        phone=fields.phone(f"{prefix}phone", region),
        emails=value_lists.emails(fields, f"{prefix}emails"),
        phones=value_lists.phones(fields, region, f"{prefix}phones"),
        birthday=values.birthday(fields, prefix),
        salutation=fields.text(f"{prefix}salutation", limit=200),
        preferred_channel=values.preferred_channel(fields, prefix),
    )
    if not person.given_name and not person.family_name:
        fields.error(family, _("Please enter a given name or a family name."))
    return person


def person_changes(fields: Fields, *, only: Collection[str] | None = None, region: str = "DE") -> dict[str, Any]:
    """The values to write to a person: all that the form has, or `only` those that were sent. `check()` is the caller's."""
    readers: dict[str, Callable[[Fields], Any]] = {
        **PERSON_READERS, "language": values.one_language, "function": lambda fields: fields.text("function", limit=150),
    }  # fmt: skip
    named = set(readers) if only is None else set(only)
    changes = {name: read(fields) for name, read in readers.items() if name in named}
    return changes | _reach_changes(fields, only, region)


def master_data(fields: Fields, service_levels: Collection[str]) -> MasterData:
    """What both kinds of customer have in common."""
    sent = fields.values
    found = {name: read(fields) if name in sent else _UNSAID[name] for name, read in MASTER_READERS.items()}
    found["postcode"] = values.postcode(fields, found["country"])
    found |= {"addresses": value_lists.addresses(fields), "websites": value_lists.websites(fields)}
    found |= {"tags": value_lists.tags(fields), "checked_on": fields.on("checked_on")}
    return MasterData(service_level=values.service_level(fields, service_levels), **found)


def customer_changes(
    fields: Fields,
    kind: CustomerKind,
    service_levels: Collection[str],
    *,
    only: Collection[str] | None = None,
    region: str = "",
) -> dict[str, Any]:
    """The values to write to a customer: all that its form has, or `only` those that were sent. `check()` is the
    caller's. `region` is the country for telephone numbers without a country code. A form that has a list of several
    need not have its first one by itself."""
    own = {"name"} if kind is CustomerKind.ORGANISATION else set(SELF_FIELDS)
    named = {*own, *MASTER_READERS, "postcode", "service_level"} if only is None else set(only)
    if only is None and "status" not in fields.values:
        named.discard("status")
    named -= {name for listed, first in FIRST_OF.items() if only is None and is_sent(fields, listed) for name in first}
    changes = {name: read(fields) for name, read in MASTER_READERS.items() if name in named}
    changes |= {name: read(fields) for name, read in PERSON_READERS.items() if name in named}
    if "postcode" in named:
        changes["postcode"] = values.postcode(fields, changes.get("country") or region or "DE")
    if "service_level" in named and (level := values.service_level(fields, service_levels)):
        changes["service_level"] = level
    if "name" in named:
        changes["name"] = fields.text("name", required=True)
    if "checked_on" in named:
        changes["checked_on"] = fields.on("checked_on")
    lists: dict[str, Callable[[Fields], Any]] = {
        "addresses": value_lists.addresses, "websites": value_lists.websites, "tags": value_lists.tags,
    }  # fmt: skip
    changes |= {name: read(fields) for name, read in lists.items() if _is_named(fields, name, only)}
    return changes | _reach_changes(fields, only, region or changes.get("country", "DE"))


@dataclass(frozen=True, slots=True)
class StatusWish:
    """The status that a customer is to get; whoever is lost comes with a reason and the last touchpoint (a code)."""

    to: CustomerStatus
    reason_code: str = ""
    reason: str = ""
    last_touchpoint: str = ""


def status_wish(fields: Fields, touchpoints: Collection[str]) -> StatusWish:
    """A new status. For a former customer the reason is demanded: a code, or words alone, which count as "other"."""
    to = fields.choice("status", CustomerStatus)
    code, words = fields.one_of("reason_code", {*LOSS_REASONS, ""}), fields.text("reason", limit=500)
    touchpoint = fields.one_of("last_touchpoint", {*touchpoints, ""})
    if to is CustomerStatus.FORMER and not code:
        if not words:
            fields.error("reason_code", _("Please say why this customer was lost."))
        code = "other"
    fields.check()
    lost = to is CustomerStatus.FORMER
    return StatusWish(to, code if lost else "", words, touchpoint if lost else "")


def _reach_changes(fields: Fields, only: Collection[str] | None, region: str) -> dict[str, Any]:
    """E-mail addresses and telephone numbers: the list if it came, else the first one."""
    changes: dict[str, Any] = {}
    if _is_named(fields, "emails", only):
        changes["emails"] = value_lists.emails(fields)
    elif only is None or "email" in only:
        changes["email"] = fields.email("email")
    if _is_named(fields, "phones", only):
        changes["phones"] = value_lists.phones(fields, region)
    elif only is None or "phone" in only:
        changes["phone"] = fields.phone("phone", region)
    return changes


def _is_named(fields: Fields, name: str, only: Collection[str] | None) -> bool:
    return is_sent(fields, name) if only is None else name in only


__all__ = [
    "SELF_FIELDS", "StatusWish", "country", "customer_changes", "first_person", "master_data", "new_customer", "person_changes",
    "person_data", "status_wish",
]  # fmt: skip
