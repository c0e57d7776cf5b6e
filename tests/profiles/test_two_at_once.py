"""Two at the same moment: a write and a withdrawal take turns, whoever comes first."""

from __future__ import annotations

import asyncio

import pytest

from crm.consents.tables import ConsentEventKind as Event
from crm.customers.actions import create_private_person
from crm.customers.data import MasterData, PersonData, PrivatePersonData
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid
from crm.profiles.scoring import compute_scores, request_scores
from crm.profiles.writing import Wish, write_attribute, write_attributes
from tests.profiles.conftest import NOW, order, says

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
async def emre(own_database: str) -> tuple[int, int]:
    """Emre as a customer, who has agreed to advice, in a database where things really commit."""
    data = PrivatePersonData(PersonData("Emre", "Yıldız"), MasterData())
    customer, person = await create_private_person(data, by=None, now=NOW)
    await says(person, Event.GIVEN)
    return customer, person


async def somebody_waits() -> None:
    """Until one connection waits for another's lock; ten seconds at most."""
    async with asyncio.timeout(10):
        while not await fetch_value(WAITING):
            pass


async def test_a_withdrawal_waits_for_the_write_and_then_blocks_it(emre: tuple[int, int]) -> None:
    customer, person = emre
    written, may_commit = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with transaction():
            assert not await write_attributes([Wish(customer, "decides_by", "price")], source="api", by=None, now=NOW)
            written.set()
            await may_commit.wait()

    writing = asyncio.create_task(write())
    await written.wait()
    withdrawing = asyncio.create_task(says(person, Event.WITHDRAWN, now=NOW))
    await somebody_waits()
    assert not withdrawing.done()
    may_commit.set()
    await asyncio.gather(writing, withdrawing)

    row = await fetch_one("SELECT blocked_at FROM attribute_value WHERE person = $1", person)
    assert row is not None
    assert row.blocked_at == NOW
    assert await fetch_value("SELECT count(*) FROM attribute_basis WHERE ended_at IS NULL") == 0


@pytest.mark.parametrize("is_known", [False, True])
async def test_a_write_waits_for_the_withdrawal_and_is_then_refused(emre: tuple[int, int], is_known: bool) -> None:
    """With a basis stated before (`is_known`) or not: nothing is written after a no."""
    customer, person = emre
    wish = Wish(customer, "decides_by", "price")
    if is_known:
        await write_attribute(wish, source="form", by=None, now=NOW)
    withdrawn, may_commit = asyncio.Event(), asyncio.Event()

    async def withdraw() -> None:
        async with transaction():
            await says(person, Event.WITHDRAWN, now=NOW)
            withdrawn.set()
            await may_commit.wait()

    withdrawing = asyncio.create_task(withdraw())
    await withdrawn.wait()
    later = Wish(customer, "decides_by", "speed")
    writing = asyncio.create_task(write_attribute(later, source="api", by=None, now=NOW))
    await somebody_waits()
    may_commit.set()
    await withdrawing
    with pytest.raises(Invalid, match=r"widerrufen|withdrawn"):
        await writing

    assert not await fetch_value("SELECT count(*) FROM attribute_value WHERE blocked_at IS NULL")
    assert not await fetch_value("SELECT count(*) FROM attribute_value WHERE text = 'speed'")


async def test_the_same_value_twice_at_once_is_one_value(emre: tuple[int, int]) -> None:
    customer, _person = emre
    wishes = [Wish(customer, "decides_by", value) for value in ("price", "speed", "quality", "advice")]
    await asyncio.gather(*(write_attribute(wish, source="api", by=None, now=NOW) for wish in wishes))
    assert await fetch_value("SELECT count(*) FROM attribute_value") == 1
    assert await fetch_value("SELECT version FROM attribute_value") == 4
    assert await fetch_value("SELECT count(*) FROM attribute_basis") == 1


async def test_retiring_waits_for_nobody_and_stops_the_next_write(emre: tuple[int, int]) -> None:
    customer, _person = emre
    await execute("UPDATE attribute SET retired_at = now() WHERE code = 'decides_by'")
    with pytest.raises(Invalid):
        await write_attribute(Wish(customer, "decides_by", "price"), source="api", by=None, now=NOW)


async def test_a_withdrawal_during_the_computation_leaves_no_score(emre: tuple[int, int]) -> None:
    """The withdrawal waits for the computation's commit and then takes the new score away."""
    customer, person = emre
    await says(person, Event.GIVEN, "profiling")
    await order(customer, "A-1")
    run = await request_scores(by=None, now=NOW)
    computed, may_commit = asyncio.Event(), asyncio.Event()

    async def compute() -> None:
        async with transaction():
            assert await compute_scores(run, now=NOW)
            computed.set()
            await may_commit.wait()

    computing = asyncio.create_task(compute())
    await computed.wait()
    withdrawing = asyncio.create_task(says(person, Event.WITHDRAWN, "profiling", now=NOW))
    await somebody_waits()
    may_commit.set()
    await asyncio.gather(computing, withdrawing)
    assert await fetch_value("SELECT status FROM score_run WHERE id = $1", run) == "ready"
    assert await fetch_value("SELECT count(*) FROM customer_score") == 0
    assert await fetch_value("SELECT count(*) FROM score_change") == 0


async def test_two_who_press_the_button_get_one_run(emre: tuple[int, int]) -> None:
    runs = await asyncio.gather(*(request_scores(by=None, now=NOW) for _n in range(6)))
    assert len(set(runs)) == 1
    done = await asyncio.gather(*(compute_scores(runs[0], now=NOW) for _n in range(4)))
    assert sorted(done) == [False, False, False, True]
