"""A call to return and its follow-up are one thing; a call that is nobody's is told to the leads; whoever leaves leaves none behind."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.accounts.changing import deactivate_user
from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.interactions.calls.noting import NewCallBack, note_call_back
from crm.interactions.calls.returning import call_returned, nobody_answered, take_call_back
from crm.interactions.calls.tables import CallBackKind
from crm.interactions.calls.waiting import tell_of_waiting_calls
from crm.interactions.calls.windows import next_try
from crm.interactions.results import Result, complete_with_result
from crm.interactions.tables import Channel
from crm.reminders.actions import complete_reminder, hand_over_reminder
from crm.reminders.reopening import reopen_reminder
from crm.service_levels.queries import company_calendar
from tests.cast import LONG_AGO, Cast, introduce

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Berlin
BERLIN = ZoneInfo("Europe/Berlin")
NUMBER = "+49911551230"


async def missed(cast: Cast, **fields: object) -> int:
    data = NewCallBack(CallBackKind.MISSED, fields.pop("number", NUMBER), at=NOW, **fields)  # type: ignore[arg-type]
    return await note_call_back(data, by=cast.ali.id, now=NOW)


async def call(call_back_id: int) -> Row:
    row = await fetch_one("SELECT * FROM call_back WHERE id = $1", call_back_id)
    assert row is not None
    return row


async def told(user_id: int, kind: str = "call_waiting") -> int:
    return int(await fetch_value('SELECT count(*) FROM notification WHERE "user" = $1 AND kind = $2', user_id, kind))


async def test_a_call_that_is_nobodys_is_told_to_the_leads_once(cast: Cast) -> None:
    await missed(cast)
    assert await tell_of_waiting_calls(now=NOW + timedelta(minutes=29)) == 0
    assert await tell_of_waiting_calls(now=NOW + timedelta(minutes=31)) == 1
    assert await tell_of_waiting_calls(now=NOW + timedelta(minutes=32)) == 0
    assert (await told(cast.eva.id), await told(cast.petra.id)) == (1, 0)
    detail = await fetch_value("SELECT detail->>'who' FROM notification WHERE kind = 'call_waiting'")
    assert detail == "0911 551230"


async def test_a_call_that_somebody_has_or_that_is_done_is_told_to_nobody(cast: Cast) -> None:
    await missed(cast, user_id=cast.petra.id)
    done = await missed(cast, number="+49911551231")
    await call_returned(done, "Erledigt", by=cast.jonas.id, now=NOW)
    assert await tell_of_waiting_calls(now=NOW + timedelta(hours=1)) == 0


async def test_while_the_only_lead_is_away_they_find_it_on_coming_back(cast: Cast) -> None:
    await missed(cast)
    await execute('UPDATE agent_profile SET absent_from = $2 WHERE "user" = $1', cast.eva.id, LONG_AGO)
    assert await tell_of_waiting_calls(now=NOW + timedelta(hours=1)) == 1
    assert await told(cast.eva.id) == 1


async def test_workers_at_once_tell_once(own_database: str) -> None:
    cast = await introduce()
    await missed(cast)
    await asyncio.gather(*(tell_of_waiting_calls(now=NOW + timedelta(hours=1)) for _ in range(4)))
    assert await told(cast.eva.id) == 1


async def test_its_follow_up_ticked_off_in_the_list_settles_the_call(cast: Cast) -> None:
    waiting = await missed(cast, user_id=cast.petra.id)
    reminder = (await call(waiting)).reminder_id
    await complete_reminder(reminder, by=cast.petra.id, now=NOW + timedelta(minutes=5))
    row = await call(waiting)
    assert (row.done_at, row.done_by, row.outcome) == (NOW + timedelta(minutes=5), cast.petra.id, "called")
    await reopen_reminder(reminder, by=cast.petra.id, now=NOW + timedelta(minutes=6))
    row = await call(waiting)
    assert (row.done_at, row.outcome) == (None, "")


async def test_its_follow_up_done_with_a_result_settles_the_call_with_it(cast: Cast) -> None:
    customer = await create_organisation(OrganisationData(name="Kern"), by=cast.petra.id, now=LONG_AGO)
    waiting = await missed(cast, customer_id=customer)
    reminder = (await call(waiting)).reminder_id
    settled = await complete_with_result(reminder, Result("Alles geklärt", Channel.PHONE), by=cast.petra.id, now=NOW)
    row = await call(waiting)
    assert (row.interaction_id, row.result, row.done_by) == (settled.interaction_id, "", cast.petra.id)
    assert await fetch_value("SELECT count(*) FROM interaction") == 1


async def test_its_follow_up_handed_over_takes_the_call_along(cast: Cast) -> None:
    waiting = await missed(cast, user_id=cast.petra.id)
    await hand_over_reminder((await call(waiting)).reminder_id, to=cast.ali.id, by=cast.petra.id, now=NOW)
    assert (await call(waiting)).user == cast.ali.id


async def test_a_call_that_changes_hands_stays_open(cast: Cast) -> None:
    waiting = await missed(cast, user_id=cast.petra.id)
    await take_call_back(waiting, user_id=cast.ali.id, by=cast.ali.id, now=NOW)
    row = await call(waiting)
    assert (row.done_at, row.user) == (None, cast.ali.id)
    assert await fetch_value('SELECT count(*) FROM reminder WHERE done_at IS NULL AND "user" = $1', cast.ali.id) == 1


async def test_the_call_and_its_follow_up_settled_at_once_wait_for_nobody(own_database: str) -> None:
    cast = await introduce()
    for number in range(10):
        waiting = await missed(cast, number=f"+4991155{number:04}", user_id=cast.petra.id)
        reminder = (await call(waiting)).reminder_id
        await asyncio.gather(
            complete_reminder(reminder, by=cast.petra.id, now=NOW), call_returned(waiting, "Ja", by=cast.ali.id, now=NOW),
            return_exceptions=True,
        )  # fmt: skip
        assert (await call(waiting)).done_at == NOW
        assert await fetch_value("SELECT done_at FROM reminder WHERE id = $1", reminder) == NOW


async def test_calls_of_whoever_leaves_are_everybodys_and_the_leads_are_told(cast: Cast) -> None:
    waiting = await missed(cast, user_id=cast.jonas.id)
    await deactivate_user(cast.jonas.id, by=cast.ines.id, now=NOW)
    row = await call(waiting)
    assert (row.user, row.reminder_id, row.done_at) == (None, None, None)
    assert await fetch_value("SELECT count(*) FROM reminder WHERE done_at IS NULL") == 0
    assert await tell_of_waiting_calls(now=NOW + timedelta(hours=1)) == 1


@pytest.mark.parametrize("closed", [date(2026, 12, 25), date(2026, 12, 26)])
async def test_the_next_try_is_on_a_day_on_which_the_company_works(cast: Cast, closed: date) -> None:
    eve = datetime(2026, 12, 24, 17, 30, tzinfo=BERLIN)
    calendar = await company_calendar(eve)
    assert calendar is not None
    again = next_try(eve.astimezone(UTC), BERLIN, calendar).astimezone(BERLIN)
    assert calendar.opens_on(again.date())
    assert again.date() > closed
    waiting = await missed(cast, user_id=cast.petra.id)
    assert await nobody_answered(waiting, by=cast.petra.id, now=eve.astimezone(UTC)) == again.astimezone(UTC)


async def test_deputies_are_told_of_follow_ups_without_a_customer(cast: Cast) -> None:
    from crm.reminders.actions import deliver_reminder, set_reminder

    customer = await create_organisation(OrganisationData(name="Kern"), by=cast.petra.id, now=LONG_AGO)
    await execute("UPDATE customer SET deputy = $2 WHERE id = $1", customer, cast.jonas.id)
    await execute(
        'INSERT INTO agent_profile ("user", absent_from) VALUES ($1, $2) ON CONFLICT ("user") DO UPDATE SET absent_from = $2',
        cast.petra.id, LONG_AGO,
    )  # fmt: skip
    reminder = await set_reminder(
        user_id=cast.petra.id,
        customer_id=None,
        text="Steuer",
        due_at=NOW + timedelta(hours=1),
        by=cast.petra.id,
        now=NOW,
    )
    later = NOW + timedelta(hours=2)
    assert [await deliver_reminder(reminder, now=later) for _ in range(2)] == [True, False]
    assert await told(cast.jonas.id, "reminder_due_for") == 1
    await complete_reminder(reminder, by=cast.jonas.id, now=later)
    rows = await fetch("SELECT read_at FROM notification WHERE kind IN ('reminder_due', 'reminder_due_for')")
    assert [row.read_at for row in rows] == [later, later]
