"""Writes the changes of many customers and persons at once, exactly what `change_customer` and `change_person` write for one:
in a fixed number of statements, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.audit import record_each
from crm.customers.actions import SORT_KEY_LENGTH
from crm.customers.changing import COLUMNS, PERSON_COLUMNS, TOLD_IN_HISTORY, audited_changes, self_columns
from crm.customers.data import Reach
from crm.customers.figures import rhythm_changed
from crm.customers.lists.found_by import refresh_search_texts
from crm.customers.statuses import statuses_changed
from crm.customers.tables import CustomerKind, TimelineKind
from crm.customers.tagging import tag_ids
from crm.database import copy_rows, execute, fetch
from crm.text import fold, sort_key

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written to a customer, or to a person at one (then with `person_id`): the values that differ, by the names
    of the API's fields, and what is saved now. No customer and no person may be there twice."""

    customer_id: int
    person_id: int | None
    before: Values
    wanted: Values


_MAIN = (*COLUMNS.values(), "service_level", "sort_key", "checked_by")
_OF_PERSON = (*PERSON_COLUMNS, "language")


def _update(table: str, columns: Iterable[str]) -> str:
    """Each row gets its own values, as JSON; what is not in it stays."""
    named = ", ".join(columns)
    return (
        f"UPDATE {table} t SET ({named}) = (SELECT {named} FROM jsonb_populate_record(t, x.new)), version = t.version + 1 "
        "FROM unnest($1::bigint[], $2::jsonb[]) AS x(id, new) WHERE t.id = x.id"
    )


_UPDATE_CUSTOMERS, _UPDATE_PERSONS = _update("customer", _MAIN), _update("person", _OF_PERSON)


async def change_many(customers: Sequence[Change], persons: Sequence[Change], *, by: int | None, now: datetime) -> None:
    """Write them: values, lists, what people are found by, rhythm, history and audit trail."""
    if customers:
        await _change_customers(customers, by, now)
    if persons:
        await _change_persons(persons, by, now)


async def _change_customers(changes: Sequence[Change], by: int | None, now: datetime) -> None:
    levels = {row.code: row.id for row in await fetch("SELECT id, code FROM service_level")}
    await _write(_UPDATE_CUSTOMERS, {each.customer_id: _columns(each, levels, by) for each in changes})
    await _write(
        _UPDATE_PERSONS,
        {
            each.person_id: own
            for each in changes
            if each.person_id and (own := {name: each.wanted[name] for name in _OF_PERSON if name in each.wanted})
        },
    )
    await _write_lists(changes, by, now)
    await refresh_search_texts([each.customer_id for each in changes])
    moved = [each.customer_id for each in changes if {"service_level", "status"} & set(each.wanted)]
    if moved:
        await rhythm_changed(*moved)
    told = [(each.customer_id, audited_changes(dict(each.before), each.wanted)) for each in changes]
    await record_each("customer.changed", "customer", told, by=by, now=now)
    await _tell_history(changes, by, now)


def _columns(change: Change, levels: Mapping[str, int], by: int | None) -> dict[str, Any]:
    """What changes in the customer's own row."""
    wanted = change.wanted
    columns = {COLUMNS[name]: value for name, value in wanted.items() if name in COLUMNS}
    if "service_level" in wanted:
        columns["service_level"] = levels[wanted["service_level"]]
    if "checked_on" in wanted:
        columns["checked_by"] = by
    if change.before["kind"] == CustomerKind.ORGANISATION and "name" in wanted:
        columns["sort_key"] = sort_key(wanted["name"])[:SORT_KEY_LENGTH]
    if change.before["kind"] == CustomerKind.PERSON and set(wanted) & {*_OF_PERSON}:
        columns |= self_columns(
            *(wanted.get(name, change.before[name]) for name in ("title", "given_name", "family_name"))
        )
    return columns


async def _change_persons(changes: Sequence[Change], by: int | None, now: datetime) -> None:
    rows = {
        each.person_id: {n: v for n, v in each.wanted.items() if n in _OF_PERSON} for each in changes if each.person_id
    }
    await _write(_UPDATE_PERSONS, rows)
    functions = [each for each in changes if "function" in each.wanted]
    if functions:
        await execute(
            "UPDATE affiliation a SET function = x.function FROM unnest($1::bigint[], $2::bigint[], $3::text[]) "
            "AS x(person, customer, function) WHERE a.person = x.person AND a.customer = x.customer",
            [each.person_id for each in functions], [each.customer_id for each in functions],
            [each.wanted["function"] for each in functions],
        )  # fmt: skip
    await _write_lists(changes, by, now)
    await _follow(changes)
    told = [
        (each.person_id, audited_changes(dict(each.before), each.wanted))
        for each in changes
        if each.person_id is not None
    ]
    await record_each("person.changed", "person", told, by=by, now=now)


