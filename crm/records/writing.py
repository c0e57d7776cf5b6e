"""Writes many new customers and persons at once, exactly what `create_customer` and `add_person` write for one: by COPY, in
the caller's transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from crm.accounts.audit import Entries, entries_about_each, record_each, write_entries
from crm.customers.actions import owner_for
from crm.customers.informing import owe_information
from crm.customers.lists.found_by import refresh_search_texts
from crm.customers.lists.search_text import numbered_text
from crm.customers.tables import CustomerStatus
from crm.customers.tagging import tag_ids
from crm.database import copy_rows, draw_ids, fetch, fetch_value
from crm.records.parsing import Parsed
from crm.records.preparing import Prepared, PreparedPerson, Way
from crm.text import fold

_COLUMNS: dict[str, tuple[str, ...]] = {
    "customer": (
        "id", "number", "kind", "name", "sort_key", "search_text", "status", "owner", "deputy", "service_level", "language", "brief",
        "origin", "website", "vat_id", "external_id", "no_automatic_answers", "created_at", "created_by", "version", "origin_code",
        "recommended_by", "parent", "team", "iban", "checked_on", "checked_by",
    ),
    "person": (
        "id", "given_name", "family_name", "title", "form_of_address", "language", "birthday", "salutation", "preferred_channel",
        "external_id", "created_at", "version",
    ),
    "affiliation": ("customer", "person", "function", "is_self", "position"),
    "email_address": ("customer", "person", "address", "kind", "position"),
    "phone_number": ("customer", "person", "number", "kind", "position"),
    "web_address": ("customer", "url", "kind", "position"),
    "postal_address": ("customer", "street", "postcode", "city", "country", "extra", "kind", "position"),
    "customer_figures": (
        "customer", "contact_due_at", "interactions", "open_tickets", "satisfaction_sum", "satisfaction_answers", "orders", "revenue",
    ),
    "status_change": ("customer", "before", "after", "trigger", "reason_code", "reason", "last_touchpoint", "at", "by_user"),
    "customer_tag": ("customer", "tag"),
}  # fmt: skip
"""In the order that foreign keys ask for."""


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for all rows of an import: who does it, and what its persons are told later."""

    by: int | None
    owner_id: int | None
    levels: dict[str, tuple[int, int]]
    """Code -> id and days of the contact rhythm; the empty code is the company's usual one."""
    source: str
    informed_on: date | None
    run_id: int


@dataclass(slots=True)
class _Rows:
    waiting: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {table: [] for table in _COLUMNS})

    def add(self, table: str, *values: Any) -> None:
        self.waiting[table].append(values)

    async def write(self) -> None:
        for table, columns in _COLUMNS.items():
            if self.waiting[table]:
                await copy_rows(table, columns, self.waiting[table])


async def context_for(*, by: int | None, source: str, informed_on: date | None, run_id: int) -> Context:
    """Look up once what every row needs."""
    rows = await fetch(
        "SELECT id, code, contact_rhythm_days FROM service_level WHERE retired_at IS NULL ORDER BY position, id"
    )
    levels = {row.code: (row.id, row.contact_rhythm_days) for row in rows}
    usual = await fetch_value("SELECT prospect_service_level FROM company")
    levels[""] = levels.get(usual) or next(iter(levels.values()))
    return Context(by, await owner_for(None, by), levels, source, informed_on, run_id)


async def create_many(rows: Sequence[Parsed], context: Context, *, now: datetime) -> list[tuple[int, int | None]]:
    """The customers of these rows, an organisation with its first person; answers their ids and their persons'."""
    if not rows:
        return []
    numbers = await fetch(
        "SELECT nextval('customer_id_seq') AS id, 'K-' || nextval('customer_number') AS number FROM generate_series(1, $1)",
        len(rows),
    )
    prepared = [_ready(row) for row in rows]
    persons = await draw_ids("person", sum(row.person is not None for row in prepared))
    payloads = await draw_ids("audit_payload", len(rows) + len(persons))
    tags = await tag_ids((name for row in prepared for name in row.tags), context.by, now)
    customers = [(row, customer_id, number) for row, (customer_id, number) in zip(prepared, numbers, strict=True)]
    theirs = [_customer(*each, context, now) for each in customers]
    # While the database takes the customers in, a thread makes all other rows.
    beside = asyncio.create_task(asyncio.to_thread(_beside_customers, customers, persons, payloads, context, tags, now))
    try:
        await copy_rows("customer", _COLUMNS["customer"], theirs)
    finally:
        written, trail, made = await beside
    await written.write()
    await owe_information(persons, context.source, informed_on=context.informed_on, import_run=context.run_id, now=now)
    await write_entries(*trail)
    return made


