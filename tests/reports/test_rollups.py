"""Figures per day, kept while data arrive: never late, never lost, by the days of the company's zone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from crm.customers.tables import Customer
from crm.database import execute, fetch, fetch_value
from crm.interactions.tables import Interaction
from crm.reports.figures import figures_of
from crm.reports.rollups.sweeping import sweep_rollups
from crm.surveys.tables import SurveyAnswer
from crm.web.i18n import zone
from tests.cast import Cast, introduce
from tests.reports.world import BERLIN, EDGES, World

OCTOBER = date(2026, 10, 1)
LATER = EDGES[2] + timedelta(days=19)


@pytest.fixture
def elsewhere() -> Iterator[None]:
    """Whatever zone a test sets, the next one finds ours."""
    token = zone.set(BERLIN)
    yield
    zone.reset(token)


async def contact(at: datetime, **facts: object) -> int:
    row = Interaction(channel="phone", direction="inbound", at=at, **facts)
    await row.save()
    return int(row.id)


async def someone() -> int:
    """A customer; their id."""
    level = await fetch_value("SELECT min(id) FROM service_level")
    row = Customer(number="R-1", kind="organisation", name="Kestner GmbH", service_level=level)
    await row.save()
    return int(row.id)


async def contacts_of(month: date = OCTOBER, here: ZoneInfo = BERLIN, now: datetime = LATER) -> int:
    return (await figures_of(month, now=now, zone=here)).contacts


async def test_a_contact_counts_at_once_and_after_the_sweep(cast: Cast) -> None:
    await sweep_rollups()
    await contact(EDGES[1] + timedelta(days=3))
    assert await contacts_of() == 1
    assert await sweep_rollups() == 2
    assert await contacts_of() == 1
    assert [row.n for row in await fetch("SELECT n FROM contact_day")] == [1]


async def test_a_sweep_without_changes_counts_nothing(cast: Cast) -> None:
    await contact(EDGES[1])
    await sweep_rollups()
    assert await sweep_rollups() == 0


async def test_a_corrected_text_marks_no_day_and_another_day_marks_both(cast: Cast) -> None:
    await sweep_rollups()
    number = await contact(datetime(2026, 10, 5, 12, tzinfo=UTC))
    await sweep_rollups()
    await execute("UPDATE interaction SET text = 'Anders gesagt.', minutes = 5, version = 2 WHERE id = $1", number)
    assert not await fetch("SELECT 1 FROM rollup_mark")
    await execute("UPDATE interaction SET at = $2 WHERE id = $1", number, datetime(2026, 11, 5, 12, tzinfo=UTC))
    assert {row.on_utc for row in await fetch("SELECT on_utc FROM rollup_mark")} == {
        date(2026, 10, 5),
        date(2026, 11, 5),
    }
    assert (await contacts_of(), await contacts_of(date(2026, 11, 1))) == (0, 1)
    await sweep_rollups()
    assert (await contacts_of(), await contacts_of(date(2026, 11, 1))) == (0, 1)


@pytest.mark.parametrize("column", ["restricted_at", "deleted_at"])
async def test_who_is_restricted_or_deleted_leaves_all_their_days_and_comes_back_to_them(
    cast: Cast, column: str
) -> None:
    kestner = await someone()
    for day in (3, 9, 27):
        await contact(datetime(2026, 10, day, 12, tzinfo=UTC), customer=kestner)
    await sweep_rollups()
    for value, expected in (("now()", 0), ("NULL", 3)):
        await execute(f"UPDATE customer SET {column} = {value} WHERE id = $1", kestner)
        assert await contacts_of() == expected
        assert await sweep_rollups() == 3
        assert await contacts_of() == expected


async def test_a_deleted_customer_takes_their_contacts_out_of_the_days(cast: Cast) -> None:
    gone = await someone()
    await contact(datetime(2026, 10, 3, 12, tzinfo=UTC), customer=gone)
    await sweep_rollups()
    await execute("DELETE FROM customer WHERE id = $1", gone)
    assert await contacts_of() == 0
    await sweep_rollups()
    assert not await fetch("SELECT 1 FROM contact_day")


async def test_what_is_logged_for_later_today_is_not_counted_yet(cast: Cast) -> None:
    now = datetime(2026, 10, 14, 10, tzinfo=UTC)
    await contact(now - timedelta(hours=1))
    await contact(now + timedelta(hours=1))
    await contact(now + timedelta(days=1))
    await sweep_rollups()
    assert await contacts_of(now=now) == 1
    assert await contacts_of(now=now + timedelta(days=3)) == 3


@pytest.mark.parametrize("name", ["Europe/Berlin", "Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "UTC"])
async def test_days_begin_at_midnight_there_also_when_the_clocks_change(cast: Cast, elsewhere: None, name: str) -> None:
    here = ZoneInfo(name)
    world = World(11, cast)
    await world.customers()
    moments = [datetime(2026, 3, 28, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(120)]
    moments += [datetime(2026, 10, 24, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(120)]
    moments += [datetime(2026, 9, 26, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(90)]
    for at in moments:
        await contact(at)
    await sweep_rollups()
    zone.set(here)
    expected = Counter(at.astimezone(here).date() for at in moments)
    months = Counter(day.replace(day=1) for day in expected.elements())
    for swept in (False, True):
        figures = await figures_of(OCTOBER, now=LATER, zone=here)
        assert {point.month: point.contacts for point in figures.year if point.contacts} == months
        if not swept:
            await sweep_rollups()
    assert {row.day: row.n for row in await fetch("SELECT day, sum(n) AS n FROM contact_day GROUP BY 1")} == expected


async def test_figures_in_another_zone_than_the_swept_one_are_those_of_that_zone(cast: Cast) -> None:
    await contact(datetime(2026, 10, 31, 23, 30, tzinfo=UTC))
    await sweep_rollups()
    assert await contacts_of() == 0
    assert await contacts_of(here=ZoneInfo("UTC")) == 1


async def test_one_answer_is_a_figure_with_one_answer(cast: Cast) -> None:
    await sweep_rollups()
    await SurveyAnswer(metric="nps", score=9, at=EDGES[1]).save()
    for _round in range(2):
        figures = await figures_of(OCTOBER, now=LATER, zone=BERLIN)
        assert figures.nps is not None
        assert (figures.nps.value, figures.nps.n, figures.nps.is_uncertain) == (100, 1, True)
        await sweep_rollups()


async def test_a_change_that_commits_after_the_sweep_is_not_lost(own_database: str) -> None:
    """Two write the same day, one of them still open while it is swept; neither waits for the other, and nothing is missed."""
    await introduce()
    await sweep_rollups()
    day = datetime(2026, 10, 5, 12, tzinfo=UTC)
    slow = await asyncpg.connect(own_database)
    try:
        running = slow.transaction()
        await running.start()
        await slow.execute(
            "INSERT INTO interaction (channel, direction, at, text) VALUES ('phone', 'inbound', $1, '')", day
        )
        await asyncio.wait_for(contact(day), 5)
        assert await asyncio.wait_for(sweep_rollups(), 5) == 2
        assert await contacts_of() == 1
        await running.commit()
    finally:
        await slow.close()
    assert await contacts_of() == 2
    await sweep_rollups()
    assert (await contacts_of(), await fetch_value("SELECT sum(n) FROM contact_day")) == (2, 2)


async def test_a_contact_entered_while_its_customer_is_restricted_does_not_stay_counted(own_database: str) -> None:
    await introduce()
    kestner = await someone()
    await sweep_rollups()
    restricting = await asyncpg.connect(own_database)
    try:
        running = restricting.transaction()
        await running.start()
        await restricting.execute("UPDATE customer SET restricted_at = now() WHERE id = $1", kestner)
        await contact(datetime(2026, 10, 5, 12, tzinfo=UTC), customer=kestner)
        await sweep_rollups()
        assert await contacts_of() == 1
        await running.commit()
    finally:
        await restricting.close()
    assert await contacts_of() == 0
    await sweep_rollups()
    assert await contacts_of() == 0


async def test_two_sweeps_at_once_count_once(own_database: str) -> None:
    await introduce()
    for hour in range(20):
        await contact(datetime(2026, 10, 5, hour, tzinfo=UTC))
    await asyncio.gather(sweep_rollups(), sweep_rollups(), sweep_rollups())
    assert await fetch_value("SELECT sum(n) FROM contact_day") == 20
