"""The verbs that change customers and persons: nobody's change is lost, each one is on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from crm.accounts.audit import changes as audited
from crm.accounts.audit import record
from crm.customers.actions import (
    SORT_KEY_LENGTH,
    demand_staff,
    external_id_taken,
    person_sort_key,
    refresh_search_text,
    service_level_id,
    set_address,
    set_email,
    set_phone,
)
from crm.customers.data import full_name
from crm.customers.figures import rhythm_changed
from crm.customers.tables import CustomerKind, TimelineKind
from crm.customers.timeline import write_entry
from crm.customers.words import field_label, shown_value
from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.text import sort_key
from crm.web.i18n import _

COLUMNS = {
    "name": "name", "status": "status", "language": "language", "brief": "brief", "origin": "origin", "website": "website",
    "vat_id": "vat_id", "external_id": "external_id", "no_automatic_answers": "no_automatic_answers", "owner_id": "owner",
    "deputy_id": "deputy",
}  # fmt: skip
PERSON_COLUMNS = ("given_name", "family_name", "title", "form_of_address")
ADDRESS = ("street", "postcode", "city", "country")
TOLD_IN_HISTORY = ("status", "service_level", "owner_id")
"""Changes of these are events of the customer's history, not only lines of the audit trail."""

_BEFORE = """
    SELECT c.kind, c.version, c.name, c.status, c.language, c.brief, c.origin, c.website, c.vat_id, c.external_id,
        c.no_automatic_answers, c.owner AS owner_id, c.deputy AS deputy_id, s.code AS service_level,
        coalesce(a.street, '') AS street, coalesce(a.postcode, '') AS postcode, coalesce(a.city, '') AS city,
        coalesce(a.country, 'DE') AS country, p.id AS person_id, p.given_name, p.family_name, p.title, p.form_of_address,
        coalesce((SELECT e.address FROM email_address e
            WHERE e.person = p.id OR p.id IS NULL AND e.customer = c.id ORDER BY e.position, e.id LIMIT 1), '') AS email,
        coalesce((SELECT n.number FROM phone_number n
            WHERE n.person = p.id OR p.id IS NULL AND n.customer = c.id ORDER BY n.position, n.id LIMIT 1), '') AS phone
    FROM customer c
    JOIN service_level s ON s.id = c.service_level
    LEFT JOIN postal_address a ON a.customer = c.id AND a.position = 0
    LEFT JOIN affiliation f ON f.customer = c.id AND f.is_self
    LEFT JOIN person p ON p.id = f.person
    WHERE c.id = $1 AND c.deleted_at IS NULL
    FOR UPDATE OF c
"""


async def change_customer(
    customer_id: int, changes: Mapping[str, Any], version: int | None, *, by: int | None, now: datetime
) -> int:
    """Write the fields that differ, and answer the new version. `changes` has the names of the API's fields; those of
    a private person go to the person. With a `version` that is no longer the saved one, Conflict names each field that
    would undo what somebody else saved."""
    async with transaction():
        before = await fetch_one(_BEFORE, customer_id)
        if before is None:
            raise NotFound()
        _demand_fitting(before.kind, changes)
        wanted = {name: value for name, value in changes.items() if before[name] != value}
        if version is not None and version != before.version:
            raise await _conflict(wanted, before)
        if not wanted:
            return int(before.version)
        return await _write(customer_id, before, wanted, by, now)


async def _write(customer_id: int, before: Row, wanted: dict[str, Any], by: int | None, now: datetime) -> int:
    await demand_staff({name: wanted.get(name) for name in ("owner_id", "deputy_id")})
    columns = {COLUMNS[name]: value for name, value in wanted.items() if name in COLUMNS}
    if "service_level" in wanted:
        columns["service_level"] = await service_level_id(wanted["service_level"])
    if before.kind == CustomerKind.PERSON:
        columns.update(await _write_self(before, wanted))
    elif "name" in wanted:
        columns["sort_key"] = sort_key(wanted["name"])[:SORT_KEY_LENGTH]
    await _update_customer(customer_id, columns)
    if set(wanted) & set(ADDRESS):
        street, postcode, city, country = (wanted.get(name, before[name]) for name in ADDRESS)
        await set_address(customer_id, street, postcode, city, country)
    whose = {"person_id": before.person_id} if before.person_id else {"customer_id": customer_id}
    if "email" in wanted:
        await set_email(wanted["email"], **whose)
    if "phone" in wanted:
        await set_phone(wanted["phone"], **whose)
    await refresh_search_text(customer_id)
    if {"service_level", "status"} & set(wanted):
        await rhythm_changed(customer_id)
    old = {name: before[name] for name in wanted}
    await record("customer.changed", "customer", customer_id, by=by, now=now, fields=audited(old, wanted))
    for name in TOLD_IN_HISTORY:
        if name in wanted:
            await _tell(customer_id, name, before[name], wanted[name], by, now)
    return int(before.version) + 1


async def _update_customer(customer_id: int, columns: Mapping[str, Any]) -> None:
    sets = "".join(f"{column} = ${place}, " for place, column in enumerate(columns, start=2))
    try:
        await execute(f"UPDATE customer SET {sets}version = version + 1 WHERE id = $1", customer_id, *columns.values())
    except asyncpg.UniqueViolationError:
        raise external_id_taken() from None


