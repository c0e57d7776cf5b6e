"""Customers and attributes of whom these tests tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.customers.actions import add_person, create_organisation, create_private_person
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from crm.database import fetch_value
from crm.profiles.defining import define_attribute
from crm.profiles.forms import AttributeData
from crm.profiles.tables import About, AttributeKind, ValueType
from tests.cast import Cast

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

Says = Callable[..., Awaitable[int]]


@dataclass(frozen=True)
class World:
    """Größmann is an organisation with Anna as its person; Emre is a private person without any order."""

    cast: Cast
    groessmann: int
    anna: int
    emre: int
    emre_person: int


@pytest.fixture
async def world(cast: Cast) -> World:
    by = cast.petra.id
    firm = await create_organisation(
        OrganisationData("Größmann Küchen GmbH", "info@groessmann.example"), by=by, now=NOW
    )
    anna = await add_person(firm, PersonData("Anna", "Quitterer", email="anna@groessmann.example"), by=by, now=NOW)
    emre, person = await create_private_person(
        PrivatePersonData(PersonData("Emre", "Yıldız", email="emre@yildiz.example"), MasterData()), by=by, now=NOW
    )
    return World(cast, firm, anna, emre, person)


async def says(person_id: int, event: Event, purpose: str = "advice", **more: Any) -> int:
    """An event of the ledger about a person; on paper unless told otherwise."""
    values: dict[str, Any] = {
        "channel": "processing", "source": Source.PAPER, "wording_version": 1, "by": None, "now": NOW, **more,
    }  # fmt: skip
    return await record_event(person_id=person_id, purpose=purpose, event=event, **values)


HEALTH = AttributeData(
    code="wheelchair", name_de="Rollstuhlgerecht", name_en="Wheelchair access", kind=AttributeKind.SOCIO_DEMOGRAPHIC,
    data_type=ValueType.YES_NO, about=About.PERSON, purpose="advice", legal_basis="consent", is_special=True,
    roles=frozenset({"sales"}),
)  # fmt: skip
"""A special category (GDPR Art. 9): health, for sales only."""


@pytest.fixture
async def health(db: None) -> str:
    return await define_attribute(HEALTH, by=None, now=NOW)


async def stored(code: str, person_id: int) -> int:
    """How many values of this attribute are stored about a person, shown or not."""
    return int(
        await fetch_value(
            "SELECT count(*) FROM attribute_value v JOIN attribute a ON a.id = v.attribute WHERE a.code = $1 AND v.person = $2",
            code, person_id,
        )
    )  # fmt: skip


async def order(customer_id: int, number: str, amount: int = 100, on: str = "2026-11-01") -> None:
    """An order and what it does to the figures of its customer."""
    await fetch_value(
        "WITH made AS (INSERT INTO customer_order (customer, number, ordered_on, amount, currency, channel, status) "
        "VALUES ($1, $2, $4::text::date, $3::bigint, 'EUR', '', 'ordered')) "
        "UPDATE customer_figures SET orders = orders + 1, revenue = revenue + $3::bigint, "
        "last_order_on = greatest(last_order_on, $4::text::date) WHERE customer = $1 RETURNING id",
        customer_id, number, amount, on,
    )  # fmt: skip
