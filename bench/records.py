"""The second part of the benchmark, about records: the search for duplicates among labelled customers (how long, how right), and
rows per second of import, milliseconds of search."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from bench.imports import measure_import
from bench.labelled import generate
from bench.labelled_people import HELD_OUT
from bench.labelled_records import Record, precision_and_recall
from bench.machine import cpu_seconds, growth, memory_of_children
from bench.search import measure_search
from crm.catalogues import install_catalogues
from crm.database import copy_rows, execute, fetch, fetch_value, transaction

CUSTOMERS = 100_000
PARTS = {"search": measure_search, "imports": measure_import}
"""What is measured among the same customers, the search before the import doubles them; each answers its figures by name."""


async def measure_records(scale: float) -> dict[str, Any]:
    """In an empty, migrated database. `scale` 1 is 100,000 customers."""
    size = round(CUSTOMERS * scale)
    await install_catalogues()
    print(f"Writing {size:,} labelled customers ...", flush=True)
    labelled = generate(size, HELD_OUT)
    ids = await write_labelled(labelled.records)
    print("Searching for duplicates ...", flush=True)
    took = await _search()
    places = {customer: place for place, customer in enumerate(ids)}
    rows = await fetch("SELECT one, other FROM duplicate_pair WHERE state = 'open'")
    found = {(min(pair), max(pair)) for row in rows if (pair := (places[row.one], places[row.other]))}
    precision, recall = precision_and_recall(found, labelled.truth)
    results: dict[str, Any] = {
        "customers": size, **took, "pairs": len(found), "truth": len(labelled.truth),
        "precision": round(precision, 4), "recall": round(recall, 4), "hard": dict(sorted(labelled.hard.items())),
    }  # fmt: skip
    for name, measure in PARTS.items():
        results[name] = await measure()
    return results


async def _search() -> dict[str, float]:
    """What the search takes by the clock, of the processor (without the database's part), and of memory: the program that
    compares, and what this one has grown by."""
    from crm.records.searching_all import search_all_duplicates

    now = datetime.now(UTC)
    search = await fetch_value(
        "INSERT INTO duplicate_search (asked_at, customers, pairs) VALUES ($1, 0, 0) RETURNING id", now
    )
    begin, cpu = time.perf_counter(), cpu_seconds()
    with growth() as grown:
        if not await search_all_duplicates(search, now=now):
            raise RuntimeError("the search did not run")
    return {
        "seconds": round(time.perf_counter() - begin, 1), "cpu_seconds": round(cpu_seconds() - cpu, 1),
        "memory_mb": round(memory_of_children() + grown[-1]),
    }  # fmt: skip


async def write_labelled(records: list[Record]) -> list[int]:
    """Write the records as customers by COPY; answers their ids in the same order."""
    level = await fetch_value("SELECT id FROM service_level ORDER BY id LIMIT 1")
    now = datetime.now(UTC)
    first = int(await fetch_value("SELECT coalesce(max(id), 0) + 1 FROM customer"))
    person = int(await fetch_value("SELECT coalesce(max(id), 0) + 1 FROM person"))
    customers, persons, affiliations, emails, phones, places = [], [], [], [], [], []
    for customer, record in enumerate(records, start=first):
        is_person = record.kind == "person"
        name = f"{record.given_name} {record.family_name}" if is_person else record.name
        customers.append((customer, f"L-{customer}", record.kind, name, "customer", level, now, record.website))
        given, family = (
            (record.given_name, record.family_name) if is_person else (record.contact_given, record.contact_family)
        )
        whose = (customer, None)
        if given or family:
            persons.append((person, given, family, record.title, record.birthday, now))
            affiliations.append((customer, person, is_person, 0))
            emails += [(None, person, address, 0) for address in [record.contact_email] if address]
            phones += [(None, person, number, 0) for number in [record.contact_phone] if number]
            whose = (None, person) if is_person else whose
            person += 1
        emails += [(*whose, address, 0) for address in [record.email] if address]
        phones += [(*whose, number, 0) for number in [record.phone] if number]
        if record.street or record.city:
            places.append((customer, record.street, record.postcode, record.city, record.country, 0))
    async with transaction():
        await copy_rows(
            "customer", ("id", "number", "kind", "name", "status", "service_level", "created_at", "website"), customers
        )
        await copy_rows("person", ("id", "given_name", "family_name", "title", "birthday", "created_at"), persons)
        await copy_rows("affiliation", ("customer", "person", "is_self", "position"), affiliations)
        await copy_rows("email_address", ("customer", "person", "address", "position"), emails)
        await copy_rows("phone_number", ("customer", "person", "number", "position"), phones)
        await copy_rows("postal_address", ("customer", "street", "postcode", "city", "country", "position"), places)
    for table in ("customer", "person", "affiliation", "email_address", "phone_number", "postal_address"):
        await execute(f"ANALYZE {table}")
    for table in ("customer", "person"):  # whose ids were chosen here; what is imported next gets later ones
        await execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    return list(range(first, first + len(records)))


def print_records(results: dict[str, Any]) -> None:
    """What was measured, in sentences."""
    console = Console(width=110)
    console.print(
        f"Duplicate search among {results['customers']:,} customers: {results['seconds']} s, {results['pairs']:,} pairs found, "
        f"{results['truth']:,} true ones; precision {results['precision']:.4f}, recall {results['recall']:.4f}; "
        f"{results['cpu_seconds']} s of a processor beside the database, at most {results['memory_mb']} MB."
    )
    for name in PARTS:
        console.print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in results[name].items()))
