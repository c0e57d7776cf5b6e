"""What the forms of customers offer to choose from, what they show of a saved customer, and whom a typed number or name means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.customers.forms import SELF_FIELDS
from crm.customers.portrait import portrait_of
from crm.customers.queries import customer_meant, staff_options, team_options
from crm.customers.tagging import known_tags
from crm.customers.values import MASTER_READERS
from crm.customers.words import (
    ADDRESS_KINDS,
    EMAIL_KINDS,
    FORMS_OF_ADDRESS,
    LANGUAGES,
    ORIGINS,
    PHONE_KINDS,
    PREFERRED_CHANNELS,
    STATUSES,
    WEB_KINDS,
    countries,
    field_label,
    field_labels,
)
from crm.database import Row, decoded
from crm.service_levels.queries import service_levels
from crm.web.formats import phone
from crm.web.forms import Fields
from crm.web.i18n import _, local_name, word

RELATIONS = {"parent_id": "parent", "recommended_by": "recommender"}
"""Fields that point to a customer, and the field in which people type whom they mean."""


async def choices() -> dict[str, Any]:
    return {
        "label": field_label,
        "labels": field_labels(),
        "levels": [(row.code, local_name(row)) for row in await service_levels()],
        "staff": await staff_options(),
        "teams": await team_options(),
        "known_tags": [row.name for row in await known_tags()],
        "languages": options(LANGUAGES),
        "statuses": options(STATUSES),
        "forms_of_address": options(FORMS_OF_ADDRESS),
        "origins": options(ORIGINS),
        "countries": countries(),
        **kinds(),
    }


def kinds() -> dict[str, Any]:
    return {
        "email_kinds": options(EMAIL_KINDS), "phone_kinds": options(PHONE_KINDS), "address_kinds": options(ADDRESS_KINDS),
        "web_kinds": options(WEB_KINDS), "preferred_channels": options(PREFERRED_CHANNELS),
    }  # fmt: skip


def options(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, word(words, code)) for code in words]


async def resolve_relations(fields: Fields) -> None:
    """Put the ids of the customers who are meant into the fields; a text that means nobody, or several, is an error."""
    for name, typed in RELATIONS.items():
        if typed not in fields.values:
            continue
        text = fields.text(typed)
        found = await customer_meant(text) if text else None
        if text and found is None:
            fields.error(
                typed, _("Nobody, or more than one, is called this. Please give the customer number, such as K-10001.")
            )
        fields.values[name] = str(found) if found else ""


def values_of(customer: Row) -> dict[str, Any]:
    """The form's values of a customer as it is saved; lists as the numbered fields of a form."""
    it = portrait_of(customer, customer.created_at.date())
    values: dict[str, Any] = {name: customer[name] for name in MASTER_READERS if name in customer.keys()}  # noqa: SIM118
    values |= {"name": customer.name, "version": customer.version, "service_level": customer.level_code}
    values |= {"owner_id": customer.owner, "deputy_id": customer.deputy, "team_id": customer.team}
    values |= {"parent_id": customer.parent, "recommended_by": customer.recommended_by, "postcode": customer.postcode}
    for typed, related in (("parent", it.depth["parent"]), ("recommender", it.depth["recommender"])):
        values[typed] = f"{related['number']} · {related['name']}" if related else ""
    if it.myself is not None:
        values |= {name: it.myself[name] for name in SELF_FIELDS}
    values["tags"] = ", ".join(it.depth["tags"])
    for name, several in (("emails", it.emails), ("phones", it.phones), ("websites", it.websites)):
        values[name] = [{"value": _typed(name, one.value), "kind": one.kind} for one in several]
    values["addresses"] = [{**one} for one in it.depth["addresses"]]
    values |= {"email": it.emails[0].value if it.emails else "", "phone": it.phones[0].value if it.phones else ""}
    return values


def typed_rows(values: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The rows of a list as they were typed into numbered fields; as they are saved if none were."""
    rows: dict[int, dict[str, Any]] = {}
    for key, value in values.items():
        parts = key.split("-")
        if len(parts) == 3 and parts[0] == name and parts[1].isdigit() and len(parts[1]) <= 2:
            rows.setdefault(int(parts[1]), {})[parts[2]] = value
    if rows:
        return [rows[place] for place in sorted(rows)]
    saved = values.get(name)
    return list(saved) if isinstance(saved, list) else []


def reach_rows(person: Row, name: str) -> list[dict[str, str]]:
    """The e-mail addresses or telephone numbers of a person as the rows of a form."""
    kind_of = decoded(person.reach_kinds)
    return [{"value": _typed(name, value), "kind": kind_of.get(value, "")} for value in person[name]]


def _typed(name: str, value: str) -> str:
    """A value as one would type it: a telephone number in groups, with the country, whichever that of the customer is."""
    return phone(value, "ZZ") if name == "phones" else value
