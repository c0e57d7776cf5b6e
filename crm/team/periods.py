"""The stretch of days that is looked at, and the one before that it is compared with. Pure: days of the company's time zone,
whose instants are found by the wall clock, also over a change to or from daylight saving time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.reports.months import earlier, month_of

LATELY = 30
"""Days of "the last 30 days", today included."""


class Period(StrEnum):
    WEEK = "week"
    DAYS_30 = "30_days"
    MONTH = "month"
    LAST_MONTH = "last_month"


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both included; what lies ahead is empty. It counts from `starts_at` up to `ends_at`, and the
    stretch before from `before_at` up to `before_ends_at`: as far into it as we are into this one."""

    first: date
    last: date
    starts_at: datetime
    ends_at: datetime
    before_first: date
    before_at: datetime
    before_ends_at: datetime
    is_running: bool

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def span_of(period: Period, now: datetime, zone: ZoneInfo) -> Span:
    """The days of a period as it is now. A week begins on Monday. Of a longer month before only as many days are compared as
    have passed of this one; of a shorter one all there are."""
    here = now.astimezone(zone)
    today = here.date()
    this_month = month_of(now, zone)
    if period is Period.LAST_MONTH:
        first, before = earlier(this_month, 1), earlier(this_month, 2)
        return _span(first, this_month - timedelta(days=1), before, None, zone)
    if period is Period.WEEK:
        first = today - timedelta(days=today.weekday())
        return _span(first, first + timedelta(days=6), first - timedelta(days=7), here, zone)
    if period is Period.MONTH:
        last = earlier(this_month, -1) - timedelta(days=1)
        return _span(this_month, last, earlier(this_month, 1), here, zone)
    first = today - timedelta(days=LATELY - 1)
    return _span(first, today, first - timedelta(days=LATELY), here, zone)


def _span(first: date, last: date, before: date, here: datetime | None, zone: ZoneInfo) -> Span:
    """`here` is now on the wall clock while the period runs, None when it is over."""
    starts_at = _midnight(first, zone)
    if here is None:
        ends_at, before_ends_at = _midnight(last + timedelta(days=1), zone), starts_at
    else:
        same = datetime.combine(before + (here.date() - first), here.time(), zone)
        ends_at, before_ends_at = here.astimezone(UTC), min(same.astimezone(UTC), starts_at)
    return Span(first, last, starts_at, ends_at, before, _midnight(before, zone), before_ends_at, here is not None)


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    """The instant at which the day begins there, in UTC."""
    return datetime.combine(on, datetime.min.time(), zone).astimezone(UTC)
