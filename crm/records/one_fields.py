"""The fields of which a customer has one each, when two become one: taking the other's value, and giving it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from crm.customers.actions import SORT_KEY_LENGTH, person_sort_key
from crm.customers.data import full_name
from crm.customers.tables import CustomerKind
from crm.database import execute, fetch, fetch_one
from crm.records.references import CHOSEN, PERSON_CHOSEN
from crm.text import sort_key

FOLLOWING = {"checked_on": "checked_by", "origin_code": "origin"}
"""Columns that make sense only together with another."""


class Kept(msgspec.Struct):
    """One field that the merge changed: of which row, and its value before and after (as JSON)."""

    table: str
    id: int
    name: str
    column: str
    before: Any
    after: Any


async def take_fields(
    survivor: int, merged: int, take: Iterable[str], persons: Sequence[tuple[int, int]]
) -> list[Kept]:
    """Write the merged one's values over the survivor's where it was chosen, and where a person's field was empty. An external
    id goes from one to the other, since it may be there only once."""
    kept: list[Kept] = []
    wanted = set(take)
    columns = {CHOSEN[name]: name for name in wanted if name in CHOSEN}
    columns |= {FOLLOWING[column]: name for column, name in list(columns.items()) if column in FOLLOWING}
    is_private = (
        await fetch_one("SELECT FROM customer WHERE id = $1 AND kind = $2", survivor, CustomerKind.PERSON) is not None
    )
    if is_private:
        columns.pop("name", None)
    if "external_id" in columns:
        kept += await _exchange_external_id(survivor, merged)
        del columns["external_id"]
    kept += await _copy("customer", merged, survivor, columns)
    for old, new in persons:
        chosen = {column: column for column in PERSON_CHOSEN if column in wanted} if is_private else {}
        if is_private and "language" in wanted:
            chosen["language"] = "language"
        empty = await _empty_columns(new, set(PERSON_CHOSEN) - {"form_of_address"})
        kept += await _copy("person", old, new, chosen | {column: column for column in empty})
    return kept


async def keep_both_websites(survivor: int, own: str, merged: int) -> list[int]:
    """The website that was not chosen (`own` is the survivor's of before) stays as a further one; answers the ids of the rows that
    were made for that."""
    rows = await fetch(
        "INSERT INTO web_address (customer, url, position, kind) "
        "SELECT s.id, other.url, (SELECT coalesce(max(position) + 1, 0) FROM web_address WHERE customer = s.id), '' "
        "FROM customer s JOIN customer m ON m.id = $3 CROSS JOIN LATERAL unnest(ARRAY[$2::text, m.website]) AS other(url) "
        "WHERE s.id = $1 AND other.url <> '' AND lower(other.url) <> lower(s.website) "
        "AND NOT EXISTS (SELECT FROM web_address w WHERE w.customer = s.id AND lower(w.url) = lower(other.url)) RETURNING id",
        survivor, own, merged,
    )  # fmt: skip
    return [row.id for row in rows]


async def restore_fields(merge_id: int, survivor: int, fields: Sequence[Kept]) -> tuple[str, ...]:
    """Give back the values of before, the last change first. A value that a later merge has covered is taken out from under it; one
    that somebody has changed since stays, and is named."""
    changed = []
    for each in reversed(fields):
        if await _is_covered(merge_id, survivor, each):
            continue
        found = await fetch(
            f"UPDATE {each.table} t SET {each.column} = r.{each.column} FROM jsonb_populate_record(NULL::{each.table}, $2::jsonb) r "
            f"WHERE t.id = $1 AND to_jsonb(t) -> $3 IS NOT DISTINCT FROM $4::jsonb RETURNING t.id",
            each.id, _json({each.column: each.before}), each.column, _json(each.after),
        )  # fmt: skip
        if not found:
            changed.append(each.name)
    return tuple(dict.fromkeys(changed))


async def names_anew(customer_id: int) -> None:
    """The sort key of an organisation, and the name of a private customer after the person."""
    row = await fetch_one(
        "SELECT c.kind, c.name, p.title, p.given_name, p.family_name FROM customer c "
        "LEFT JOIN affiliation a ON a.customer = c.id AND a.is_self "
        "LEFT JOIN person p ON p.id = a.person WHERE c.id = $1",
        customer_id,
    )
    if row is None:
        return
    name, key = row.name, sort_key(row.name)
    if row.kind == CustomerKind.PERSON and row.given_name is not None:
        name, key = (
            full_name(row.title, row.given_name, row.family_name),
            person_sort_key(row.given_name, row.family_name),
        )
    await execute(
        "UPDATE customer SET name = $2, sort_key = $3 WHERE id = $1", customer_id, name, key[:SORT_KEY_LENGTH]
    )


async def _copy(table: str, source: int, target: int, columns: dict[str, str]) -> list[Kept]:
    if not columns:
        return []
    rows = await fetch(
        f"SELECT t.id, to_jsonb(t)::text AS row FROM {table} t WHERE id = ANY($1::bigint[])", [source, target]
    )
    values = {row.id: msgspec.json.decode(row.row) for row in rows}
    different = sorted(column for column in columns if values[source][column] != values[target][column])
    for column in different:
        await execute(
            f"UPDATE {table} t SET {column} = s.{column} FROM {table} s WHERE t.id = $1 AND s.id = $2", target, source
        )
    return [
        Kept(table, target, columns[column], column, values[target][column], values[source][column])
        for column in different
    ]


async def _exchange_external_id(survivor: int, merged: int) -> list[Kept]:
    rows = await fetch("SELECT id, external_id FROM customer WHERE id = ANY($1::bigint[])", [survivor, merged])
    values = {row.id: row.external_id for row in rows}
    if values[survivor] == values[merged]:
        return []
    await execute("UPDATE customer SET external_id = NULL WHERE id = ANY($1::bigint[])", [survivor, merged])
    for customer, other in ((survivor, merged), (merged, survivor)):
        await execute("UPDATE customer SET external_id = $2 WHERE id = $1", customer, values[other])
    name = "external_id"
    return [
        Kept("customer", merged, name, name, None, values[survivor]), Kept("customer", survivor, name, name, values[survivor], None),
        Kept("customer", survivor, name, name, None, values[merged]), Kept("customer", merged, name, name, values[merged], None),
    ]  # fmt: skip


async def _empty_columns(person: int, columns: Iterable[str]) -> list[str]:
    row = await fetch_one("SELECT * FROM person WHERE id = $1", person)
    assert row is not None
    names = ("given_name", "family_name")
    return sorted(column for column in columns if row[column] in (None, "") and column not in names)


async def _is_covered(merge_id: int, survivor: int, field: Kept) -> bool:
    """A later merge into the same customer has written this field too: what that one keeps as before becomes ours."""
    rows = await fetch(
        "SELECT id, kept::text AS kept FROM customer_merge WHERE survivor = $1 AND id > $2 AND undone_at IS NULL ORDER BY id",
        survivor,
        merge_id,
    )
    for row in rows:
        memory = msgspec.json.decode(row.kept)
        for later in memory["fields"]:
            if (later["table"], later["id"], later["column"]) == (field.table, field.id, field.column) and later[
                "before"
            ] == field.after:
                later["before"] = field.before
                await execute("UPDATE customer_merge SET kept = $2 WHERE id = $1", row.id, _json(memory))
                return True
    return False


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