def _beside_customers(
    customers: Sequence[tuple[Prepared, int, str]], persons: Sequence[int], payloads: Sequence[int], context: Context,
    tags: dict[str, int], now: datetime,
) -> tuple[_Rows, tuple[Entries, Entries], list[tuple[int, int | None]]]:  # fmt: skip
    """All rows that follow from the customers, the entries of the audit trail, and the ids of customers and persons."""
    made: list[tuple[int, int | None]] = []
    written, created, added = _Rows(), [], []
    ids = iter(persons)
    for row, customer_id, _number in customers:
        _of_customer(written, row, customer_id, context, tags, now)
        person_id = None
        if row.person is not None:
            person_id = next(ids)
            _person(written, row.person, person_id, customer_id, now, is_self=not row.keys.is_organisation)
            if row.keys.is_organisation:
                added.append((person_id, {"customer_id": customer_id, **row.person.told}))
        created.append((customer_id, row.told))
        made.append((customer_id, person_id))
    n = len(created)
    trail = (
        entries_about_each("customer.created", "customer", created, payloads[:n], by=context.by, now=now),
        entries_about_each("person.added", "person", added, payloads[n : n + len(added)], by=context.by, now=now),
    )
    return written, trail, made


async def join_many(rows: Sequence[tuple[Parsed, int]], context: Context, *, now: datetime) -> list[int]:
    """The persons of these rows, each at an organisation that is there; answers their ids."""
    if not rows:
        return []
    homes = list({home for _row, home in rows})
    counts = await fetch(
        "SELECT customer, count(*)::int AS n FROM affiliation WHERE customer = ANY($1) GROUP BY customer", homes
    )
    places = {row.customer: row.n for row in counts}
    ids = await draw_ids("person", len(rows))
    written, added = _Rows(), []
    for (row, home), person_id in zip(rows, ids, strict=True):
        person = _ready(row).person
        assert person is not None
        place = places.get(home, 0)
        places[home] = place + 1
        _person(written, person, person_id, home, now, is_self=False, place=place)
        added.append((person_id, {"customer_id": home, **person.told}))
    await written.write()
    await refresh_search_texts(homes)
    await owe_information(ids, context.source, informed_on=context.informed_on, import_run=context.run_id, now=now)
    await record_each("person.added", "person", added, by=context.by, now=now)
    return ids


def _ready(row: Parsed) -> Prepared:
    assert row.prepared is not None
    return row.prepared


def _customer(row: Prepared, customer_id: int, number: str, context: Context, now: datetime) -> tuple[Any, ...]:
    return (
        customer_id, number, row.kind, row.name, row.sort_key, numbered_text(row.words, number), row.status,
        row.owner_id or context.owner_id, row.deputy_id, context.levels[row.service_level][0], row.language, row.brief, row.origin,
        row.website, row.vat_id, row.external_id, row.no_automatic_answers, now, context.by, 1, row.origin_code, row.recommended_by,
        row.parent_id, row.team_id, row.iban, row.checked_on, context.by if row.checked_on else None,
    )  # fmt: skip


def _of_customer(
    written: _Rows, row: Prepared, customer_id: int, context: Context, tags: dict[str, int], now: datetime
) -> None:
    _level, rhythm = context.levels[row.service_level]
    for place, address in enumerate(row.addresses):
        written.add("postal_address", customer_id, *address, place)
    for place, (url, kind) in enumerate(row.websites, 1):
        written.add("web_address", customer_id, url, kind, place)
    if row.tags:
        for tag in dict.fromkeys(tags[fold(name)] for name in row.tags):
            written.add("customer_tag", customer_id, tag)
    due = None if row.status == CustomerStatus.FORMER else now + timedelta(days=rhythm)
    written.add("customer_figures", customer_id, due, 0, 0, 0, 0, 0, 0)
    written.add("status_change", customer_id, "", row.status, "created", "", "", "", now, context.by)
    _ways(written, row.emails, row.phones, customer_id, None)


def _person(
    written: _Rows,
    one: PreparedPerson,
    person_id: int,
    customer_id: int,
    now: datetime,
    *,
    is_self: bool,
    place: int = 0,
) -> None:
    written.add(
        "person", person_id, one.given_name, one.family_name, one.title, one.form_of_address, one.language, one.birthday,
        one.salutation, one.preferred_channel, one.external_id or None, now, 1,
    )  # fmt: skip
    written.add("affiliation", customer_id, person_id, one.function, is_self, place)
    _ways(written, one.emails, one.phones, None, person_id)


def _ways(
    written: _Rows, emails: Iterable[Way], phones: Iterable[Way], customer_id: int | None, person_id: int | None
) -> None:
    for place, (value, kind) in enumerate(emails):
        written.add("email_address", customer_id, person_id, value, kind, place)
    for place, (value, kind) in enumerate(phones):
        written.add("phone_number", customer_id, person_id, value, kind, place)
