"""The moment of a follow-up in words: shown before it is kept, asked about or refused with what was typed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.database import fetch_value
from crm.reminders.words import not_at_work
from crm.service_levels.calendar import Calendar
from crm.service_levels.queries import company_calendar
from tests.browser import Browser
from tests.cast import Cast

BERLIN = ZoneInfo("Europe/Berlin")


async def test_the_understood_moment_is_shown_with_its_weekday(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    shown = await browser.get(
        "/reminders/understood", params={"field": "due_at", "due_at": "29.12.2098 halb 10"}, htmx=True
    )
    assert "Verstanden: Mo., 29. Dezember 2098 um 09:30 Uhr" in shown.text
    assert 'name="due_at_read_at"' in shown.text
    sunday = await browser.get("/reminders/understood", params={"field": "due_at", "due_at": "28.12.2098"}, htmx=True)
    assert "kein Arbeitstag" in sunday.text
    assert int(sunday.headers["x-sql-statements"]) <= 3
    past = await browser.get("/reminders/understood", params={"field": "due_at", "due_at": "gestern"}, htmx=True)
    assert "Vergangenheit" in past.text
    asked = await browser.get(
        "/reminders/understood", params={"field": "follow_up_at", "follow_up_at": "bald"}, htmx=True
    )
    assert "Wann meinen Sie?" in asked.text
    far = await browser.get("/reminders/understood", params={"field": "due_at", "due_at": "25.12.2098"}, htmx=True)
    assert "Feiertag" in far.text
    nothing = await browser.get("/reminders/understood", params={"field": "due_at", "due_at": ""}, htmx=True)
    assert not nothing.text.strip()


async def test_days_without_work_are_told(cast: Cast) -> None:
    calendar = await company_calendar(datetime(2026, 11, 25, tzinfo=UTC))
    assert isinstance(calendar, Calendar)
    assert not_at_work(datetime(2026, 11, 25, 9, tzinfo=UTC), calendar) == ""
    assert not_at_work(datetime(2026, 11, 28, 9, tzinfo=UTC), calendar) == "kein Arbeitstag"
    assert "Feiertag" in not_at_work(datetime(2026, 12, 25, 9, tzinfo=UTC), calendar)
    assert "Feiertag" in not_at_work(datetime(2026, 12, 24, 23, 30, tzinfo=UTC), calendar), "in Berlin it is the 25th"


async def test_a_contact_keeps_the_follow_up_that_its_words_mean(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    body = {"customer_id": kitchen, "text": "Ruft wieder an.", "follow_up_at": "übermorgen 9:30"}
    assert (await browser.post("/interactions", body, htmx=True)).status_code == 200
    due = await fetch_value("SELECT due_at FROM reminder WHERE customer = $1", kitchen)
    meant = (datetime.now(BERLIN) + timedelta(days=2)).replace(hour=9, minute=30, second=0, microsecond=0)
    assert due == meant


async def test_what_was_shown_is_kept_however_late_it_is_sent(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    read_at = (datetime.now(UTC) - timedelta(minutes=50)).replace(second=0, microsecond=0)
    body = {
        "text": "Nachfassen",
        "due_at": "in 1 Stunde",
        "due_at_read_at": read_at.isoformat(),
        "customer_id": kitchen,
    }
    assert (await browser.post("/reminders", body)).status_code == 303
    assert await fetch_value("SELECT due_at FROM reminder WHERE customer = $1", kitchen) == read_at + timedelta(hours=1)
    for forged in ("2099-01-01T00:00:00+00:00", "2020-01-01T00:00:00+00:00", "2026-01-01", "never"):
        body = {"text": forged, "due_at": "in 1 Stunde", "due_at_read_at": forged, "customer_id": kitchen}
        assert (await browser.post("/reminders", body)).status_code == 303
        due = await fetch_value("SELECT due_at FROM reminder WHERE text = $1", forged)
        assert timedelta(minutes=58) < due - datetime.now(UTC) <= timedelta(hours=1)


async def test_words_that_say_no_moment_come_back_with_everything_typed(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    await browser.log_in(cast.petra)
    for words, sentence in (
        ("irgendwann", "Wann meinen Sie?"),
        ("gestern", "Vergangenheit"),
        ("morgen um 3", "03:00 oder 15:00 Uhr"),
    ):
        body = {"customer_id": kitchen, "text": "Langer Text.", "minutes": "viele", "follow_up_at": words}
        contact = await browser.post("/interactions", body, htmx=True)
        assert contact.status_code == 422
        for kept in ("Langer Text.", f'value="{words}"', "ganze Zahl", sentence):
            assert kept in contact.text
        reminder = await browser.post(
            "/reminders", {"customer_id": kitchen, "text": "Langer Text.", "due_at": words}, htmx=True
        )
        assert reminder.status_code == 422
        for kept in ("Langer Text.", f'value="{words}"', sentence):
            assert kept in reminder.text
    assert await fetch_value("SELECT count(*) FROM reminder") == 0
