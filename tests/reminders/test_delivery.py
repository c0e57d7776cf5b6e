"""A follow-up reaches its person exactly once, whatever becomes of the queue."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import MasterData, OrganisationData
from crm.database import execute, fetch, fetch_value
from crm.errors import Invalid, NotFound
from crm.reminders.actions import complete_reminder, deliver_reminder, postpone_reminder, set_reminder, sweep_reminders
from tests.cast import Cast, hire, introduce

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


async def remind(cast: Cast, due_at: datetime = TOMORROW) -> int:
    return await set_reminder(
        user_id=cast.petra.id, customer_id=None, text="Angebot nachfassen", due_at=due_at, by=cast.petra.id, now=NOW
    )


async def test_nothing_is_delivered_before_its_time(cast: Cast) -> None:
    reminder = await remind(cast)
    assert not await deliver_reminder(reminder, now=TOMORROW - timedelta(seconds=1))
    assert await fetch_value("SELECT count(*) FROM notification") == 0


async def test_petra_is_told_in_the_app_and_by_mail_once(cast: Cast) -> None:
    reminder = await remind(cast)
    assert await deliver_reminder(reminder, now=TOMORROW)
    assert not await deliver_reminder(reminder, now=TOMORROW)
    told = await fetch('SELECT "user", kind FROM notification')
    assert [(row.user, row.kind) for row in told] == [(cast.petra.id, "reminder_due")]
    mails = await fetch("SELECT to_address, status, subject FROM outbox_message")
    assert [(mail.to_address, mail.status) for mail in mails] == [("petra@kuechen.example", "queued")]
    assert "Angebot nachfassen" in mails[0].subject


async def test_the_sweep_finds_what_the_queue_lost(cast: Cast) -> None:
    for _ in range(3):
        await remind(cast)
    await remind(cast, TOMORROW + timedelta(hours=1))
    assert await sweep_reminders(now=TOMORROW) == 3
    assert await sweep_reminders(now=TOMORROW) == 0


async def test_a_postponed_reminder_comes_again(cast: Cast) -> None:
    reminder = await remind(cast)
    await deliver_reminder(reminder, now=TOMORROW)
    later = TOMORROW + timedelta(days=2)
    await postpone_reminder(reminder, to=later, by=cast.petra.id, now=TOMORROW)
    assert await fetch_value("SELECT count(*) FROM notification WHERE read_at IS NULL") == 0
    assert not await deliver_reminder(reminder, now=later - timedelta(minutes=1))
    assert await deliver_reminder(reminder, now=later)
    assert await fetch_value("SELECT count(*) FROM notification") == 2


async def test_what_is_done_is_not_delivered(cast: Cast) -> None:
    reminder = await remind(cast)
    await complete_reminder(reminder, by=cast.petra.id, now=NOW)
    assert not await deliver_reminder(reminder, now=TOMORROW)


async def test_a_follow_up_in_the_past_is_refused_with_the_reason(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        await remind(cast, NOW - timedelta(minutes=1))
    assert "Vergangenheit" in refused.value.errors["due_at"]


async def test_nobody_touches_a_colleagues_reminder(cast: Cast) -> None:
    reminder = await remind(cast)
    with pytest.raises(NotFound):
        await complete_reminder(reminder, by=cast.ali.id, now=NOW)
    with pytest.raises(NotFound):
        await postpone_reminder(reminder, to=TOMORROW, by=cast.ali.id, now=NOW)


async def test_four_workers_at_once_deliver_each_reminder_once(own_database: str) -> None:
    cast = await introduce()
    for _ in range(25):
        await remind(cast)
    found = await asyncio.gather(*(sweep_reminders(now=TOMORROW) for _ in range(4)))
    assert sum(found) == 25
    assert await fetch_value("SELECT count(*) FROM notification") == 25
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 25


async def test_a_crash_between_marking_and_telling_loses_nothing(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    petra = (await introduce()).petra
    reminder = await set_reminder(
        user_id=petra.id, customer_id=None, text="Anrufen", due_at=TOMORROW, by=petra.id, now=NOW
    )

    async def crash(*arguments: object, **keywords: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr("crm.reminders.actions.notify", crash)
        with pytest.raises(ConnectionResetError):
            await deliver_reminder(reminder, now=TOMORROW)
    assert await sweep_reminders(now=TOMORROW) == 1
    assert await fetch_value("SELECT count(*) FROM notification") == 1


async def test_pages_show_only_ones_own(browser, cast: Cast) -> None:
    mine = await set_reminder(
        user_id=cast.petra.id, customer_id=None, text="Musterküche zeigen", due_at=datetime.now(UTC) + timedelta(hours=1),
        by=cast.petra.id, now=datetime.now(UTC),
    )  # fmt: skip
    await browser.log_in(cast.petra)
    assert "Musterküche zeigen" in (await browser.get("/reminders")).text
    done = await browser.post(f"/reminders/{mine}/completion", htmx=True)
    assert done.status_code == 201 or done.status_code == 200
    assert "Musterküche zeigen" not in (await browser.get("/reminders")).text
    await browser.log_in(await hire("Otto Fremd", "sales"))
    assert (await browser.post(f"/reminders/{mine}/completion")).status_code == 404


async def about_groessmann(cast: Cast, *, is_away: bool, deputy: bool = True) -> int:
    """A follow-up of Petra's about Größmann, for whom Ali stands in."""
    data = OrganisationData("Größmann Küchen GmbH", "", "", MasterData(service_level="gold"))
    customer = await create_organisation(data, by=cast.petra.id, now=NOW)
    await execute(
        "UPDATE customer SET owner = $2, deputy = $3 WHERE id = $1",
        customer,
        cast.petra.id,
        cast.ali.id if deputy else None,
    )
    if is_away:
        await execute(
            "INSERT INTO agent_profile (\"user\", capacity, languages, channels, absent_from) VALUES ($1, 5, 'de', '', $2)",
            cast.petra.id, NOW,
        )  # fmt: skip
    return await set_reminder(
        user_id=cast.petra.id, customer_id=customer, text="Muster zeigen", due_at=TOMORROW, by=cast.petra.id, now=NOW
    )


