"""Changes customers that are there by what a row says: only what the row fills, and only what differs. Nothing is taken away:
a new telephone number comes first, the old one stays behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.customers.data import Address, Reach
from crm.database import Row, execute, fetch
from crm.records.deciding import Step
from crm.records.parsing import Said
from crm.records.rewriting import Change, change_many
from crm.text import fold

_CUSTOMER = (
    "status", "service_level", "language", "brief", "origin", "origin_code", "website", "vat_id", "iban", "external_id", "owner_id",
    "deputy_id", "no_automatic_answers", "checked_on",
)  # fmt: skip
_PERSON = ("given_name", "family_name", "title", "form_of_address", "birthday", "salutation", "preferred_channel")

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a row has changed: field -> [former, new], of the customer and of a person at it. Empty: nothing was new."""

    customer: Mapping[str, list[Any]]
    person: Mapping[str, list[Any]]

    def __bool__(self) -> bool:
        return bool(self.customer or self.person)


def _listed(table: str, column: str, whose: str) -> str:
    return (
        f"(SELECT coalesce(jsonb_agg(jsonb_build_array(x.{column}, x.kind) ORDER BY x.position, x.id), '[]')::text "
        f"FROM {table} x WHERE {whose})"
    )


_FORMER = f"""
    SELECT c.id, c.kind, c.name, c.status, c.language, c.brief, c.origin, c.website, c.vat_id, c.external_id,
        c.no_automatic_answers, c.owner AS owner_id, c.deputy AS deputy_id, c.origin_code, c.iban, c.checked_on,
        s.code AS service_level, p.id AS person_id, p.given_name, p.family_name, p.title, p.form_of_address, p.birthday,
        p.salutation, p.preferred_channel, p.external_id AS person_external_id,
        {_listed("email_address", "address", "CASE WHEN p.id IS NULL THEN x.customer = c.id ELSE x.person = p.id END")} AS emails,
        {_listed("phone_number", "number", "CASE WHEN p.id IS NULL THEN x.customer = c.id ELSE x.person = p.id END")} AS phones,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(x.street, x.postcode, x.city, x.country, x.extra, x.kind)
            ORDER BY x.position, x.id), '[]')::text FROM postal_address x WHERE x.customer = c.id) AS addresses,
        ARRAY(SELECT g.name FROM customer_tag t JOIN tag g ON g.id = t.tag WHERE t.customer = c.id ORDER BY g.key) AS tags
    FROM customer c JOIN service_level s ON s.id = c.service_level
    LEFT JOIN affiliation f ON f.customer = c.id AND f.is_self LEFT JOIN person p ON p.id = f.person
    WHERE c.id = ANY($1) AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL
"""
_FORMER_PERSON = f"""
    SELECT p.id, a.customer, a.function, p.given_name, p.family_name, p.title, p.form_of_address, p.birthday, p.salutation,
        p.preferred_channel, p.external_id AS person_external_id,
        {_listed("email_address", "address", "x.person = p.id")} AS emails,
        {_listed("phone_number", "number", "x.person = p.id")} AS phones
    FROM person p JOIN affiliation a ON a.person = p.id WHERE p.id = ANY($1) AND a.customer = ANY($2)
"""


async def former_customers(ids: Sequence[int]) -> dict[int, Values]:
    """What is saved now, by the names of the API's fields; those of a private person among them."""
    return {row.id: _decoded(row) for row in await fetch(_FORMER, list(ids))}


async def former_persons(pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Values]:
    """The same for persons at organisations, by person and customer."""
    rows = await fetch(_FORMER_PERSON, [person for person, _c in pairs], [customer for _p, customer in pairs])
    return {(row.id, row.customer): _decoded(row) for row in rows}


def _decoded(row: Row) -> Values:
    values = dict(row)
    for name in ("emails", "phones"):
        values[name] = tuple(Reach(*one) for one in msgspec.json.decode(values[name]))
    if "addresses" in values:
        values["addresses"] = tuple(Address(*one) for one in msgspec.json.decode(values["addresses"]))
    if "tags" in values:
        values["tags"] = tuple(values["tags"])
    return values


