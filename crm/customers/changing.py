"""The verb that changes a customer: nobody's change is lost, each one is on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from crm.accounts.audit import changes as audited
from crm.accounts.audit import record
from crm.customers.actions import SORT_KEY_LENGTH, person_sort_key, service_level_id
from crm.customers.data import Address, full_name, told
from crm.customers.demanding import demand_relations, demand_staff, demand_team, external_id_taken
from crm.customers.figures import rhythm_changed
from crm.customers.lists.found_by import refresh_search_text
from crm.customers.reaching import lists_of, set_address, set_addresses, set_websites, write_reaches
from crm.customers.statuses import status_changed
from crm.customers.tables import CustomerKind, CustomerStatus, TimelineKind
from crm.customers.tagging import set_tags
from crm.customers.timeline import write_entry
from crm.customers.words import field_label, shown_value
from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.text import sort_key
from crm.web.i18n import _

COLUMNS = {
    "name": "name", "status": "status", "language": "language", "brief": "brief", "origin": "origin", "website": "website",
    "vat_id": "vat_id", "external_id": "external_id", "no_automatic_answers": "no_automatic_answers", "owner_id": "owner",
    "deputy_id": "deputy", "team_id": "team", "parent_id": "parent", "origin_code": "origin_code",
    "recommended_by": "recommended_by", "iban": "iban", "checked_on": "checked_on",
}  # fmt: skip
PERSON_COLUMNS = (
    "given_name", "family_name", "title", "form_of_address", "birthday", "salutation", "preferred_channel",
)  # fmt: skip
PERSON_SETS = "".join(f"{column} = ${place}, " for place, column in enumerate((*PERSON_COLUMNS, "language"), start=2))
ADDRESS = ("street", "postcode", "city", "country")
LISTS = ("emails", "phones", "addresses", "websites", "tags")
TOLD_IN_HISTORY = ("service_level", "owner_id")
"""Changes of these are events of the customer's history, as those of the status are, not only lines of the audit trail."""

Before = dict[str, Any]
"""The values of a record as they are saved, by the names of the API's fields."""

