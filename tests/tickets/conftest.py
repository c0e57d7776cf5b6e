"""The kitchen maker's service desk: what Ali, Jonas and Mia can do, and the customers who ask them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crm.accounts.tables import User
from crm.customers.actions import add_person, create_organisation, create_private_person
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from crm.database import execute, fetch_value
from crm.service_levels import queries
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday, ten o'clock in Nuremberg: everybody is at work."""


async def train(user: User, capacity: int = 8, languages: str = "de", **levels: int) -> None:
    """Make somebody an agent with a level per topic."""
    await execute(
        'INSERT INTO agent_profile ("user", capacity, languages, channels) VALUES ($1, $2, $3, $4)',
        user.id,
        capacity,
        languages,
        "",
    )
    for topic, level in levels.items():
        await execute(
            'INSERT INTO competence ("user", topic, level) SELECT $1, id, $3 FROM topic WHERE code = $2',
            user.id,
            topic,
            level,
        )


@dataclass(frozen=True)
class Desk:
    """Größmann is Gold with Anna as its person, Emre a private person on Basis without an address to write to."""

    cast: Cast
    groessmann: int
    anna: int
    emre: int
    emre_person: int


@pytest.fixture
async def desk(cast: Cast) -> Desk:
    return await furnish(cast)


async def furnish(cast: Cast) -> Desk:
    await train(cast.ali, general=1, billing=1, delivery=1)
    await train(cast.jonas, general=2, billing=2, complaint=2)
    await train(cast.mia, languages="de,en", general=3, billing=3, technical=3, complaint=3)
    groessmann = await create_organisation(
        OrganisationData("Größmann Küchen GmbH", "info@groessmann.example", "", MasterData(service_level="gold")),
        by=cast.petra.id, now=NOW,
    )  # fmt: skip
    anna = await add_person(
        groessmann, PersonData("Anna", "Größmann", email="anna@groessmann.example"), by=cast.petra.id, now=NOW
    )
    emre, person = await create_private_person(
        PrivatePersonData(PersonData("Emre", "Yıldız"), MasterData()), by=cast.ali.id, now=NOW
    )
    return Desk(cast, groessmann, anna, emre, person)


async def value_of(ticket_id: int, column: str) -> object:
    return await fetch_value(f"SELECT {column} FROM ticket WHERE id = $1", ticket_id)


@pytest.fixture
async def round_the_clock(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Everybody is at work whenever the tests run, also at night and on New Year's Day."""
    monkeypatch.setattr(queries, "public_holidays", lambda *_region: frozenset())
    queries._calendar.cache_clear()
    await execute(
        "INSERT INTO agent_hours (\"user\", weekday, starts, ends) SELECT p.\"user\", d, time '00:00', time '00:00' "
        "FROM agent_profile p CROSS JOIN generate_series(0, 6) d"
    )
    yield
    queries._calendar.cache_clear()
