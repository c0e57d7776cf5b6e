"""Customers of the kitchen maker whom these tests tell of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crm.customers.actions import add_person, create_organisation, create_private_person
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Customers:
    """Größmann is an organisation with Anna as its person; Emre is a private person."""

    groessmann: int
    anna: int
    emre: int
    emre_person: int


@pytest.fixture
async def customers(cast: Cast) -> Customers:
    return await people(cast)


async def people(cast: Cast) -> Customers:
    """They in the database."""
    address = MasterData(street="Lange Gasse 12", postcode="90403", city="Nürnberg", service_level="gold")
    groessmann = await create_organisation(
        OrganisationData("Größmann Küchen GmbH", "info@groessmann.example", "+49911551230", address),
        by=cast.petra.id,
        now=NOW,
    )
    anna = await add_person(
        groessmann,
        PersonData("Anna", "Größmann", function="Geschäftsführerin", email="anna@groessmann.example", phone="+49911551231"),
        by=cast.petra.id, now=NOW,
    )  # fmt: skip
    emre, person = await create_private_person(
        PrivatePersonData(
            PersonData("Emre", "Yıldız", title="Dr.", email="emre@yildiz.example", phone="+491712204511"),
            MasterData(city="Fürth"),
        ),
        by=cast.ali.id, now=NOW,
    )  # fmt: skip
    return Customers(groessmann, anna, emre, person)
