"""Business time: the known cases, the change of the clocks, and a slow reference that counts every minute."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.service_levels.calendar import Calendar, CalendarError, Pause, Stretch

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekdays(opening: int, closing: int, days: int = 5) -> dict[int, list[tuple[time, time]]]:
    return {day: [(time(opening), time(closing))] for day in range(days)}


OFFICE = Calendar(BERLIN, weekdays(9, 17), set())


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "pauses", "due"),
    [
        (OFFICE, "2013-10-21 05:30", 120, (), "2013-10-21 09:00"),
        (
            Calendar(BERLIN, weekdays(9, 17), {date(2015, 9, 22)}),
            "2015-09-21 14:30",
            240,
            (),
            "2015-09-23 10:30",
        ),
        (
            Calendar(BERLIN, weekdays(9, 18, 7), set()),
            "2013-06-04 09:00",
            120,
            (("2013-06-04 09:30", "2013-06-04 09:45"), ("2013-06-04 10:00", "2013-06-04 10:30")),
            "2013-06-04 11:45",
        ),
        (Calendar(BERLIN, weekdays(8, 18), set()), "2013-03-21 09:30", 60, (), "2013-03-21 10:30"),
        (Calendar(BERLIN, weekdays(8, 18), set()), "2013-03-21 09:30", 120, (), "2013-03-21 11:30"),
        (Calendar(BERLIN, weekdays(8, 18), set()), "2013-03-21 09:30", 180, (), "2013-03-21 12:30"),
        # Eight hours left on Friday would be one too many: New York changes its clocks over this weekend.
        (Calendar(NEW_YORK, weekdays(9, 17), set()), "2026-03-06 21:00", 540, (), "2026-03-09 21:00"),
    ],
)
def test_known_due_times(
    calendar: Calendar, start: str, minutes: int, pauses: tuple[tuple[str, str], ...], due: str
) -> None:
    assert calendar.due_at(utc(start), minutes, [(utc(a), utc(b)) for a, b in pauses]) == utc(due)


def test_exact_fit_ends_at_the_closing_instant() -> None:
    assert OFFICE.due_at(utc("2026-11-20 08:00"), 480) == utc("2026-11-20 16:00")
    assert OFFICE.due_at(utc("2026-11-20 08:00"), 480 + 1 / 60) == utc("2026-11-23 08:00:01")


def test_seconds_count() -> None:
    assert OFFICE.due_at(utc("2026-11-20 08:00:07"), 0.5) == utc("2026-11-20 08:00:37")
    assert OFFICE.minutes_between(utc("2026-11-20 15:59:30"), utc("2026-11-23 08:00:15")) == 0.75


def test_nothing_promised_is_due_at_once() -> None:
    assert OFFICE.due_at(utc("2026-11-21 12:00"), 0) == utc("2026-11-21 12:00")


def test_no_due_time_while_the_clock_stands_still() -> None:
    start = utc("2026-11-20 08:00")
    waiting: list[Pause] = [(utc("2026-11-20 09:00"), None)]
    assert OFFICE.due_at(start, 60, waiting) == utc("2026-11-20 09:00")
    assert OFFICE.due_at(start, 61, waiting) is None
    assert OFFICE.minutes_between(start, utc("2026-12-20 09:00"), waiting) == 60


def test_overlapping_pauses_count_once() -> None:
    pauses = [
        (utc("2026-11-20 09:00"), utc("2026-11-20 10:00")),
        (utc("2026-11-20 08:30"), utc("2026-11-20 09:30")),
        (utc("2026-11-20 09:45"), utc("2026-11-20 09:50")),
    ]
    assert OFFICE.due_at(utc("2026-11-20 08:00"), 60, pauses) == utc("2026-11-20 10:30")


def test_midnight_closing_is_the_end_of_the_day() -> None:
    night = Calendar(BERLIN, {4: [(time(22), time.min)], 5: [(time.min, time(6))]}, set())
    assert night.minutes_between(utc("2026-11-20 12:00"), utc("2026-11-21 12:00")) == 480


@pytest.mark.parametrize(("saturday", "hours"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-11-21", 8)])
def test_night_shift_across_the_change_has_an_hour_more_or_less(saturday: str, hours: int) -> None:
    night = Calendar(BERLIN, {5: [(time(22), time.min)], 6: [(time.min, time(6))]}, set())
    start = utc(f"{saturday} 12:00")
    assert night.minutes_between(start, start + timedelta(days=1)) == hours * 60


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_day_shift_has_eight_hours_on_every_date(day: str) -> None:
    sunday = Calendar(BERLIN, {6: [(time(9), time(17))]}, set())
    assert sunday.minutes_between(utc(f"{day} 00:00"), utc(f"{day} 23:00")) == 480


def test_opening_that_the_clocks_skip_is_the_change_itself() -> None:
    shop = Calendar(BERLIN, {6: [(time(2, 30), time(4))]}, set())
    assert shop.due_at(utc("2026-03-29 00:00"), 60) == utc("2026-03-29 02:00")


def test_calendar_that_never_opens_is_an_error() -> None:
    with pytest.raises(CalendarError, match="no opening hours in the two years after"):
        Calendar(BERLIN, {}, set()).due_at(utc("2026-11-20 08:00"), 1)
    every_day_off = {date(2026, 1, 1) + timedelta(days=n) for n in range(1200)}
    with pytest.raises(CalendarError):
        Calendar(BERLIN, weekdays(9, 17), every_day_off).due_at(utc("2026-11-20 08:00"), 1)
    assert Calendar(BERLIN, {}, set()).minutes_between(utc("2020-01-01 00:00"), utc("2026-01-01 00:00")) == 0


def test_naive_times_are_refused() -> None:
    naive, aware = datetime(2026, 11, 20, 9), utc("2026-11-20 08:00")  # noqa: DTZ001
    for ask in (
        lambda: OFFICE.due_at(naive, 1),
        lambda: OFFICE.minutes_between(aware, naive),
        lambda: OFFICE.stretches(naive, aware),
        lambda: OFFICE.due_at(aware, 1, [(naive, aware)]),
    ):
        with pytest.raises(ValueError, match="no time zone"):
            ask()


@pytest.mark.parametrize("hours", [{7: [(time(9), time(17))]}, {0: [(time(17), time(9))]}, {0: [(time(9), time(9))]}])
def test_impossible_hours_are_refused(hours: dict[int, list[tuple[time, time]]]) -> None:
    with pytest.raises(ValueError, match=r"weekday|closes before"):
        Calendar(BERLIN, hours, set())


def test_negative_target_and_reversed_pause_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        OFFICE.due_at(utc("2026-11-20 08:00"), -1)
    with pytest.raises(ValueError, match="ends before"):
        OFFICE.minutes_between(
            utc("2026-11-20 08:00"), utc("2026-11-20 09:00"), [(utc("2026-11-20 09:00"), utc("2026-11-20 08:00"))]
        )


def test_stretches_name_what_the_clock_does() -> None:
    calendar = Calendar(
        BERLIN, {day: [(time(9), time(12)), (time(13), time(17))] for day in range(5)}, {date(2026, 11, 24)}
    )
    found = calendar.stretches(
        utc("2026-11-23 08:00"), utc("2026-11-25 09:00"), [(utc("2026-11-23 09:00"), utc("2026-11-23 11:30"))]
    )
    assert found == [
        Stretch(utc("2026-11-23 08:00"), utc("2026-11-23 09:00"), "running"),
        Stretch(utc("2026-11-23 09:00"), utc("2026-11-23 11:00"), "paused"),
        Stretch(utc("2026-11-23 11:00"), utc("2026-11-23 12:00"), "closed"),
        Stretch(utc("2026-11-23 12:00"), utc("2026-11-23 16:00"), "running"),
        Stretch(utc("2026-11-23 16:00"), utc("2026-11-23 23:00"), "closed"),
        Stretch(utc("2026-11-23 23:00"), utc("2026-11-24 23:00"), "holiday"),
        Stretch(utc("2026-11-24 23:00"), utc("2026-11-25 08:00"), "closed"),
        Stretch(utc("2026-11-25 08:00"), utc("2026-11-25 09:00"), "running"),
    ]
    assert [stretch for stretch in found if calendar.is_break(stretch)] == [found[2]]


def test_years_of_pauses_are_quick() -> None:
    start = utc("2020-01-01 08:00")
    pauses = [(start + timedelta(hours=30 * n), start + timedelta(hours=30 * n + 7)) for n in range(1500)]
    began = perf_counter()
    due = OFFICE.due_at(start, 300_000, pauses)
    assert perf_counter() - began < 0.5, "usually 5 ms: each day is looked at once"
    assert OFFICE.minutes_between(start, due, pauses) == 300_000


# The reference: walk minute by minute; a wall clock that was reached once today counts as reached, so that an opening
# or a closing in the repeated hour happens the first time, and one in the skipped hour when the clocks jump.

ZONES = [BERLIN, NEW_YORK, ZoneInfo("UTC"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Havana")]
CHANGES = ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2026-06-10"]


def reference_minutes(calendar: Calendar, start: datetime, count: int, pauses: list[Pause]) -> list[bool]:
    """For each minute from `start`: does the clock run?"""
    running, day, latest = [], None, time.min
    walk = start - timedelta(hours=26)
    while walk < start + timedelta(minutes=count):
        local = walk.astimezone(calendar.zone)
        if local.date() != day:
            day, latest = local.date(), time.min
        latest = max(latest, local.time())
        hours = () if day in calendar.holidays else calendar.hours.get(local.weekday(), ())
        is_open = any(a <= latest and (b == time.min or latest < b) for a, b in hours)
        is_paused = any(a <= walk and (b is None or walk < b) for a, b in pauses)
        if walk >= start:
            running.append(is_open and not is_paused)
        walk += timedelta(minutes=1)
    return running


clocks = st.integers(0, 47).map(lambda half: time(half // 2, 30 * (half % 2)))
intervals = st.tuples(clocks, clocks).filter(lambda pair: pair[1] == time.min or pair[0] < pair[1])


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, datetime, list[Pause]]:
    around = utc(draw(st.sampled_from(CHANGES)))
    hours = draw(st.dictionaries(st.integers(0, 6), st.lists(intervals, min_size=1, max_size=3), min_size=1))
    holidays = {around.date() + timedelta(days=n) for n in draw(st.sets(st.integers(-2, 2), max_size=1))}
    start = around + timedelta(minutes=draw(st.integers(-2000, 1000)))
    pauses: list[Pause] = []
    for offset, length in draw(st.lists(st.tuples(st.integers(-200, 3000), st.integers(0, 900)), max_size=4)):
        begin = start + timedelta(minutes=offset)
        pauses.append((begin, begin + timedelta(minutes=length)))
    return Calendar(draw(st.sampled_from(ZONES)), hours, holidays), start, pauses


@settings(max_examples=60)
@given(situations(), st.integers(1, 600))
@example(
    (Calendar(BERLIN, {6: [(time(2), time(2, 30)), (time(2, 30), time(3))]}, set()), utc("2026-10-24 20:00"), []), 90
)
@example((Calendar(BERLIN, {6: [(time(1), time(2, 30)), (time(3), time(4))]}, set()), utc("2026-03-28 20:00"), []), 90)
def test_agrees_with_counting_every_minute(situation: tuple[Calendar, datetime, list[Pause]], target: int) -> None:
    calendar, start, pauses = situation
    window = 3 * 24 * 60
    running = reference_minutes(calendar, start, window, pauses)
    end = start + timedelta(minutes=window)
    assert calendar.minutes_between(start, end, pauses) == sum(running)
    minute = timedelta(minutes=1)
    stretches = calendar.stretches(start, end, pauses)
    assert [kind == "running" for a, b, kind in stretches for _ in range((b - a) // minute)] == running
    assert all(left.end == right.start for left, right in pairwise(stretches))
    passed = 0
    for index, runs in enumerate(running):
        passed += runs
        if passed == target:
            assert calendar.due_at(start, target, pauses) == start + (index + 1) * minute
            break
    else:
        due = calendar.due_at(start, target, pauses)
        assert due is not None
        assert due > end


NIGHT = {day: [(time.min, time(6)), (time(22), time.min)] for day in range(7)}
NIGHTS_OF_CHANGE = [
    (BERLIN, "2026-03-28"), (BERLIN, "2026-10-24"), (NEW_YORK, "2026-03-07"), (NEW_YORK, "2026-10-31"),
    (ZoneInfo("Australia/Sydney"), "2026-04-04"), (ZoneInfo("Australia/Sydney"), "2026-10-03"),
    (ZoneInfo("America/Santiago"), "2026-04-04"), (ZoneInfo("America/Santiago"), "2026-09-05"),
]  # fmt: skip
"""Zones of both halves of the world and the day before their clocks change; Santiago changes them at midnight."""


@settings(max_examples=80)
@given(
    st.sampled_from(NIGHTS_OF_CHANGE), st.integers(0, 2000), st.integers(1, 1500),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 600)), max_size=3), st.booleans(),
)  # fmt: skip
def test_night_shifts_across_the_change_agree_with_counting_every_minute(
    night: tuple[ZoneInfo, str], begins: int, target: int, stops: list[tuple[int, int]], is_off: bool
) -> None:
    zone, day = night
    calendar = Calendar(zone, NIGHT, {date.fromisoformat(day) + timedelta(days=1)} if is_off else set())
    start = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC) + timedelta(minutes=begins)
    pauses: list[Pause] = [
        (start + timedelta(minutes=offset), start + timedelta(minutes=offset + length)) for offset, length in stops
    ]
    window = 10 * 24 * 60
    running = reference_minutes(calendar, start, window, pauses)
    reached = [index for index, runs in enumerate(running) if runs][target - 1]
    due = start + timedelta(minutes=reached + 1)
    assert calendar.due_at(start, target, pauses) == due
    assert calendar.minutes_between(start, due, pauses) == target


@settings(max_examples=100)
@given(situations(), st.floats(0.01, 3000))
def test_due_time_and_minutes_agree(situation: tuple[Calendar, datetime, list[Pause]], target: float) -> None:
    calendar, start, pauses = situation
    due = calendar.due_at(start, target, pauses)
    assert due is not None
    assert calendar.minutes_between(start, due, pauses) == pytest.approx(target, abs=1e-6)
    assert calendar.minutes_between(start, due - timedelta(seconds=1), pauses) < target
