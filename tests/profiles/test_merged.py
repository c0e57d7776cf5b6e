"""Two records of one person become one: what either of them has said about consent counts for attributes and scores."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.consents.tables import ConsentEventKind as Event
from crm.customers.actions import create_private_person
from crm.customers.data import MasterData, PersonData, PrivatePersonData
from crm.database import fetch, fetch_value
from crm.errors import Invalid
from crm.profiles.writing import Wish, write_attribute
from crm.records.merging import Wish as MergeWish
from crm.records.merging import merge_customers, undo_merge
from tests.profiles.conftest import NOW, World, says

LATER = NOW + timedelta(days=1)


@pytest.fixture
async def again(world: World) -> tuple[int, int]:
    """Emre, entered a second time."""
    data = PrivatePersonData(PersonData("Emre", "Yildiz", email="emre@yildiz.example"), MasterData())
    return await create_private_person(data, by=world.cast.petra.id, now=NOW)


async def writes(customer: int, *, world: World) -> None:
    await write_attribute(Wish(customer, "decides_by", "price"), source="form", by=world.cast.petra.id, now=LATER)


async def values(person: int) -> list[bool]:
    """For each value about the person whether it is blocked."""
    rows = await fetch("SELECT blocked_at FROM attribute_value WHERE person = $1", person)
    return [row.blocked_at is not None for row in rows]


async def test_the_consent_of_the_merged_record_carries_a_value_of_the_one_that_is_left(
    world: World, again: tuple[int, int]
) -> None:
    await says(again[1], Event.GIVEN)
    with pytest.raises(Invalid):
        await writes(world.emre, world=world)
    merge = await merge_customers(MergeWish(world.emre, again[0]), by=world.cast.petra.id, now=NOW)
    await writes(world.emre, world=world)
    assert await values(world.emre_person) == [False]
    assert await fetch_value("SELECT count(*) FROM consent_event WHERE person_id = $1", world.emre_person) == 0
    await undo_merge(merge, by=world.cast.petra.id, now=LATER)
    with pytest.raises(Invalid):
        await write_attribute(
            Wish(world.emre, "decides_by", "quality"), source="form", by=world.cast.petra.id, now=LATER
        )


async def test_a_no_of_the_merged_record_ends_what_rests_on_the_yes_of_the_other_until_they_are_parted(
    world: World, again: tuple[int, int]
) -> None:
    await says(world.emre_person, Event.GIVEN)
    await writes(world.emre, world=world)
    await says(again[1], Event.REFUSED)
    merge = await merge_customers(MergeWish(world.emre, again[0]), by=world.cast.petra.id, now=LATER)
    assert await values(world.emre_person) == [True]
    with pytest.raises(Invalid):
        await writes(world.emre, world=world)
    await undo_merge(merge, by=world.cast.petra.id, now=LATER)
    assert await values(world.emre_person) == [False]
    assert await fetch_value("SELECT count(*) FROM attribute_basis WHERE ended_at IS NULL") == 1


async def test_what_was_taken_back_meanwhile_does_not_come_back_with_the_parting(
    world: World, again: tuple[int, int]
) -> None:
    await says(world.emre_person, Event.GIVEN)
    await writes(world.emre, world=world)
    await says(again[1], Event.REFUSED)
    merge = await merge_customers(MergeWish(world.emre, again[0]), by=world.cast.petra.id, now=LATER)
    await says(world.emre_person, Event.WITHDRAWN, now=LATER)
    await undo_merge(merge, by=world.cast.petra.id, now=LATER)
    assert await values(world.emre_person) == [True]
    assert await fetch_value("SELECT count(*) FROM attribute_basis WHERE ended_at IS NULL") == 0


async def test_a_withdrawal_of_the_merged_record_blocks_the_value_of_the_one_that_is_left(
    world: World, again: tuple[int, int]
) -> None:
    await says(again[1], Event.GIVEN)
    await merge_customers(MergeWish(world.emre, again[0]), by=world.cast.petra.id, now=NOW)
    await writes(world.emre, world=world)
    await says(again[1], Event.WITHDRAWN, now=LATER)
    assert await values(world.emre_person) == [True]
    assert await fetch_value("SELECT has_said_no($1, 'advice')", world.emre_person)


async def test_scores_ask_everybody_who_was_merged(world: World, again: tuple[int, int]) -> None:
    allowed = "SELECT profiling_is_allowed($1)"
    await says(again[1], Event.GIVEN, purpose="profiling")
    assert await fetch_value(allowed, again[1])
    assert not await fetch_value(allowed, world.emre_person)
    await merge_customers(MergeWish(world.emre, again[0]), by=world.cast.petra.id, now=NOW)
    assert await fetch_value(allowed, world.emre_person)
    await says(world.emre_person, Event.WITHDRAWN, purpose="profiling", now=LATER)
    assert not await fetch_value(allowed, world.emre_person), "the strictest answer counts"
