"""Customers for the tests of consent: a private person, and an organisation with an info@ address and a contact person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crm.customers.figures import start_figures
from crm.database import execute, fetch_value

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Client:
    """A customer with one person."""

    customer: int
    person: int
    email: str


async def customer(name: str, kind: str, number: str) -> int:
    new = await fetch_value(
        "INSERT INTO customer (number, kind, name, status, service_level, language, created_at, sort_key, search_text, brief, "
        "origin, website, no_automatic_answers, version) SELECT $1, $2, $3, 'customer', id, 'de', $4, '', '', '', '', '', "
        "false, 1 FROM service_level WHERE code = 'basis' RETURNING id",
        number, kind, name, NOW,
    )  # fmt: skip
    await start_figures(new, NOW)
    return int(new)


async def person_at(customer_id: int, given: str, family: str, email: str, *, is_self: bool = False) -> int:
    new = await fetch_value(
        "INSERT INTO person (given_name, family_name, title, form_of_address, language, created_at, version) "
        "VALUES ($1, $2, '', 'ms', 'de', $3, 1) RETURNING id",
        given, family, NOW,
    )  # fmt: skip
    await execute(
        "INSERT INTO affiliation (customer, person, function, is_self, position) VALUES ($1, $2, '', $3, 0)",
        customer_id, new, is_self,
    )  # fmt: skip
    await execute("INSERT INTO email_address (person, address, position) VALUES ($1, $2, 0)", new, email)
    return int(new)


@pytest.fixture
async def anna(db: None) -> Client:
    """Anna Größmann, a private person."""
    row = await customer("Anna Größmann", "person", "T-1")
    person = await person_at(row, "Anna", "Größmann", "Anna@Groessmann.example", is_self=True)
    return Client(row, person, "Anna@Groessmann.example")


@pytest.fixture
async def studio(db: None) -> Client:
    """Küchenstudio Yıldız with info@ and Dr. Emre Yıldız."""
    row = await customer("Küchenstudio Yıldız GmbH", "organisation", "T-2")
    await execute("INSERT INTO email_address (customer, address, position) VALUES ($1, 'info@yildiz.example', 0)", row)
    person = await person_at(row, "Emre", "Yıldız", "emre@yildiz.example")
    return Client(row, person, "emre@yildiz.example")
