"""When a repeating follow-up comes again: by the wall clock of the company, on the day of the month as it was wished."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.reminders.tables import Repeat
from crm.web.spoken_calendar import in_months

_DAYS = {Repeat.DAILY: 1, Repeat.WEEKLY: 7}
_MONTHS = {Repeat.MONTHLY: 1, Repeat.YEARLY: 12}


def next_occurrence(repeat: Repeat, series_from: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (aware UTC) of the series later than `after`; what lies before it is never caught up.

    `series_from` is the first moment as it was wished: a series from 31 January comes on 28 February and on 31 March. The
    time of day is that of the zone, whatever the daylight saving; a time that the change leaves out comes an hour later.
    """
    first = series_from.astimezone(zone).replace(tzinfo=None)
    count = max(0, _steps(repeat, first, after.astimezone(zone).replace(tzinfo=None)) - 1)
    while (found := _occurrence(repeat, first, count).replace(tzinfo=zone).astimezone(UTC)) <= after:
        count += 1
    return found


def _steps(repeat: Repeat, first: datetime, until: datetime) -> int:
    """About how many repetitions lie between two moments: never more than there are."""
    if repeat in _DAYS:
        return (until - first).days // _DAYS[repeat]
    return ((until.year - first.year) * 12 + until.month - first.month) // _MONTHS[repeat]


def _occurrence(repeat: Repeat, first: datetime, count: int) -> datetime:
    if repeat in _DAYS:
        return first + timedelta(days=_DAYS[repeat] * count)
    return datetime.combine(in_months(first.date(), _MONTHS[repeat] * count), first.timetz())
