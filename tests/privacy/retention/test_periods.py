"""How long something is kept: month ends, leap years, ends of years, and the day of the company's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.privacy.retention.periods import MOST, Period, Unit, cutoff, day_begins, is_over, last_day, month_later

PERIODS = st.sampled_from(Unit).flatmap(
    lambda unit: st.builds(
        Period, st.integers(1, MOST[unit]), st.just(unit), st.booleans() if unit != Unit.DAYS else st.just(False)
    )
)
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("period", "since", "last"),
    [
        (Period(1, Unit.MONTHS), date(2027, 1, 31), date(2027, 2, 28)),
        (Period(1, Unit.MONTHS), date(2028, 1, 31), date(2028, 2, 29)),
        (Period(6, Unit.MONTHS), date(2026, 8, 31), date(2027, 2, 28)),
        (Period(12, Unit.MONTHS), date(2028, 2, 29), date(2029, 2, 28)),
        (Period(4, Unit.YEARS), date(2028, 2, 29), date(2032, 2, 29)),
        (Period(3, Unit.YEARS, from_year_end=True), date(2026, 1, 1), date(2029, 12, 31)),
        (Period(3, Unit.YEARS, from_year_end=True), date(2026, 12, 31), date(2029, 12, 31)),
        (Period(6, Unit.MONTHS, from_year_end=True), date(2026, 3, 3), date(2027, 6, 30)),
        (Period(30, Unit.DAYS), date(2028, 2, 1), date(2028, 3, 2)),
    ],
)
def test_the_last_day(period: Period, since: date, last: date) -> None:
    assert last_day(period, since) == last
    assert not is_over(period, since, last)
    assert is_over(period, since, date.fromordinal(last.toordinal() + 1))


@given(PERIODS, DAYS, DAYS)
def test_the_cutoff_says_what_the_last_day_says(period: Period, since: date, today: date) -> None:
    assert (since < cutoff(period, today)) == is_over(period, since, today)


@given(PERIODS, DAYS, st.integers(1, 400))
def test_whoever_is_newer_stays_at_least_as_long(period: Period, since: date, later: int) -> None:
    assert last_day(period, since) <= last_day(period, date.fromordinal(since.toordinal() + later))


def test_a_day_begins_by_the_clock_of_the_company() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert day_begins(date(2027, 1, 1), berlin) == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert day_begins(date(2027, 7, 1), berlin) == datetime(2027, 6, 30, 22, tzinfo=UTC)


def test_the_forecast_looks_to_the_same_day_of_the_next_month() -> None:
    assert month_later(date(2027, 1, 31)) == date(2027, 2, 28)
    assert month_later(date(2026, 12, 15)) == date(2027, 1, 15)
