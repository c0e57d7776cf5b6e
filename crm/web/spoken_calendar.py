"""The calendar behind dates in people's words, and the question that is asked when words don't say one moment."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

LAST_YEAR = 2199


class Doubt(StrEnum):
    """Why words were not understood: nothing known in them, a day or a time of day, before or after noon, one of two dates, a
    weekday that is not the date's, a day that the calendar doesn't have."""

    UNKNOWN = "unknown"
    DAY_OR_TIME = "day_or_time"
    WHICH_HALF = "which_half"
    WHICH_DATE = "which_date"
    WRONG_WEEKDAY = "wrong_weekday"
    NO_SUCH_DAY = "no_such_day"


class Unclear(ValueError):
    """The words don't say one moment. `first` and `second` are what they could mean; of a wrong weekday the date."""

    def __init__(self, doubt: Doubt, first: str = "", second: str = "", on: date | None = None) -> None:
        super().__init__(doubt)
        self.doubt, self.first, self.second, self.on = doubt, first, second, on


def real_date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unclear(Doubt.NO_SUCH_DAY, f"{day}.{month}.{year}") from None


def in_year(today: date, day: int, month: int, year: str | None) -> date:
    """The date; without a year the next one that is not over. One that neither year has (29.2.) is asked about."""
    if year:
        return real_date(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    years = (today.year, today.year + 1)
    for candidate in years:
        if 1 <= month <= 12 and 1 <= day <= monthrange(candidate, month)[1] and date(candidate, month, day) >= today:
            return date(candidate, month, day)
    raise Unclear(Doubt.NO_SUCH_DAY, f"{day}.{month}.")


def numbered_week(today: date, week: int, year: str | None) -> date:
    """The Monday of a week; without a year of the next one that is not over."""
    for candidate in (int(year),) if year else (today.isocalendar().year, today.isocalendar().year + 1):
        try:
            monday = date.fromisocalendar(candidate, week, 1)
        except ValueError:
            raise Unclear(Doubt.UNKNOWN) from None
        if year or monday + timedelta(days=6) >= today:
            return monday
    raise Unclear(Doubt.UNKNOWN)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def days_of(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def months_later(day: date, months: int) -> date:
    """As `in_months`, within the years that words can mean."""
    if not 1 <= (day.year * 12 + day.month - 1 + months) // 12 <= LAST_YEAR:
        raise Unclear(Doubt.UNKNOWN)
    return in_months(day, months)


def in_months(day: date, months: int) -> date:
    """The same day of another month, or its last: a month after 31 January is 28 February (BGB § 188 (3))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def later(day: date, steps: int, unit: str) -> date:
    ways: dict[str, Callable[[], date]] = {
        "day": lambda: day + timedelta(days=steps),
        "week": lambda: day + timedelta(weeks=steps),
        "month": lambda: months_later(day, steps),
        "year": lambda: months_later(day, steps * 12),
    }
    return ways[unit]()
