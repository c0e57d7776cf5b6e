"""The verbs that create customers and persons and keep what they are found by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

import asyncpg

from crm.accounts.audit import record
from crm.accounts.permissions import Role
from crm.customers.data import (
    Created,
    MasterData,
    NewCustomer,
    OrganisationData,
    PersonData,
    PrivatePersonData,
    told,
)
from crm.customers.demanding import demand_relations, demand_staff, demand_team, external_id_taken
from crm.customers.figures import start_figures
from crm.customers.lists.found_by import refresh_search_text
from crm.customers.reaching import set_addresses, set_emails, set_phones, set_websites
from crm.customers.statuses import first_status
from crm.customers.suppression.entries import demand_not_erased, is_any_suppressed
from crm.customers.tables import CustomerKind
from crm.customers.tagging import set_tags
from crm.database import execute, fetch_value, transaction
from crm.errors import Invalid
from crm.text import sort_key
from crm.web.i18n import _

SORT_KEY_LENGTH = 300


async def create_customer(data: NewCustomer, *, by: int | None, now: datetime) -> Created:
    """A new customer of either kind, an organisation together with its first person if one is named. Raises Invalid with the question
    whether somebody who was erased has come back, if staff enter them; who writes to us by themselves (`by` is None) has."""
    async with transaction():
        if by is not None:
            await demand_not_erased(
                person=data.person, postcodes=[one.postcode for one in data.master.all_addresses],
                organisations=[data.organisation.name] if data.organisation else [], came_back=data.came_back, by=by, now=now,
            )  # fmt: skip
        if data.organisation is None:
            assert data.person is not None
            private = PrivatePersonData(data.person, data.master)
            return Created(*await create_private_person(private, by=by, now=now))
        customer_id = await create_organisation(data.organisation, by=by, now=now)
        person_id = await _add_person(customer_id, data.person, by, now) if data.person else None
        return Created(customer_id, person_id)


async def create_organisation(data: OrganisationData, *, by: int | None, now: datetime) -> int:
    """A new organisation; answers the customer's id. The contact rhythm of its service level begins now."""
    async with transaction():
        data = replace(data, master=await with_service_level(data.master))
        customer_id = await _insert_customer(
            CustomerKind.ORGANISATION, data.name, sort_key(data.name), data.master, by, now
        )
        if data.all_emails:
            await set_emails(data.all_emails, customer_id=customer_id)
        if data.all_phones:
            await set_phones(data.all_phones, customer_id=customer_id)
        await refresh_search_text(customer_id)
        await record("customer.created", "customer", customer_id, by=by, now=now, fields=recorded(data))
        return customer_id


async def create_private_person(data: PrivatePersonData, *, by: int | None, now: datetime) -> tuple[int, int]:
    """A private person as a customer; answers the customer's id and the person's."""
    person = data.person
    async with transaction():
        data = replace(data, master=await with_service_level(data.master))
        customer_id = await _insert_customer(
            CustomerKind.PERSON,
            person.full_name,
            person_sort_key(person.given_name, person.family_name),
            data.master,
            by,
            now,
        )
        person_id = await _insert_person(customer_id, person, now, is_self=True)
        await refresh_search_text(customer_id)
        await record("customer.created", "customer", customer_id, by=by, now=now, fields=recorded(data))
        return customer_id, person_id


async def add_person(
    customer_id: int, data: PersonData, *, by: int | None, now: datetime, came_back: bool = False
) -> int:
    """One more person at a customer; answers the person's id. Raises Invalid as `create_customer` does of whoever was erased."""
    async with transaction():
        if by is not None and await is_any_suppressed():
            name = await fetch_value("SELECT name FROM customer WHERE id = $1", customer_id)
            await demand_not_erased(
                person=data, organisations=[name] if name else [], came_back=came_back, by=by, now=now
            )
        return await _add_person(customer_id, data, by, now)


async def _add_person(customer_id: int, data: PersonData, by: int | None, now: datetime) -> int:
    async with transaction():
        person_id = await _insert_person(customer_id, data, now, is_self=False)
        await refresh_search_text(customer_id)
        fields = {"customer_id": customer_id, **given(data)}
        await record("person.added", "person", person_id, by=by, now=now, fields=fields)
        return person_id


def person_sort_key(given_name: str, family_name: str) -> str:
    """Private persons sort by their family name."""
    return sort_key(f"{family_name} {given_name}")


async def owner_for(owner_id: int | None, by: int | None) -> int | None:
    """Who looks after a new customer: the one named, else the sales person who creates it, else nobody yet."""
    if owner_id is not None:
        return owner_id
    role = await fetch_value("SELECT role FROM staff WHERE id = $1", by)
    return by if role == Role.SALES else None