async def update_many(steps: Sequence[Step], *, by: int | None, now: datetime) -> list[Changed]:
    """Change the customers of these steps, no customer and no person twice, in a fixed number of statements; answers what was
    changed, in their order."""
    found = [step.match for step in steps if step.match is not None]
    if not found:
        return []
    ids = [match.customer.customer_id for match in found]
    pairs = [(m.person_id, m.customer.customer_id) for m in found if m.person_id is not None]
    await execute("SELECT id FROM customer WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids)
    await execute(
        "SELECT id FROM person WHERE id = ANY($1) ORDER BY id FOR UPDATE", [person for person, _home in pairs]
    )
    customers, persons = await former_customers(ids), await former_persons(pairs)
    planned = [_planned(step, customers, persons) for step in steps]
    await _leave_anothers_numbers(planned)
    numbered = {
        one.person_id: one.number for one in planned if one.number and one.person_id and not one.former_number
    }  # a person keeps the number they have: another program's comes too late
    await change_many(
        [Change(p.customer_id, p.before.get("person_id"), p.before, p.own) for p in planned if p.own],
        [Change(p.customer_id, p.match_id, p.person_before, p.theirs) for p in planned if p.theirs and p.match_id is not None],
        by=by, now=now,
    )  # fmt: skip
    if numbered:
        await execute(
            "UPDATE person p SET external_id = x.number FROM unnest($1::bigint[], $2::text[]) AS x(id, number) WHERE p.id = x.id",
            list(numbered), list(numbered.values()),
        )  # fmt: skip
    return [one.changed(numbered) for one in planned]


@dataclass(slots=True)
class _Planned:
    """What one row changes. `match_id` is the person whom the row was found by, `person_id` the one who gets a number."""

    customer_id: int
    match_id: int | None
    person_id: int | None
    before: Values
    person_before: Values
    own: Values
    theirs: Values
    number: str

    @property
    def former_number(self) -> str | None:
        former: str | None = (self.person_before or self.before).get("person_external_id")
        return former

    def changed(self, numbered: Mapping[int, str]) -> Changed:
        told = {name: [self.person_before[name], value] for name, value in self.theirs.items()}
        if self.number and self.person_id in numbered:
            told["person_external_id"] = [self.former_number, self.number]
        return Changed({name: [self.before[name], value] for name, value in self.own.items()}, told)


def _planned(step: Step, customers: Mapping[int, Values], persons: Mapping[tuple[int, int], Values]) -> _Planned:
    match = step.match
    assert match is not None
    own, theirs = differences(step, customers, persons)
    customer_id = match.customer.customer_id
    before = customers.get(customer_id, {})
    person_id = match.person_id if theirs else before.get("person_id")
    number = theirs.pop("person_external_id", None) or own.pop("person_external_id", None)
    person_before = persons.get((match.person_id or 0, customer_id), {})
    return _Planned(customer_id, match.person_id, person_id, before, person_before, own, theirs, number or "")


async def _leave_anothers_numbers(planned: Sequence[_Planned]) -> None:
    """A number that another one has stays there: with somebody who was merged into this one, above all."""
    persons = await _owners("person", [one.number for one in planned if one.number])
    customers = await _owners("customer", [one.own["external_id"] for one in planned if one.own.get("external_id")])
    for one in planned:
        if persons.get(one.number, one.person_id) != one.person_id:
            one.number = ""
        if customers.get(one.own.get("external_id", ""), one.customer_id) != one.customer_id:
            del one.own["external_id"]


async def _owners(table: str, numbers: Sequence[str]) -> dict[str, int]:
    if not numbers:
        return {}
    return {
        row.external_id: row.id
        for row in await fetch(f"SELECT external_id, id FROM {table} WHERE external_id = ANY($1)", list(numbers))
    }


def differences(
    step: Step, customers: Mapping[int, Values], persons: Mapping[tuple[int, int], Values]
) -> tuple[Values, Values]:
    """What is to be written to the customer, and to the person at it."""
    match = step.match
    assert match is not None
    said = step.parsed.said
    data = said.customer
    home = match.customer
    before = customers.get(home.customer_id, {})
    person_before = persons.get((match.person_id or 0, home.customer_id), {})
    own: Values = {}
    if data.organisation is None and home.is_organisation:
        return {}, _differing(_person_values(step, said, ""), person_before)
    if data.organisation is None:
        own = _person_values(step, said, "")
        own.pop("function", None)
    elif home.is_organisation:
        own = {
            "name": data.organisation.name,
            "emails": data.organisation.all_emails,
            "phones": data.organisation.all_phones,
        }
    own |= _master_values(said)
    theirs = _person_values(step, said, "person_") if data.organisation is not None and match.person_id else {}
    return _differing(own, before), _differing(theirs, person_before)


def _master_values(said: Said) -> Values:
    master = said.customer.master
    values = {name: getattr(master, name) for name in _CUSTOMER if name in said.given}
    return values | {"addresses": master.all_addresses, "tags": master.tags}


def _person_values(step: Step, said: Said, prefix: str) -> Values:
    person = said.customer.person
    if person is None:
        return {}
    values = {name: getattr(person, name) for name in (*_PERSON, "function") if prefix + name in said.given}
    return values | {
        "emails": person.all_emails,
        "phones": person.all_phones,
        "person_external_id": step.parsed.person_external_id,
    }


def _differing(wanted: Values, before: Values) -> Values:
    """What differs, lists together with what is there already."""
    found = {}
    for name, value in wanted.items():
        if value in ("", None, ()) or name not in before or (name == "external_id" and before[name]):
            continue  # an external number that is there is kept
        new = _together(name, value, before[name])
        if new != before[name]:
            found[name] = new
    return found


def _together(name: str, value: Any, before: Any) -> Any:
    match name:
        case "emails":
            there = {one.value.lower() for one in before}
            return before if all(one.value.lower() in there for one in value) else _in_front(value, before, str.lower)
        case "phones":
            there = {one.value for one in before}
            return before if all(one.value in there for one in value) else _in_front(value, before, str)
        case "addresses":
            plain = {(fold(one.street), one.postcode, fold(one.city), one.country) for one in before}
            new = tuple(
                one for one in value if (fold(one.street), one.postcode, fold(one.city), one.country) not in plain
            )
            return (*new, *before) if new else before
        case "tags":
            keys = {fold(one) for one in before}
            return (*before, *(one for one in value if fold(one) not in keys))
        case _:
            return value


def _in_front(new: Sequence[Reach], before: Sequence[Reach], key: Any) -> tuple[Reach, ...]:
    wanted = {key(one.value) for one in new}
    kinds = {key(one.value): one.kind for one in before}
    first = tuple(Reach(one.value, one.kind or kinds.get(key(one.value), "")) for one in new)
    return (*first, *(one for one in before if key(one.value) not in wanted))
