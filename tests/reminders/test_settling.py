"""Follow-ups that repeat, end with a result, go to a colleague, and are seen by whoever stands in."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from crm.interactions.results import Result, complete_with_result
from crm.interactions.tables import Channel
from crm.reminders.actions import (
    complete_reminder,
    deliver_reminder,
    hand_over_reminder,
    postpone_reminder,
    set_reminder,
    sweep_reminders,
)
from crm.reminders.queries import due_reminders, given_reminders, open_reminders
from crm.reminders.tables import Repeat
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast, introduce

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


async def kitchen(cast: Cast) -> int:
    """Größmann Küchen GmbH: Petra looks after them, Ali is her deputy."""
    made = await create_organisation(OrganisationData(name="Größmann Küchen GmbH"), by=cast.petra.id, now=LONG_AGO)
    await execute("UPDATE customer SET deputy = $2 WHERE id = $1", made, cast.ali.id)
    return made


async def remind(cast: Cast, customer: int | None = None, **fields: Any) -> int:
    wanted = {
        "user_id": cast.petra.id,
        "text": "Angebot nachfassen",
        "due_at": TOMORROW,
        "by": cast.petra.id,
        "now": NOW,
    }
    return await set_reminder(customer_id=customer, **(wanted | fields))


async def absent(cast: Cast, *, since: datetime = LONG_AGO, until: datetime | None = None) -> None:
    """Petra is away."""
    await execute(
        'INSERT INTO agent_profile ("user", capacity, languages, channels, absent_from, absent_until) '
        "VALUES ($1, 8, 'de', '', $2, $3)",
        cast.petra.id, since, until,
    )  # fmt: skip


async def series() -> list[Any]:
    return await fetch("SELECT id, due_at, done_at, follows FROM reminder ORDER BY id")


async def test_the_next_is_written_when_this_one_is_done_and_a_second_click_writes_none(cast: Cast) -> None:
    first = await remind(cast, repeat=Repeat.WEEKLY)
    following = await complete_reminder(first, by=cast.petra.id, now=TOMORROW)
    assert await complete_reminder(first, by=cast.petra.id, now=TOMORROW) is None
    rows = await series()
    assert [(row.id, row.due_at, row.follows) for row in rows] == [
        (first, TOMORROW, None), (following, TOMORROW + timedelta(days=7), first)
    ]  # fmt: skip


async def test_done_before_its_time_it_does_not_come_on_the_same_day_again(cast: Cast) -> None:
    first = await remind(cast, repeat=Repeat.DAILY)
    await complete_reminder(first, by=cast.petra.id, now=NOW)
    assert (await series())[-1].due_at == TOMORROW + timedelta(days=1)


async def test_a_postponed_one_keeps_the_moments_of_its_series(cast: Cast) -> None:
    first = await remind(cast, repeat=Repeat.WEEKLY)
    await postpone_reminder(first, to=TOMORROW + timedelta(days=2), by=cast.petra.id, now=NOW)
    await complete_reminder(first, by=cast.petra.id, now=TOMORROW + timedelta(days=2))
    assert (await series())[-1].due_at == TOMORROW + timedelta(days=7)


async def test_weeks_that_were_missed_give_one_follow_up(cast: Cast) -> None:
    first = await remind(cast, repeat=Repeat.WEEKLY)
    await complete_reminder(first, by=cast.petra.id, now=TOMORROW + timedelta(days=30))
    rows = await series()
    assert len(rows) == 2
    assert rows[-1].due_at == TOMORROW + timedelta(days=35)


async def test_a_series_ends_when_petra_says_so(cast: Cast) -> None:
    first = await remind(cast, repeat=Repeat.MONTHLY)
    await complete_with_result(first, Result("Vertrag gekündigt", is_last=True), by=cast.petra.id, now=NOW)
    assert len(await series()) == 1


async def test_ten_clicks_at_once_write_one_next_and_one_contact(own_database: str) -> None:
    cast = await introduce()
    first = await remind(cast, await kitchen(cast), repeat=Repeat.DAILY)
    found = await asyncio.gather(
        *(complete_with_result(first, Result("Bestellt", Channel.PHONE), by=cast.petra.id, now=NOW) for _ in range(5)),
        *(complete_reminder(first, by=cast.petra.id, now=NOW) for _ in range(5)),
        return_exceptions=True,
    )
    assert all(one is None or isinstance(one, Invalid) or not isinstance(one, BaseException) for one in found)
    assert len(await series()) == 2
    assert await fetch_value("SELECT count(*) FROM interaction") <= 1


async def test_a_result_logs_the_contact_and_resets_the_rhythm(cast: Cast) -> None:
    customer = await kitchen(cast)
    reminder = await remind(cast, customer)
    settled = await complete_with_result(
        reminder, Result("Frau Größmann bestellt im Januar.", Channel.PHONE), by=cast.petra.id, now=NOW
    )
    row = await fetch_one(
        "SELECT r.result, r.done_by, i.text, i.channel, i.direction, i.customer, f.last_contact_at FROM reminder r "
        "JOIN interaction i ON i.id = r.result_interaction_id JOIN customer_figures f ON f.customer = r.customer WHERE r.id = $1",
        reminder,
    )  # fmt: skip
    assert row is not None
    assert settled.interaction_id
    assert tuple(row) == (
        "Frau Größmann bestellt im Januar.", cast.petra.id, "Frau Größmann bestellt im Januar.", "phone", "outbound", customer, NOW
    )  # fmt: skip


async def test_a_result_without_a_contact_logs_none(cast: Cast) -> None:
    reminder = await remind(cast, await kitchen(cast))
    settled = await complete_with_result(reminder, Result("Zeichnung ist fertig."), by=cast.petra.id, now=NOW)
    assert settled.interaction_id is None
    assert await fetch_value("SELECT result FROM reminder WHERE id = $1", reminder) == "Zeichnung ist fertig."


async def test_a_second_result_is_refused_and_logs_nothing(cast: Cast) -> None:
    reminder = await remind(cast, await kitchen(cast))
    await complete_with_result(reminder, Result("Eins", Channel.PHONE), by=cast.petra.id, now=NOW)
    with pytest.raises(Invalid, match="schon erledigt"):
        await complete_with_result(reminder, Result("Zwei", Channel.PHONE), by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM interaction") == 1


async def test_no_contact_is_logged_on_somebody_restricted(cast: Cast) -> None:
    customer = await kitchen(cast)
    reminder = await remind(cast, customer)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", customer, NOW)
    with pytest.raises(Invalid, match="zum Kopieren"):
        await complete_with_result(reminder, Result("Anruf", Channel.PHONE), by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT done_at FROM reminder WHERE id = $1", reminder) is None


async def test_jonas_is_told_what_petra_gives_him_and_she_sees_that_he_has_it(cast: Cast) -> None:
    reminder = await remind(cast)
    await hand_over_reminder(reminder, to=cast.jonas.id, by=cast.petra.id, now=NOW)
    told = await fetch('SELECT "user", kind FROM notification ORDER BY id')
    assert [tuple(row) for row in told] == [(cast.jonas.id, "reminder_given")]
    assert [row.user_name for row in await given_reminders(cast.petra.id, NOW)] == ["Jonas Beck"]
    assert await open_reminders(cast.petra.id, NOW) == []
    assert [row.given_by for row in await open_reminders(cast.jonas.id, NOW)] == ["Petra Lang"]
    with pytest.raises(NotFound):
        await complete_reminder(reminder, by=cast.petra.id, now=NOW)
    assert await deliver_reminder(reminder, now=TOMORROW)
    assert await fetch_value('SELECT count(*) FROM notification WHERE "user" = $1', cast.jonas.id) == 2
    await complete_reminder(reminder, by=cast.jonas.id, now=TOMORROW)
    assert (await given_reminders(cast.petra.id, TOMORROW))[0].done_at == TOMORROW


async def test_what_is_due_already_tells_the_colleague_once(cast: Cast) -> None:
    reminder = await remind(cast)
    await deliver_reminder(reminder, now=TOMORROW)
    await hand_over_reminder(reminder, to=cast.jonas.id, by=cast.petra.id, now=TOMORROW)
    assert await sweep_reminders(now=TOMORROW) == 0
    told = await fetch('SELECT kind FROM notification WHERE "user" = $1', cast.jonas.id)
    assert [row.kind for row in told] == ["reminder_given"]


async def test_a_follow_up_for_a_colleague_tells_them(cast: Cast) -> None:
    await remind(cast, user_id=cast.jonas.id)
    assert await fetch_value('SELECT "user" FROM notification') == cast.jonas.id
    assert [row.user_name for row in await given_reminders(cast.petra.id, NOW)] == ["Jonas Beck"]


async def test_nobody_gets_a_follow_up_who_has_left(cast: Cast) -> None:
    reminder = await remind(cast)
    await execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", cast.jonas.id, NOW)
    for attempt in (
        hand_over_reminder(reminder, to=cast.jonas.id, by=cast.petra.id, now=NOW),
        hand_over_reminder(reminder, to=cast.petra.id, by=cast.petra.id, now=NOW),
        remind(cast, user_id=cast.jonas.id),
    ):
        with pytest.raises(Invalid) as refused:
            await attempt
        assert list(refused.value.errors) == ["user_id"]


async def test_what_is_done_is_not_handed_over(cast: Cast) -> None:
    reminder = await remind(cast)
    await complete_reminder(reminder, by=cast.petra.id, now=NOW)
    with pytest.raises(RuleBroken, match="schon erledigt"):
        await hand_over_reminder(reminder, to=cast.jonas.id, by=cast.petra.id, now=NOW)


async def test_ali_sees_petras_follow_up_only_while_she_is_absent(cast: Cast) -> None:
    reminder = await remind(cast, await kitchen(cast))
    general = await remind(cast, text="Messe vorbereiten")
    assert await due_reminders(cast.ali.id, TOMORROW, NOW) == []
    await absent(cast, since=NOW, until=NOW + timedelta(days=5))
    seen = await due_reminders(cast.ali.id, TOMORROW, NOW)
    assert [(row.id, row.user_name) for row in seen] == [(reminder, "Petra Lang"), (general, "Petra Lang")]
    assert await due_reminders(cast.ali.id, TOMORROW, NOW - timedelta(seconds=1)) == []
    assert await due_reminders(cast.ali.id, TOMORROW, NOW + timedelta(days=5)) == []
    assert await due_reminders(cast.jonas.id, TOMORROW, NOW) == []
    for stranger, which in ((cast.jonas, reminder), (cast.eva, reminder), (cast.jonas, general)):
        with pytest.raises(NotFound):
            await complete_reminder(which, by=stranger.id, now=NOW)


async def test_what_ali_settles_for_petra_is_settled_for_her_and_the_next_is_hers(cast: Cast) -> None:
    reminder = await remind(cast, await kitchen(cast), repeat=Repeat.WEEKLY)
    await absent(cast)
    settled = await complete_with_result(reminder, Result("Erreicht", Channel.PHONE), by=cast.ali.id, now=NOW)
    row = await fetch_one('SELECT "user", follows FROM reminder WHERE id = $1', settled.next_id)
    assert row is not None
    assert tuple(row) == (cast.petra.id, reminder)
    assert await fetch_value("SELECT done_by FROM reminder WHERE id = $1", reminder) == cast.ali.id
    assert await fetch_value("SELECT by_user FROM interaction") == cast.ali.id


async def test_petra_sees_to_whom_her_deputy_gave_it(cast: Cast) -> None:
    reminder = await remind(cast, await kitchen(cast))
    await absent(cast)
    await hand_over_reminder(reminder, to=cast.jonas.id, by=cast.ali.id, now=NOW)
    for giver in (cast.petra, cast.ali):
        assert [row.user_name for row in await given_reminders(giver.id, NOW)] == ["Jonas Beck"]
    with pytest.raises(NotFound):
        await complete_reminder(reminder, by=cast.ali.id, now=NOW)


async def test_the_customer_page_says_that_a_colleague_will_be_reminded_but_not_of_what(
    browser: Browser, cast: Cast
) -> None:
    customer = await kitchen(cast)
    await remind(cast, customer, text="Nachlass von 3 Prozent anbieten")
    await browser.log_in(cast.petra)
    assert "Nachlass von 3 Prozent" in (await browser.get(f"/customers/{customer}")).text
    await browser.log_in(cast.eva)
    page = (await browser.get(f"/customers/{customer}")).text
    assert "Als Nächstes" in page
    assert "Nachlass von 3 Prozent" not in page


async def test_pages_from_the_list_to_the_result(browser: Browser, cast: Cast) -> None:
    now = datetime.now(UTC)
    customer = await kitchen(cast)
    reminder = await remind(cast, customer, due_at=now + timedelta(minutes=1), now=now, repeat=Repeat.MONTHLY)
    await browser.log_in(cast.petra)
    assert "monatlich" in (await browser.get("/")).text
    assert "Was ist dabei herausgekommen?" in (await browser.get(f"/reminders/{reminder}/result", htmx=True)).text
    empty = await browser.post(f"/reminders/{reminder}/result", {"result": "", "channel": "visit"}, htmx=True)
    assert empty.status_code == 422
    assert '<option value="visit" selected>' in empty.text
    assert "herausgekommen?: " not in empty.text
    form = {
        "result": "<p>Muster <b>gezeigt</b></p>",
        "channel": "visit",
        "direction": "outbound",
        "submission_id": "one",
    }
    for _ in range(2):
        assert (await browser.post(f"/reminders/{reminder}/result", form)).headers[
            "location"
        ] == "/reminders?done=result"
    again = await browser.post(
        f"/reminders/{reminder}/result", form | {"result": "Anderer Text", "submission_id": "two"}
    )
    assert again.status_code == 422
    assert "Anderer Text" in again.text
    assert "schon erledigt" in again.text
    assert "Muster gezeigt" in (await browser.get(f"/customers/{customer}")).text
    assert await fetch_value("SELECT count(*) FROM interaction") == 1
    assert len(await series()) == 2


async def test_pages_hand_over_and_stand_in(browser: Browser, cast: Cast) -> None:
    now = datetime.now(UTC)
    reminder = await remind(cast, await kitchen(cast), due_at=now + timedelta(minutes=1), now=now)
    await browser.log_in(cast.ali)
    for path in (f"/reminders/{reminder}/result", f"/reminders/{reminder}/hand-over"):
        assert (await browser.get(path)).status_code == 404
    for path in ("completion", "postponement", "result", "hand-over"):
        form = {"until": "tomorrow", "result": "x", "user_id": str(cast.ali.id)}
        assert (await browser.post(f"/reminders/{reminder}/{path}", form)).status_code == 404
    await absent(cast)
    assert "Sie vertreten Petra Lang." in (await browser.get("/")).text
    page = await browser.get(f"/reminders/{reminder}/hand-over")
    assert "Jonas Beck" in page.text
    form = {"user_id": str(cast.jonas.id), "submission_id": "once"}
    for _ in range(2):
        assert (await browser.post(f"/reminders/{reminder}/hand-over", form)).status_code == 303
    assert "Bei Jonas Beck" in (await browser.get("/reminders?done=given")).text
    assert (await browser.get(f"/reminders/{reminder}/result")).status_code == 404


async def test_a_follow_up_in_the_past_keeps_what_was_typed(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    form = {"text": "Messe planen", "due_at": "2020-01-31T09:00", "repeat": "monthly", "user_id": str(cast.jonas.id)}
    refused = await browser.post("/reminders", form)
    assert refused.status_code == 422
    assert "Vergangenheit" in refused.text
    assert "Messe planen" in refused.text
    assert "2020-01-31T09:00" in refused.text
    assert '<option value="monthly" selected>' in refused.text
    assert f'<option value="{cast.jonas.id}" selected>' in refused.text


async def test_over_the_api(browser: Browser, cast: Cast) -> None:
    customer = await kitchen(cast)
    await browser.log_in(cast.petra)
    due = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    body = {"text": "Wartung", "due_at": due.isoformat(), "customer_id": customer, "repeat": "yearly"}
    made = (await browser.api("POST", "/reminders", body)).json()["id"]
    later = (due + timedelta(days=1)).isoformat()
    assert (await browser.api("POST", f"/reminders/{made}/postponement", {"due_at": later})).status_code == 204
    past = await browser.api("POST", f"/reminders/{made}/postponement", {"due_at": "2020-01-01T09:00:00+01:00"})
    assert past.status_code == 422
    settled = await browser.api("POST", f"/reminders/{made}/result", {"result": "Erledigt", "channel": "email"})
    assert settled.status_code == 201
    assert settled.json()["interaction_id"]
    assert (await browser.api("POST", f"/reminders/{made}/result", {"result": "Noch einmal"})).status_code == 422
    following = settled.json()["next_id"]
    given = await browser.api("POST", f"/reminders/{following}/hand-over", {"user_id": cast.jonas.id})
    assert given.status_code == 201
    assert (await browser.api("GET", "/reminders")).json()["items"] == []
    (item,) = (await browser.api("GET", "/reminders?view=given")).json()["items"]
    assert (item["id"], item["user_id"]) == (following, cast.jonas.id)
    wrong = await browser.api("POST", "/reminders", body | {"repeat": "hourly"})
    assert wrong.status_code in (400, 422)