async def service_level_id(code: str) -> int:
    """Raises Invalid for a code that isn't in the catalogue."""
    found = await fetch_value("SELECT id FROM service_level WHERE code = $1 AND retired_at IS NULL", code)
    if found is None:
        raise Invalid({"service_level": _("There is no service level with this code.")})
    return int(found)


async def with_service_level(data: MasterData) -> MasterData:
    """The data with the service level that holds when none is named: the company's usual one for prospects, else the first
    of the catalogue."""
    if data.service_level:
        return data
    code = await fetch_value(
        "SELECT s.code FROM service_level s LEFT JOIN company c ON c.prospect_service_level = s.code WHERE s.retired_at IS NULL "
        "ORDER BY c.id IS NULL, s.position, s.id LIMIT 1"
    )
    return replace(data, service_level=code)


async def _insert_customer(
    kind: CustomerKind, name: str, key: str, data: MasterData, by: int | None, now: datetime
) -> int:
    await demand_staff({"owner_id": data.owner_id, "deputy_id": data.deputy_id})
    await demand_relations(None, {"parent_id": data.parent_id, "recommended_by": data.recommended_by})
    await demand_team(data.team_id)
    level, owner = await service_level_id(data.service_level), await owner_for(data.owner_id, by)
    try:
        customer_id = await fetch_value(
            "INSERT INTO customer (number, kind, name, sort_key, search_text, status, owner, deputy, service_level, language, "
            "brief, origin, website, vat_id, external_id, no_automatic_answers, created_at, created_by, version, "
            "origin_code, recommended_by, parent, team, iban, checked_on, checked_by) "
            "VALUES ('K-' || nextval('customer_number'), $1, $2, $3, '', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
            "$16, 1, $17, $18, $19, $20, $21, $22, $23) RETURNING id",
            kind, name, key[:SORT_KEY_LENGTH], data.status, owner, data.deputy_id, level, data.language, data.brief,
            data.origin, data.website, data.vat_id, data.external_id, data.no_automatic_answers, now, by,
            data.origin_code, data.recommended_by, data.parent_id, data.team_id, data.iban, data.checked_on,
            by if data.checked_on else None,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise external_id_taken() from None
    if data.all_addresses:
        await set_addresses(customer_id, data.all_addresses)
    if data.websites:
        await set_websites(customer_id, data.all_websites)
    if data.tags:
        await set_tags(customer_id, data.tags, by=by, now=now)
    await start_figures(customer_id, now)
    await first_status(customer_id, data.status, by=by, at=now)
    return int(customer_id)


async def _insert_person(customer_id: int, data: PersonData, now: datetime, *, is_self: bool) -> int:
    person_id = await fetch_value(
        "INSERT INTO person (given_name, family_name, title, form_of_address, language, birthday, salutation, "
        "preferred_channel, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) RETURNING id",
        data.given_name, data.family_name, data.title, data.form_of_address, data.language, data.birthday,
        data.salutation, data.preferred_channel, now,
    )  # fmt: skip
    await execute(
        "INSERT INTO affiliation (customer, person, function, is_self, position) "
        "SELECT $1, $2, $3, $4, count(*) FROM affiliation WHERE customer = $1",
        customer_id, person_id, data.function, is_self,
    )  # fmt: skip
    if data.all_emails:
        await set_emails(data.all_emails, person_id=person_id)
    if data.all_phones:
        await set_phones(data.all_phones, person_id=person_id)
    return int(person_id)


def recorded(data: OrganisationData | PrivatePersonData) -> dict[str, Any]:
    """The values of a new customer as the audit trail keeps them: those that were given."""
    person = given(data.person) if isinstance(data, PrivatePersonData) else {}
    return {**given(data.master), **person, **given(data)}


def given(data: OrganisationData | PrivatePersonData | MasterData | PersonData) -> dict[str, Any]:
    """The values that were given, as the audit trail keeps them."""
    names, values = _VALUES[type(data)]
    return {name: told(value) for name, value in zip(names, values(data), strict=True) if value}


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields_of(kind) if field.name not in ("master", "person"))


def _values(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """All of them at once; `attrgetter` answers a tuple only from two names on."""
    return attrgetter(*names) if len(names) > 1 else lambda data: tuple(getattr(data, name) for name in names)


_VALUES = {
    kind: (names, _values(names))
    for kind in (OrganisationData, PrivatePersonData, MasterData, PersonData)
    for names in [_names(kind)]
}
"""The fields of such data that are values themselves, and how they are read."""
