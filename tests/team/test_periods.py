"""Which days a period has and what it is compared with: by the calendar on the company's wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.team.periods import Period, span_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[arg-type, misc]


def test_a_week_begins_on_monday_and_is_compared_up_to_the_same_hour_of_last_week() -> None:
    span = span_of(Period.WEEK, berlin(2026, 11, 26, 15, 30), BERLIN)
    assert (span.first, span.last) == (date(2026, 11, 23), date(2026, 11, 29))
    assert (span.starts_at, span.ends_at) == (berlin(2026, 11, 23), berlin(2026, 11, 26, 15, 30))
    assert (span.before_at, span.before_ends_at) == (berlin(2026, 11, 16), berlin(2026, 11, 19, 15, 30))
    assert len(span.days) == 7


def test_a_week_over_the_end_of_summer_time_keeps_to_the_wall_clock() -> None:
    """On 25 October 2026 the clocks go back; on Sunday noon the stretch before ends at noon, too, although it is an hour shorter."""
    span = span_of(Period.WEEK, berlin(2026, 10, 25, 12), BERLIN)
    assert span.starts_at == datetime(2026, 10, 18, 22, tzinfo=UTC)
    assert span.before_ends_at == datetime(2026, 10, 18, 10, tzinfo=UTC)
    assert span.ends_at - span.starts_at == span.before_ends_at - span.before_at + timedelta(hours=1)


def test_a_night_belongs_to_the_day_on_the_wall() -> None:
    """23:30 UTC on Sunday is Monday in Berlin: a new week."""
    assert span_of(Period.WEEK, datetime(2026, 11, 22, 23, 30, tzinfo=UTC), BERLIN).first == date(2026, 11, 23)


def test_thirty_days_end_today_and_follow_the_thirty_before() -> None:
    span = span_of(Period.DAYS_30, berlin(2026, 4, 10, 9), BERLIN)
    assert (span.first, span.last, len(span.days)) == (date(2026, 3, 12), date(2026, 4, 10), 30)
    assert span.before_first == date(2026, 2, 10)
    assert span.before_ends_at == berlin(2026, 3, 11, 9)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ((2026, 11, 26, 15), (2026, 10, 26, 15)),
        ((2026, 3, 31, 15), (2026, 3, 1)),
        ((2028, 3, 29, 15), (2028, 2, 29, 15)),
    ],
)
def test_of_the_month_before_as_many_days_count_as_have_passed_and_at_most_all(
    now: tuple[int, ...], ends: tuple[int, ...]
) -> None:
    span = span_of(Period.MONTH, berlin(*now), BERLIN)
    assert span.before_ends_at == berlin(*ends)
    assert span.before_ends_at <= span.starts_at


def test_last_month_is_whole_and_so_is_the_one_before() -> None:
    span = span_of(Period.LAST_MONTH, berlin(2026, 1, 5, 8), BERLIN)
    assert (span.first, span.last) == (date(2025, 12, 1), date(2025, 12, 31))
    assert (span.starts_at, span.ends_at) == (berlin(2025, 12, 1), berlin(2026, 1, 1))
    assert (span.before_at, span.before_ends_at) == (berlin(2025, 11, 1), berlin(2025, 12, 1))
    assert not span.is_running


@pytest.mark.parametrize("period", list(Period))
def test_on_every_day_of_a_leap_year_the_two_stretches_never_overlap(period: Period) -> None:
    now = berlin(2028, 1, 1, 2, 30)
    for _day in range(366):
        span = span_of(period, now, BERLIN)
        assert span.before_at < span.before_ends_at <= span.starts_at < span.ends_at <= now
        assert span.days[0] == span.first
        assert span.days[-1] == span.last
        now += DAY