_BEFORE = """
    SELECT c.kind, c.version, c.name, c.status, c.language, c.brief, c.origin, c.website, c.vat_id, c.external_id,
        c.no_automatic_answers, c.owner AS owner_id, c.deputy AS deputy_id, c.team AS team_id, c.parent AS parent_id,
        c.origin_code, c.recommended_by, c.iban, c.checked_on, s.code AS service_level,
        coalesce(a.street, '') AS street, coalesce(a.postcode, '') AS postcode, coalesce(a.city, '') AS city,
        coalesce(a.country, 'DE') AS country, p.id AS person_id, p.given_name, p.family_name, p.title, p.form_of_address,
        p.birthday, p.salutation, p.preferred_channel,
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
    customer_id: int, changes: Mapping[str, Any], version: int | None, *, by: int | None, now: datetime,
    by_hand: bool = False,
) -> int:  # fmt: skip
    """Write the fields that differ, and answer the new version. `changes` has the names of the API's fields; those of
    a private person go to the person. With a `version` that is no longer the saved one, Conflict names each field that
    would undo what somebody else saved. `by_hand`: somebody decides it now (no import, no undo), so that nobody is lost without
    a reason."""
    async with transaction():
        row = await fetch_one(_BEFORE, customer_id)
        if row is None:
            raise NotFound()
        _demand_fitting(row.kind, changes)
        before = await with_lists(row, changes, customer_id)
        wanted = {name: value for name, value in changes.items() if before[name] != value}
        if version is not None and version != before["version"]:
            raise await _conflict(wanted, before)
        if not wanted:
            return int(before["version"])
        if by_hand and wanted.get("status") == CustomerStatus.FORMER:
            sentence = _(
                "Losing a customer needs a reason: use “Change the status”, in the API POST /customers/{id}/status."
            )
            raise Invalid({"status": sentence})
        return await _write(customer_id, before, wanted, by, now)


async def _write(customer_id: int, before: Before, wanted: dict[str, Any], by: int | None, now: datetime) -> int:
    await demand_staff({name: wanted.get(name) for name in ("owner_id", "deputy_id")})
    await demand_relations(customer_id, {name: wanted.get(name) for name in ("parent_id", "recommended_by")})
    await demand_team(wanted.get("team_id"))
    columns = {COLUMNS[name]: value for name, value in wanted.items() if name in COLUMNS}
    if "service_level" in wanted:
        columns["service_level"] = await service_level_id(wanted["service_level"])
    if before["kind"] == CustomerKind.PERSON:
        columns.update(await _write_self(before, wanted))
    elif "name" in wanted:
        columns["sort_key"] = sort_key(wanted["name"])[:SORT_KEY_LENGTH]
    if "checked_on" in wanted:
        columns["checked_by"] = by
    await update_customer(customer_id, columns)
    await _write_several(customer_id, before, wanted, by, now)
    await refresh_search_text(customer_id)
    if {"service_level", "status"} & set(wanted):
        await rhythm_changed(customer_id)
    await record("customer.changed", "customer", customer_id, by=by, now=now, fields=audited_changes(before, wanted))
    if "status" in wanted:
        await status_changed(customer_id, before["status"], wanted["status"], by=by, at=now)
    for name in TOLD_IN_HISTORY:
        if name in wanted:
            await _tell(customer_id, name, before[name], wanted[name], by, now)
    return int(before["version"]) + 1


async def _write_several(
    customer_id: int, before: Before, wanted: Mapping[str, Any], by: int | None, now: datetime
) -> None:
    """Addresses, e-mail addresses, telephone numbers, websites and tags: a list as a whole, or the first one alone."""
    if "addresses" in wanted:
        await set_addresses(customer_id, wanted["addresses"])
    elif set(wanted) & set(ADDRESS):
        street, postcode, city, country = (wanted.get(name, before[name]) for name in ADDRESS)
        await set_address(customer_id, Address(street, postcode, city, country))
    if "websites" in wanted:
        await set_websites(customer_id, wanted["websites"])
    if "tags" in wanted:
        await set_tags(customer_id, wanted["tags"], by=by, now=now)
    whose = {"person_id": before["person_id"]} if before["person_id"] else {"customer_id": customer_id}
    await write_reaches(wanted, **whose)


def audited_changes(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    return audited({name: told(before[name]) for name in wanted}, {name: told(value) for name, value in wanted.items()})


async def with_lists(row: Row, changes: Mapping[str, Any], customer_id: int | None) -> Before:
    """The saved values, with the lists if one of them is to change."""
    before = dict(row)
    if set(changes) & set(LISTS):
        before |= await lists_of(customer_id, before["person_id"])
    return before


async def update_customer(customer_id: int, columns: Mapping[str, Any]) -> None:
    sets = "".join(f"{column} = ${place}, " for place, column in enumerate(columns, start=2))
    try:
        await execute(f"UPDATE customer SET {sets}version = version + 1 WHERE id = $1", customer_id, *columns.values())
    except asyncpg.UniqueViolationError:
        raise external_id_taken() from None


async def _write_self(before: Before, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Write a private person's own fields; answers what follows for the customer's row."""
    names = {name: wanted.get(name, before[name]) for name in PERSON_COLUMNS}
    language = wanted.get("language", before["language"])
    if not (set(wanted) & {*PERSON_COLUMNS, "language"}):
        return {}
    if not names["given_name"] and not names["family_name"]:
        raise Invalid({"family_name": _("Please enter a given name or a family name.")})
    await execute(
        f"UPDATE person SET {PERSON_SETS}version = version + 1 WHERE id = $1",
        before["person_id"], *names.values(), language,
    )  # fmt: skip
    return self_columns(names["title"], names["given_name"], names["family_name"])


def self_columns(title: str, given_name: str, family_name: str) -> dict[str, str]:
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


async def _names_of(wanted: Mapping[str, Any], before: Before) -> dict[str, dict[int | None, str]]:
    """What the records are called that the fields point to, now and as it is wanted."""
    tables = {
        "owner_id": "staff",
        "deputy_id": "staff",
        "team_id": "team",
        "parent_id": "customer",
        "recommended_by": "customer",
    }
    names = {}
    for field in set(tables) & set(wanted):
        ids = [one for one in (wanted[field], before[field]) if one]
        hidden = " AND restricted_at IS NULL" if tables[field] == "customer" else ""
        rows = await fetch(f"SELECT id, name FROM {tables[field]} WHERE id = ANY($1){hidden}", ids)
        names[field] = {row.id: row.name for row in rows}
    return names


async def _conflict(wanted: Mapping[str, Any], before: Before) -> Conflict:
    names = await _names_of(wanted, before)
    differences = [
        Difference(
            field, field_label(field), shown_value(field, before[field], names), shown_value(field, value, names)
        )
        for field, value in wanted.items()
    ]
    sentence = _("Somebody else saved this customer meanwhile. Compare both versions and send yours again.")
    return Conflict(sentence, differences, int(before["version"]))
