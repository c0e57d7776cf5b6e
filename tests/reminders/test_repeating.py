"""When a repeating follow-up comes again, in the company's zone (Europe/Berlin)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.reminders.repeating import next_occurrence
from crm.reminders.tables import Repeat

BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type, misc]


def moments(repeat: Repeat, first: datetime, count: int) -> list[datetime]:
    found, after = [], first
    for _ in range(count):
        after = next_occurrence(repeat, first, after, BERLIN)
        found.append(after)
    return found


@pytest.mark.parametrize(
    ("repeat", "first", "then"),
    [
        (Repeat.MONTHLY, at(2026, 1, 31, 9), [at(2026, 2, 28, 9), at(2026, 3, 31, 9), at(2026, 4, 30, 9), at(2026, 5, 31, 9)]),
        (Repeat.MONTHLY, at(2026, 11, 15, 9), [at(2026, 12, 15, 9), at(2027, 1, 15, 9)]),
        (Repeat.YEARLY, at(2028, 2, 29, 9), [at(2029, 2, 28, 9), at(2030, 2, 28, 9), at(2031, 2, 28, 9), at(2032, 2, 29, 9)]),
        (Repeat.WEEKLY, at(2026, 3, 23, 9), [at(2026, 3, 30, 9), at(2026, 4, 6, 9)]),
        (Repeat.DAILY, at(2026, 10, 24, 9), [at(2026, 10, 25, 9), at(2026, 10, 26, 9)]),
    ],
)  # fmt: skip
def test_a_series_keeps_its_day_and_its_time_of_day(repeat: Repeat, first: datetime, then: list[datetime]) -> None:
    assert moments(repeat, first, len(then)) == then


def test_across_daylight_saving_the_clock_on_the_wall_counts() -> None:
    (monday,) = moments(Repeat.WEEKLY, at(2026, 3, 23, 9), 1)
    assert (monday - at(2026, 3, 23, 9)) == timedelta(days=7) - timedelta(hours=1)
    assert monday.utcoffset() == timedelta(0)


def test_a_time_that_the_change_leaves_out_comes_an_hour_later_and_only_on_that_day() -> None:
    sunday, monday = moments(Repeat.DAILY, at(2026, 3, 28, 2, 30), 2)
    assert sunday.astimezone(BERLIN).hour == 3
    assert monday == at(2026, 3, 30, 2, 30)


def test_an_hour_that_comes_twice_gives_one_moment() -> None:
    assert moments(Repeat.DAILY, at(2026, 10, 24, 2, 30), 2) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC), at(2026, 10, 26, 2, 30)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        (Repeat.DAILY, at(2026, 11, 24, 9)),
        (Repeat.WEEKLY, at(2026, 11, 25, 9)),
        (Repeat.MONTHLY, at(2026, 12, 1, 9)),
        (Repeat.YEARLY, at(2027, 4, 1, 9)),
    ],
)
def test_what_was_missed_is_not_caught_up(repeat: Repeat, expected: datetime) -> None:
    assert next_occurrence(repeat, at(2026, 4, 1, 9), at(2026, 11, 23, 10), BERLIN) == expected
