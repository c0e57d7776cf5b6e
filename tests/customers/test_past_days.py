"""The day in the past that people mean when they look something up."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from crm.customers.past_days import past_day
from crm.web.spoken_calendar import Unclear

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 7, tzinfo=UTC)
"""A Friday."""


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("heute", date(2026, 11, 27)), ("gestern", date(2026, 11, 26)), ("the day before yesterday", date(2026, 11, 25)),
        ("12.3.", date(2026, 3, 12)), ("12.12.", date(2025, 12, 12)), ("12.3.2024", date(2024, 3, 12)),
        ("2026-03-12", date(2026, 3, 12)), ("5. Januar", date(2026, 1, 5)), ("March 12", date(2026, 3, 12)), ("29.2.", date(2024, 2, 29)),
        ("Montag", date(2026, 11, 23)), ("Freitag", date(2026, 11, 27)), ("letzten Freitag", date(2026, 11, 20)),
        ("last Monday", date(2026, 11, 23)), ("am 15.", date(2026, 11, 15)), ("am 28.", date(2026, 10, 28)),
        ("vor 3 Wochen", date(2026, 11, 6)), ("3 weeks ago", date(2026, 11, 6)), ("vor einem Jahr", date(2025, 11, 27)),
        ("letzte Woche", date(2026, 11, 22)), ("letzten Monat", date(2026, 10, 31)), ("last year", date(2025, 12, 31)),
        ("März 2025", date(2025, 3, 31)), ("Dezember", date(2025, 12, 31)), ("November", date(2026, 11, 27)), ("3/2026", date(2026, 3, 31)),
        ("2025", date(2025, 12, 31)), ("2026", date(2026, 11, 27)),
    ],
)  # fmt: skip
def test_the_last_such_day_is_meant(words: str, day: date) -> None:
    assert past_day(words, NOW, BERLIN) == day


@pytest.mark.parametrize("words", ["morgen", "tomorrow", "in 2 Wochen", "nächsten Montag", "2031", "1.1.2027"])
def test_what_lies_ahead_stays_ahead(words: str) -> None:
    assert past_day(words, NOW, BERLIN) > date(2026, 11, 27)


@pytest.mark.parametrize(
    "words", ["", "irgendwann", "31.11.", "vor vielen Jahren", "Mittwoch 27.11.2026", "13/2026", "99999 weeks ago"]
)
def test_what_is_no_day_is_asked_about(words: str) -> None:
    with pytest.raises(Unclear):
        past_day(words, NOW, BERLIN)


def test_today_is_today_late_in_the_evening() -> None:
    assert past_day("heute", datetime(2026, 11, 27, 22, 30, tzinfo=UTC), BERLIN) == date(2026, 11, 27)
