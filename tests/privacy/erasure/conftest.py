"""A furnished house with a request for erasure of Emre, whose identity is confirmed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.database import execute, fetch_value
from crm.privacy.desk.filing import file_request
from crm.privacy.erasure.executing import erase_person
from crm.privacy.erasure.overview import erasure_for, overview_of
from crm.privacy.erasure.preparing import approve_erasure, decide_rest, prepare_erasure, submit_erasure
from crm.privacy.erasure.tables import Decision
from tests.attacks.conftest import House, doors, furnish
from tests.cast import introduce

__all__ = ["doors"]

NOW = datetime.now(UTC)
"""The moment of an erasure: the house is furnished an hour before it."""


async def ask(person: int | None, now: datetime = NOW, *, customer: int | None = None, address: str = "") -> int:
    """A request for erasure from somebody whom the officer knows to be the person."""
    request = await file_request(
        "erasure", source="mail", text="Bitte löschen Sie meine Daten.", person_id=person, customer_id=customer,
        requester_address=address, now=now,
    )  # fmt: skip
    await execute("UPDATE data_request SET identity = 'confirmed' WHERE id = $1", request)
    return request


async def close_enquiries(customer: int) -> None:
    await execute("UPDATE ticket SET status = 'closed', closed_at = opened_at WHERE customer = $1", customer)


async def prepared(house: House, request: int, now: datetime = NOW) -> int:
    """Sven prepares it; mentions elsewhere are blackened."""
    erasure = await prepare_erasure(request, by=house.cast.sven.id, now=now)
    await decide_rest(await erasure_for(erasure), Decision.REDACT, "", by=house.cast.sven.id, now=now)
    return erasure


async def submitted(house: House, request: int, now: datetime = NOW) -> int:
    erasure = await prepared(house, request, now)
    row = await erasure_for(erasure)
    seen = (await overview_of(row, now)).fingerprint
    await submit_erasure(row, seen, by=house.cast.sven.id, now=now)
    return erasure


async def approved(house: House, request: int, now: datetime = NOW) -> int:
    """Ines, the administrator, is the second person."""
    erasure = await submitted(house, request, now)
    row = await erasure_for(erasure)
    await approve_erasure(row, row.fingerprint, by=house.cast.ines.id, now=now)
    return erasure


async def erased(house: House, request: int, journal: Path, now: datetime = NOW) -> int:
    erasure = await approved(house, request, now)
    assert await erase_person(erasure, journal=journal, now=now)
    assert await fetch_value("SELECT status FROM erasure WHERE id = $1", erasure) == "done"
    return erasure


@pytest.fixture(name="house")
async def furnished(own_database: str) -> House:
    return await furnish(await introduce())


@pytest.fixture
async def emre(house: House) -> int:
    """Emre's request; his enquiries are completed."""
    await close_enquiries(house.emre)
    return await ask(house.emre_person, address="emre@yildiz.example")