async def _write_self(before: Row, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Write a private person's own fields; answers what follows for the customer's row."""
    names = {name: wanted.get(name, before[name]) for name in PERSON_COLUMNS}
    language = wanted.get("language", before.language)
    if not (set(wanted) & {*PERSON_COLUMNS, "language"}):
        return {}
    if not names["given_name"] and not names["family_name"]:
        raise Invalid({"family_name": _("Please enter a given name or a family name.")})
    await execute(
        "UPDATE person SET given_name = $2, family_name = $3, title = $4, form_of_address = $5, language = $6, "
        "version = version + 1 WHERE id = $1",
        before.person_id, *names.values(), language,
    )  # fmt: skip
    return _self_columns(names["title"], names["given_name"], names["family_name"])


def _self_columns(title: str, given_name: str, family_name: str) -> dict[str, str]:
    key = person_sort_key(given_name, family_name)[:SORT_KEY_LENGTH]
    return {"name": full_name(title, given_name, family_name), "sort_key": key}


def _demand_fitting(kind: str, changes: Mapping[str, Any]) -> None:
    """Raises Invalid for fields that this kind of customer does not have."""
    if kind == CustomerKind.PERSON and "name" in changes:
        raise Invalid({"name": _("A private person has a given name and a family name instead.")})
    if kind == CustomerKind.ORGANISATION and (wrong := set(changes) & set(PERSON_COLUMNS)):
        raise Invalid(
            dict.fromkeys(sorted(wrong), _("An organisation has a name; its persons are entered one by one."))
        )


async def _tell(customer_id: int, field: str, old: Any, new: Any, by: int | None, now: datetime) -> None:
    """A line of the history; an owner is told by name, since people come and go."""
    if field == "owner_id":
        names = await _staff_names(old, new)
        field, old, new = "owner", names.get(old, ""), names.get(new, "")
    detail = {"field": field, "before": old, "after": new}
    await write_entry(customer_id, TimelineKind.CHANGE, customer_id, at=now, title="", by=by, detail=detail)


async def _staff_names(*ids: int | None) -> dict[int | None, str]:
    rows = await fetch("SELECT id, name FROM staff WHERE id = ANY($1)", [each for each in ids if each])
    return {row.id: row.name for row in rows}


async def _conflict(wanted: Mapping[str, Any], before: Row) -> Conflict:
    names = await _staff_names(
        *(source for field in ("owner_id", "deputy_id") for source in (wanted.get(field), before[field]))
    )
    differences = [
        Difference(
            field, field_label(field), shown_value(field, before[field], names), shown_value(field, value, names)
        )
        for field, value in wanted.items()
    ]
    sentence = _("Somebody else saved this customer meanwhile. Compare both versions and send yours again.")
    return Conflict(sentence, differences, int(before.version))


_PERSON_BEFORE = """
    SELECT p.version, p.given_name, p.family_name, p.title, p.form_of_address, p.language, f.function,
        coalesce((SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id LIMIT 1), '') AS email,
        coalesce((SELECT n.number FROM phone_number n WHERE n.person = p.id ORDER BY n.position, n.id LIMIT 1), '') AS phone,
        f.customer AS customer_id, f.is_self
    FROM person p JOIN affiliation f ON f.person = p.id AND f.customer = $2
    WHERE p.id = $1
    FOR UPDATE OF p
"""


async def change_person(
    person_id: int, customer_id: int, changes: Mapping[str, Any], version: int | None, *, by: int | None, now: datetime
) -> int:
    """Write the fields of a person that differ, and answer the new version; the function is that at this customer.
    Customers whose person it is are found by the new values at once."""
    async with transaction():
        before = await fetch_one(_PERSON_BEFORE, person_id, customer_id)
        if before is None:
            raise NotFound()
        wanted = {name: value for name, value in changes.items() if before[name] != value}
        if version is not None and version != before.version:
            raise await _person_conflict(wanted, before)
        if not wanted:
            return int(before.version)
        person = {name: wanted.get(name, before[name]) for name in (*PERSON_COLUMNS, "language")}
        await execute(
            "UPDATE person SET given_name = $2, family_name = $3, title = $4, form_of_address = $5, language = $6, "
            "version = version + 1 WHERE id = $1",
            person_id, *person.values(),
        )  # fmt: skip
        if "function" in wanted:
            await execute(
                "UPDATE affiliation SET function = $3 WHERE person = $1 AND customer = $2",
                person_id,
                customer_id,
                wanted["function"],
            )
        if "email" in wanted:
            await set_email(wanted["email"], person_id=person_id)
        if "phone" in wanted:
            await set_phone(wanted["phone"], person_id=person_id)
        await _follow(person_id, person)
        old = {name: before[name] for name in wanted}
        await record("person.changed", "person", person_id, by=by, now=now, fields=audited(old, wanted))
        return int(before.version) + 1


async def _follow(person_id: int, person: Mapping[str, str]) -> None:
    """Every customer of this person is found by the new values; a private customer is also called by the new name."""
    for row in await fetch("SELECT customer, is_self FROM affiliation WHERE person = $1 ORDER BY customer", person_id):
        if row.is_self:
            columns = _self_columns(person["title"], person["given_name"], person["family_name"])
            await _update_customer(row.customer, {**columns, "language": person["language"]})
        await refresh_search_text(row.customer)


async def _person_conflict(wanted: Mapping[str, Any], before: Row) -> Conflict:
    differences = [
        Difference(field, field_label(field), shown_value(field, before[field]), shown_value(field, value))
        for field, value in wanted.items()
    ]
    sentence = _("Somebody else saved this person meanwhile. Compare both versions and send yours again.")
    return Conflict(sentence, differences, int(before.version))