async def test_the_deputy_of_an_absent_colleague_is_told_once_and_for_whom(cast: Cast) -> None:
    reminder = await about_groessmann(cast, is_away=True)
    assert await deliver_reminder(reminder, now=TOMORROW)
    assert not await deliver_reminder(reminder, now=TOMORROW)
    told = await fetch("SELECT \"user\", kind, detail->>'from' AS whose FROM notification ORDER BY id")
    assert [tuple(row) for row in told] == [
        (cast.petra.id, "reminder_due", None),
        (cast.ali.id, "reminder_due_for", "Petra Lang"),
    ]
    subject = await fetch_value("SELECT subject FROM outbox_message WHERE user_id = $1", cast.ali.id)
    assert subject == "Wiedervorlage von Petra Lang: Muster zeigen"
    await complete_reminder(reminder, by=cast.ali.id, now=TOMORROW)
    assert await fetch_value("SELECT count(*) FROM notification WHERE read_at IS NULL") == 0


@pytest.mark.parametrize(("is_away", "deputy"), [(False, True), (True, False)])
async def test_nobody_else_is_told_of_a_colleague_who_is_there_or_has_no_deputy(
    cast: Cast, is_away: bool, deputy: bool
) -> None:
    await deliver_reminder(await about_groessmann(cast, is_away=is_away, deputy=deputy), now=TOMORROW)
    assert [row.user for row in await fetch('SELECT "user" FROM notification')] == [cast.petra.id]


async def test_a_crash_before_any_statement_of_a_delivery_loses_and_doubles_nothing(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One delivery after the other is broken off a statement later, until one comes through."""
    cast = await introduce()
    reminder = await about_groessmann(cast, is_away=True)
    crashes = 0
    while True:
        left = crashes

        def crash(sql: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise ConnectionResetError(sql)

        with monkeypatch.context() as patch:
            patch.setattr("crm.database._count", crash)
            try:
                assert await deliver_reminder(reminder, now=TOMORROW)
                break
            except ConnectionResetError:
                crashes += 1
        assert await fetch_value("SELECT count(*) FROM notification") == 0
        assert await fetch_value("SELECT count(*) FROM outbox_message") == 0
        assert await fetch_value("SELECT delivered_at FROM reminder WHERE id = $1", reminder) is None
    assert crashes > 5
    assert await fetch_value("SELECT count(*) FROM notification") == 2
    assert await sweep_reminders(now=TOMORROW) == 0


async def test_a_clock_that_jumps_ahead_and_back_neither_loses_nor_doubles(cast: Cast) -> None:
    reminder = await remind(cast)
    far_ahead = TOMORROW + timedelta(days=400)
    assert [await sweep_reminders(now=at) for at in (NOW, far_ahead, NOW, TOMORROW, far_ahead)] == [0, 1, 0, 0, 0]
    assert await fetch_value("SELECT count(*) FROM notification") == 1
    await postpone_reminder(reminder, to=TOMORROW, by=cast.petra.id, now=NOW)
    assert [await sweep_reminders(now=at) for at in (NOW, TOMORROW, TOMORROW)] == [0, 1, 0], "the same moment once more"
    assert await fetch_value("SELECT count(*) FROM notification") == 2


async def test_two_workers_at_the_same_reminder_at_the_same_instant(own_database: str) -> None:
    reminder = await remind(await introduce())
    found = await asyncio.gather(*(deliver_reminder(reminder, now=TOMORROW) for _worker in range(8)))
    assert sorted(found) == [False] * 7 + [True]
    assert await fetch_value("SELECT count(*) FROM notification") == 1