async def _follow(changes: Sequence[Change]) -> None:
    """Every customer of these persons is found by the new values; a private customer is also called by the new name."""
    homes = await fetch(
        "SELECT a.customer, a.is_self, p.title, p.given_name, p.family_name, p.language FROM affiliation a "
        "JOIN person p ON p.id = a.person WHERE a.person = ANY($1) ORDER BY a.customer",
        [each.person_id for each in changes],
    )  # fmt: skip
    own = {
        row.customer: {**self_columns(row.title, row.given_name, row.family_name), "language": row.language}
        for row in homes
        if row.is_self
    }
    await _write(_UPDATE_CUSTOMERS, own)
    await refresh_search_texts(list({row.customer for row in homes}))


async def _write(sql: str, rows: Mapping[Any, Values]) -> None:
    if rows:
        told = [msgspec.json.encode(dict(row)).decode() for row in rows.values()]
        await execute(sql, list(rows), told)


async def _write_lists(changes: Sequence[Change], by: int | None, now: datetime) -> None:
    """Lists that differ are written anew as a whole; tags only come in addition."""
    for name, table, column in (("emails", "email_address", "address"), ("phones", "phone_number", "number")):
        concerned = [each for each in changes if name in each.wanted]
        if not concerned:
            continue
        whose = [(None, each.person_id) if each.person_id else (each.customer_id, None) for each in concerned]
        await execute(
            f"DELETE FROM {table} WHERE customer = ANY($1) OR person = ANY($2)",
            [customer for customer, _person in whose if customer], [person for _customer, person in whose if person],
        )  # fmt: skip
        lists: list[Sequence[Reach]] = [each.wanted[name] for each in concerned]
        ways = [
            (*of, way.value, way.kind, place)
            for of, ways in zip(whose, lists, strict=True)
            for place, way in enumerate(ways)
        ]
        await copy_rows(table, ("customer", "person", column, "kind", "position"), ways)
    await _write_addresses([each for each in changes if "addresses" in each.wanted])
    await _write_tags([each for each in changes if "tags" in each.wanted], by, now)


async def _write_addresses(changes: Sequence[Change]) -> None:
    if not changes:
        return
    await execute("DELETE FROM postal_address WHERE customer = ANY($1)", [each.customer_id for each in changes])
    columns = ("street", "postcode", "city", "country", "extra", "kind")
    await copy_rows(
        "postal_address",
        ("customer", "position", *columns),
        [
            (each.customer_id, place, *(getattr(address, column) for column in columns))
            for each in changes
            for place, address in enumerate(each.wanted["addresses"])
        ],
    )


async def _write_tags(changes: Sequence[Change], by: int | None, now: datetime) -> None:
    if not changes:
        return
    ids = await tag_ids([name for each in changes for name in each.wanted["tags"]], by, now)
    pairs = [(each.customer_id, ids[fold(name)]) for each in changes for name in each.wanted["tags"]]
    await execute(
        "INSERT INTO customer_tag (customer, tag) SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING",
        [customer for customer, _tag in pairs], [tag for _customer, tag in pairs],
    )  # fmt: skip


async def _tell_history(changes: Sequence[Change], by: int | None, now: datetime) -> None:
    """The events of statuses, and the lines of the history."""
    moved = [
        (each.customer_id, each.before["status"], str(each.wanted["status"]))
        for each in changes
        if "status" in each.wanted
    ]
    lines = await statuses_changed(moved, by=by, at=now) if moved else []
    names = await _staff_names(changes)
    for each in changes:
        for field in TOLD_IN_HISTORY:
            if field in each.wanted:
                old, new = each.before[field], each.wanted[field]
                if field == "owner_id":
                    old, new = names.get(old, ""), names.get(new, "")
                lines.append(
                    (
                        each.customer_id,
                        {"field": "owner" if field == "owner_id" else field, "before": old, "after": new},
                    )
                )
    if lines:
        await copy_rows(
            "timeline_entry",
            ("customer", "kind", "at", "ref_id", "title", "body", "by_user", "detail"),
            [
                (customer, TimelineKind.CHANGE.value, now, customer, "", "", by, msgspec.json.encode(detail).decode())
                for customer, detail in lines
            ],
        )


async def _staff_names(changes: Sequence[Change]) -> dict[int | None, str]:
    """An owner is told by name, since people come and go."""
    ids = {
        one
        for each in changes
        if "owner_id" in each.wanted
        for one in (each.before["owner_id"], each.wanted["owner_id"])
        if one
    }
    if not ids:
        return {}
    return {row.id: row.name for row in await fetch("SELECT id, name FROM staff WHERE id = ANY($1)", list(ids))}
