"""Reads and writes how a customer or a person is reached: e-mail addresses, telephone numbers, postal addresses, websites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.customers.data import Address, Reach
from crm.database import execute, fetch_one, fetch_value

_LISTS = """
    SELECT ARRAY(SELECT ROW(e.address, e.kind) FROM email_address e WHERE e.customer = $1 AND $2::bigint IS NULL OR e.person = $2
            ORDER BY e.position, e.id) AS emails,
        ARRAY(SELECT ROW(n.number, n.kind) FROM phone_number n WHERE n.customer = $1 AND $2::bigint IS NULL OR n.person = $2
            ORDER BY n.position, n.id) AS phones,
        ARRAY(SELECT ROW(a.street, a.postcode, a.city, a.country, a.extra, a.kind) FROM postal_address a WHERE a.customer = $1
            ORDER BY a.position, a.id) AS addresses,
        ARRAY(SELECT ROW(w.url, w.kind) FROM (SELECT website AS url, '' AS kind, -1 AS position, 0 AS id FROM customer
                WHERE id = $1 AND website <> '' UNION ALL SELECT url, kind, position, id FROM web_address WHERE customer = $1) w
            ORDER BY w.position, w.id) AS websites,
        ARRAY(SELECT g.name FROM customer_tag t JOIN tag g ON g.id = t.tag WHERE t.customer = $1 ORDER BY g.key) AS tags
"""


async def lists_of(customer_id: int | None, person_id: int | None) -> dict[str, tuple[Any, ...]]:
    """What the customer, or the person, has several of."""
    row = await fetch_one(_LISTS, customer_id, person_id)
    assert row is not None
    reaches = {name: tuple(Reach(*one) for one in row[name]) for name in ("emails", "phones", "websites")}
    return {**reaches, "addresses": tuple(Address(*one) for one in row.addresses), "tags": tuple(row.tags)}


async def write_reaches(
    wanted: Mapping[str, Any], *, customer_id: int | None = None, person_id: int | None = None
) -> None:
    """Write e-mail addresses and telephone numbers that differ: the list, or the first one alone."""
    whose = {"customer_id": customer_id, "person_id": person_id}
    if "emails" in wanted:
        await set_emails(wanted["emails"], **whose)
    elif "email" in wanted:
        await set_email(wanted["email"], **whose)
    if "phones" in wanted:
        await set_phones(wanted["phones"], **whose)
    elif "phone" in wanted:
        await set_phone(wanted["phone"], **whose)


async def set_emails(emails: Sequence[Reach], *, customer_id: int | None = None, person_id: int | None = None) -> None:
    """These and no others, in this order, are the e-mail addresses of a customer or a person."""
    await _set_all("email_address", "address", emails, customer_id, person_id)


async def set_phones(phones: Sequence[Reach], *, customer_id: int | None = None, person_id: int | None = None) -> None:
    """These (E.164) and no others, in this order, are the telephone numbers of a customer or a person."""
    await _set_all("phone_number", "number", phones, customer_id, person_id)


async def set_email(address: str, *, customer_id: int | None = None, person_id: int | None = None) -> None:
    """Make this the first e-mail address of a customer or a person; empty takes the first one away."""
    await _set_first("email_address", "address", address, customer_id, person_id)


async def set_phone(number: str, *, customer_id: int | None = None, person_id: int | None = None) -> None:
    """Make this (E.164) the first telephone number of a customer or a person; empty takes the first one away."""
    await _set_first("phone_number", "number", number, customer_id, person_id)


def _whose(customer_id: int | None, person_id: int | None) -> tuple[str, int | None]:
    return ("customer", customer_id) if customer_id is not None else ("person", person_id)


async def _set_all(
    table: str, column: str, ways: Sequence[Reach], customer_id: int | None, person_id: int | None
) -> None:
    whose, of = _whose(customer_id, person_id)
    await execute(f"DELETE FROM {table} WHERE {whose} = $1", of)
    if ways:
        await execute(
            f"INSERT INTO {table} ({whose}, {column}, kind, position) "
            "SELECT $1, x.value, x.kind, x.n - 1 FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS x(value, kind, n)",
            of, [way.value for way in ways], [way.kind for way in ways],
        )  # fmt: skip


async def _set_first(table: str, column: str, value: str, customer_id: int | None, person_id: int | None) -> None:
    """Another one that reads the same goes, so that none is there twice."""
    whose, of = _whose(customer_id, person_id)
    first = f"SELECT id FROM {table} WHERE {whose} = $1 ORDER BY position, id LIMIT 1"
    if not value:
        await execute(f"DELETE FROM {table} WHERE id = ({first})", of)
        return
    changed = await fetch_value(f"UPDATE {table} SET {column} = $2 WHERE id = ({first}) RETURNING id", of, value)
    if changed is None:
        await execute(f"INSERT INTO {table} ({whose}, {column}, kind, position) VALUES ($1, $2, '', 0)", of, value)
    else:
        await execute(f"DELETE FROM {table} WHERE {whose} = $1 AND {column} = $2 AND id <> $3", of, value, changed)


async def set_addresses(customer_id: int, addresses: Sequence[Address]) -> None:
    """These and no others, in this order, are the postal addresses of a customer; the first one stands in lists."""
    await execute("DELETE FROM postal_address WHERE customer = $1", customer_id)
    for position, one in enumerate(addresses):
        await execute(
            "INSERT INTO postal_address (customer, street, postcode, city, country, extra, kind, position) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            customer_id, one.street, one.postcode, one.city, one.country, one.extra, one.kind, position,
        )  # fmt: skip


async def set_address(customer_id: int, first: Address) -> None:
    """Make this the first postal address of a customer; if it is empty, the next one moves up."""
    if not first:
        await execute("DELETE FROM postal_address WHERE customer = $1 AND position = 0", customer_id)
        await execute("UPDATE postal_address SET position = position - 1 WHERE customer = $1", customer_id)
        return
    changed = await fetch_value(
        "UPDATE postal_address SET street = $2, postcode = $3, city = $4, country = $5 "
        "WHERE customer = $1 AND position = 0 RETURNING id",
        customer_id, first.street, first.postcode, first.city, first.country,
    )  # fmt: skip
    if changed is None:
        await set_addresses(customer_id, [first])


async def set_websites(customer_id: int, websites: Sequence[Reach]) -> None:
    """These and no others are the websites of a customer: a plain one in front stands in the customer's own row."""
    plain = websites[0].value if websites and not websites[0].kind else ""
    further = websites[1:] if plain else websites
    await execute("UPDATE customer SET website = $2 WHERE id = $1", customer_id, plain)
    await execute("DELETE FROM web_address WHERE customer = $1", customer_id)
    if further:
        await execute(
            "INSERT INTO web_address (customer, url, kind, position) "
            "SELECT $1, x.url, x.kind, x.n FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS x(url, kind, n)",
            customer_id, [one.value for one in further], [one.kind for one in further],
        )  # fmt: skip
