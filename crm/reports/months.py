"""Calendar months in the company's time zone: how they are written, where they begin and end, when a report is due."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EARLIEST = date(2000, 1, 1)
"""No company looks further back with this program."""

_WRITTEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def month_from(text: str) -> date | None:
    """The first day of a month written as 2026-10; None for anything else."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    year, month = int(match[1]), int(match[2])
    return date(year, month, 1) if year >= EARLIEST.year else None


def written(month: date) -> str:
    """The month as it stands in addresses and file names: 2026-10."""
    return f"{month:%Y-%m}"


def month_of(moment: datetime, zone: ZoneInfo) -> date:
    """The first day of the month that the moment lies in, by the wall clock of `zone`."""
    return moment.astimezone(zone).date().replace(day=1)


def earlier(month: date, by: int) -> date:
    """The month that lies `by` months before (after, if negative)."""
    number = month.year * 12 + month.month - 1 - by
    return date(number // 12, number % 12 + 1, 1)


def start_of(month: date, zone: ZoneInfo) -> datetime:
    """The instant at which the month begins there, in UTC."""
    return datetime(month.year, month.month, 1, tzinfo=zone).astimezone(UTC)


def bounds(month: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of the month and the first instant after it, in UTC."""
    return start_of(month, zone), start_of(earlier(month, -1), zone)


def is_over(month: date, now: datetime, zone: ZoneInfo) -> bool:
    """True from the first instant after the month; only then is its report final."""
    return now >= bounds(month, zone)[1]


def has_begun(month: date, now: datetime, zone: ZoneInfo) -> bool:
    return now >= bounds(month, zone)[0]


def first_working_day(month: date, days_off: AbstractSet[date], working_weekdays: AbstractSet[int]) -> date:
    """The first day of the month that is neither off nor a weekday on which nobody works (0 is Monday).
    If there is none at all (no opening hours, or a whole month off), the first day of the month."""
    day = month
    while day.month == month.month:
        if day.weekday() in working_weekdays and day not in days_off:
            return day
        day += timedelta(days=1)
    return month
