"""A bad answer, or a contact that goes badly at a moment of truth, tells whoever looks after the customer at once, and once."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.deleting import delete_customer
from crm.database import execute, fetch, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.correcting import correct_interaction
from crm.interactions.deleting import delete_interaction
from crm.interactions.tables import Channel, Direction
from crm.reminders.alarms import acknowledge_alarm, open_alarms
from crm.reminders.tables import AlarmOutcome
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def complaint(customer_id: int, by: int, impression: int = 1, moment: bool = True) -> int:
    contact = NewInteraction(
        customer_id, Channel.PHONE, Direction.INBOUND, "Die Front ist wieder falsch", impression=impression, is_moment_of_truth=moment
    )  # fmt: skip
    return (await log_interaction(contact, by=by, now=NOW)).id


async def told(user_id: int) -> list[str]:
    rows = await fetch(
        "SELECT kind FROM notification WHERE \"user\" = $1 AND kind LIKE 'alarm%' AND read_at IS NULL ORDER BY id",
        user_id,
    )
    return [row.kind for row in rows]


async def is_away(user_id: int) -> None:
    await execute('INSERT INTO agent_profile ("user", absent_from) VALUES ($1, $2)', user_id, NOW - timedelta(days=1))


async def test_the_owner_is_told_of_a_bad_contact_at_a_moment_of_truth(cast: Cast, kitchen: int) -> None:
    await complaint(kitchen, cast.ali.id)
    assert await told(cast.petra.id) == ["alarm_moment"]
    (alarm,) = await open_alarms(cast.petra.id, NOW)
    assert (alarm.customer_name, alarm.sentence.startswith("Unser Eindruck: 1 von 5")) == ("Größmann Küchen GmbH", True)
    assert await open_alarms(cast.ali.id, NOW) == []


async def test_the_owner_is_told_of_a_bad_answer(cast: Cast, kitchen: int) -> None:
    await record_answer(NewAnswer(Metric.NPS, 3, customer_id=kitchen), at=NOW, by=None, now=NOW)
    assert await told(cast.petra.id) == ["alarm_answer"]
    (alarm,) = await open_alarms(cast.petra.id, NOW)
    assert alarm.title == "Schlechte Antwort von Größmann Küchen GmbH: NPS 3"


@pytest.mark.parametrize(("impression", "moment"), [(3, True), (1, False)])
async def test_other_contacts_alarm_nobody(cast: Cast, kitchen: int, impression: int, moment: bool) -> None:
    await complaint(kitchen, cast.ali.id, impression, moment)
    assert await open_alarms(cast.petra.id, NOW) == []


async def test_whoever_logged_it_is_not_told_what_they_know_and_finds_it_on_their_list(
    cast: Cast, kitchen: int
) -> None:
    await complaint(kitchen, cast.petra.id)
    assert await told(cast.petra.id) == []
    assert len(await open_alarms(cast.petra.id, NOW)) == 1


async def test_the_deputy_is_told_while_the_owner_is_away(cast: Cast, kitchen: int) -> None:
    await execute("UPDATE customer SET deputy = $2 WHERE id = $1", kitchen, cast.jonas.id)
    await is_away(cast.petra.id)
    await complaint(kitchen, cast.ali.id)
    assert (await told(cast.petra.id), await told(cast.jonas.id)) == ([], ["alarm_moment"])
    assert len(await open_alarms(cast.jonas.id, NOW)) == 1


async def test_the_lead_is_told_where_nobody_looks_after_the_customer(cast: Cast, kitchen: int) -> None:
    await execute("UPDATE customer SET owner = NULL WHERE id = $1", kitchen)
    await complaint(kitchen, cast.ali.id)
    assert await told(cast.eva.id) == ["alarm_moment"]
    assert len(await open_alarms(cast.eva.id, NOW)) == 1


async def test_a_new_owner_takes_over_the_alarm(cast: Cast, kitchen: int) -> None:
    await complaint(kitchen, cast.ali.id)
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", kitchen, cast.jonas.id)
    assert (len(await open_alarms(cast.petra.id, NOW)), len(await open_alarms(cast.jonas.id, NOW))) == (0, 1)


async def test_a_correction_alarms_and_a_better_impression_withdraws(cast: Cast, kitchen: int) -> None:
    contact = await complaint(kitchen, cast.ali.id, impression=4)
    await correct_interaction(contact, {"impression": 2}, None, by=cast.ali.id, now=NOW)
    assert await told(cast.petra.id) == ["alarm_moment"]
    await correct_interaction(contact, {"impression": 1}, None, by=cast.ali.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM notification WHERE kind = 'alarm_moment'") == 1
    assert "1 von 5" in (await open_alarms(cast.petra.id, NOW))[0].sentence
    await correct_interaction(contact, {"impression": 3}, None, by=cast.ali.id, now=NOW)
    assert (await told(cast.petra.id), await open_alarms(cast.petra.id, NOW)) == ([], [])
    later = NOW + timedelta(hours=1)
    await correct_interaction(contact, {"impression": 1}, None, by=cast.ali.id, now=later)
    assert await told(cast.petra.id) == ["alarm_moment"]


async def test_a_deleted_contact_takes_its_alarm_with_it(cast: Cast, kitchen: int) -> None:
    contact = await complaint(kitchen, cast.ali.id)
    await delete_interaction(contact, "duplicate", by=cast.ali.id, now=NOW)
    assert (await told(cast.petra.id), await open_alarms(cast.petra.id, NOW)) == ([], [])


async def test_a_contact_entered_late_alarms_nobody(cast: Cast, kitchen: int) -> None:
    old = NewInteraction(
        kitchen, Channel.PHONE, Direction.INBOUND, "x", impression=1, is_moment_of_truth=True, at=NOW - timedelta(days=30)
    )  # fmt: skip
    await log_interaction(old, by=cast.ali.id, now=NOW)
    assert await open_alarms(cast.petra.id, NOW) == []


async def test_taking_an_alarm_ends_it_for_all_and_sets_a_follow_up(cast: Cast, kitchen: int) -> None:
    await complaint(kitchen, cast.ali.id)
    (alarm,) = await open_alarms(cast.petra.id, NOW)
    reminder = await acknowledge_alarm(
        alarm.id, by=cast.jonas.id, now=NOW, note="Ich rufe an", follow_up_at=NOW + timedelta(days=1)
    )
    assert (await told(cast.petra.id), await open_alarms(cast.petra.id, NOW)) == ([], [])
    assert (
        await fetch_value('SELECT text FROM reminder WHERE id = $1 AND "user" = $2', reminder, cast.jonas.id)
        == "Ich rufe an"
    )
    with pytest.raises(RuleBroken, match="Jonas Beck"):
        await acknowledge_alarm(alarm.id, by=cast.petra.id, now=NOW)


async def test_what_is_put_right_says_how(cast: Cast, kitchen: int) -> None:
    await complaint(kitchen, cast.ali.id)
    (alarm,) = await open_alarms(cast.petra.id, NOW)
    with pytest.raises(Invalid):
        await acknowledge_alarm(alarm.id, by=cast.petra.id, now=NOW, outcome=AlarmOutcome.DONE)
    await acknowledge_alarm(alarm.id, by=cast.petra.id, now=NOW, outcome=AlarmOutcome.DONE, note="Front getauscht")
    with pytest.raises(RuleBroken):
        await acknowledge_alarm(alarm.id, by=cast.ali.id, now=NOW, outcome=AlarmOutcome.DONE, note="Noch einmal")


async def test_nobody_is_alarmed_about_a_restricted_or_deleted_customer(cast: Cast, kitchen: int) -> None:
    await complaint(kitchen, cast.ali.id)
    (alarm,) = await open_alarms(cast.petra.id, NOW)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", kitchen, NOW)
    assert await open_alarms(cast.petra.id, NOW) == []
    with pytest.raises(NotFound):
        await acknowledge_alarm(alarm.id, by=cast.petra.id, now=NOW)
    await execute("UPDATE customer SET restricted_at = NULL WHERE id = $1", kitchen)
    await delete_customer(kitchen, "doppelt", by=cast.petra.id, now=NOW)
    assert await open_alarms(cast.petra.id, NOW) == []


async def test_petra_takes_an_alarm_from_the_customers_page(browser: Browser, cast: Cast, kitchen: int) -> None:
    now = datetime.now(UTC)
    contact = NewInteraction(
        kitchen, Channel.PHONE, Direction.INBOUND, "x", impression=2, is_moment_of_truth=True, at=now
    )
    await log_interaction(contact, by=cast.ali.id, now=now)
    await browser.log_in(cast.petra)
    page = await browser.get(f"/customers/{kitchen}")
    assert "Unser Eindruck: 2 von 5" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    (alarm,) = await open_alarms(cast.petra.id, now)
    for where in ("/alarms", "/reminders", f"/alarms/{alarm.id}/acknowledgement"):
        assert alarm.title in (await browser.get(where)).text
    refused = await browser.post(f"/alarms/{alarm.id}/acknowledgement", {"outcome": "done", "note": " "})
    assert refused.status_code == 422
    asked = await browser.post(f"/alarms/{alarm.id}/acknowledgement", {"note": "x", "follow_up_at": "irgendwann"})
    assert asked.status_code == 422
    sent = {"note": "Ich fahre hin", "follow_up_at": "morgen 9 Uhr", "submission_id": "alarm-1"}
    for _ in range(2):
        done = await browser.post(f"/alarms/{alarm.id}/acknowledgement", sent)
        assert (done.status_code, done.headers["location"]) == (303, f"/customers/{kitchen}")
    assert "Petra Lang kümmert sich darum. Ich fahre hin" in (await browser.get(f"/customers/{kitchen}")).text
    assert await fetch_value("SELECT count(*) FROM reminder") == 1


async def test_the_api_lists_and_takes_alarms(browser: Browser, cast: Cast, kitchen: int) -> None:
    now = datetime.now(UTC)
    await record_answer(NewAnswer(Metric.CSAT, 1, customer_id=kitchen), at=now, by=None, now=now)
    await browser.log_in(cast.petra)
    (item,) = (await browser.api("GET", "/alarms")).json()["items"]
    assert (item["kind"], item["customer_id"]) == ("bad_answer", kitchen)
    where = f"/alarms/{item['id']}/acknowledgement"
    assert (await browser.api("POST", where, {"outcome": "done"})).status_code == 422
    done = await browser.api("POST", where, {"outcome": "done", "note": "Angerufen"})
    assert (done.status_code, done.json()) == (201, {"id": item["id"], "reminder_id": None})
    assert (await browser.api("GET", "/alarms")).json() == {"items": []}
