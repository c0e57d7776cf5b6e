"""Putting a follow-up back in one's own words, and what was done before."""

from datetime import UTC, datetime, timedelta

from crm.database import execute, fetch_value
from crm.interactions.results import Result, complete_with_result
from crm.reminders.actions import set_reminder
from crm.reminders.queries import past_reminders
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def remind(cast: Cast, text: str = "Angebot nachfassen", now: datetime = NOW) -> int:
    me = cast.petra.id
    return await set_reminder(user_id=me, customer_id=None, text=text, due_at=now + timedelta(days=1), by=me, now=now)


async def test_a_follow_up_is_put_back_in_ones_own_words(browser: Browser, cast: Cast) -> None:
    reminder = await remind(cast, now=datetime.now(UTC))
    await browser.log_in(cast.petra)
    where = f"/reminders/{reminder}/postponement"
    assert "Wann soll sie wiederkommen?" in (await browser.get(where, htmx=True)).text
    for words in ("", "irgendwann", "gestern 9 Uhr"):
        refused = await browser.post(where, {"until": "moment", "due_at": words}, htmx=True)
        assert refused.status_code == 422
        assert f'value="{words}"' in refused.text
    done = await browser.post(where, {"until": "moment", "due_at": "in 3 Wochen"})
    assert (done.status_code, done.headers["location"]) == (303, "/reminders?done=postponed")
    assert await fetch_value("SELECT due_at FROM reminder WHERE id = $1", reminder) > datetime.now(UTC) + timedelta(
        days=19
    )


async def test_what_was_done_stands_with_its_result_page_by_page(browser: Browser, cast: Cast) -> None:
    for n in range(5):
        reminder = await remind(cast, f"Nr. {n}")
        result = Result(f"Ergebnis {n}")
        await complete_with_result(reminder, result, by=cast.petra.id, now=NOW + timedelta(minutes=n))
    first, cursor = await past_reminders(cast.petra.id, limit=3)
    second, last = await past_reminders(cast.petra.id, cursor or "", limit=3)
    assert [row.result for row in first + second] == [f"Ergebnis {n}" for n in (4, 3, 2, 1, 0)]
    assert last is None
    await browser.log_in(cast.petra)
    assert "Ergebnis 4" in (await browser.get("/reminders/past")).text
    await browser.log_in(cast.ali)
    assert "Noch ist nichts erledigt." in (await browser.get("/reminders/past")).text


async def test_what_was_withdrawn_says_so(browser: Browser, cast: Cast) -> None:
    reminder = await remind(cast)
    await execute("UPDATE reminder SET done_at = $2, withdrawn_at = $2 WHERE id = $1", reminder, NOW)
    await browser.log_in(cast.petra)
    assert "nicht mehr nötig" in (await browser.get("/reminders/past")).text
