"""When things happen in the demo company: on working days, more in autumn than in August, during office hours."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from crm.demo.draw import Draw
from crm.service_levels.holidays import public_holidays

MONTHS = 24
SEASON = (0.9, 0.95, 1.1, 1.05, 1.0, 0.95, 0.8, 0.75, 1.15, 1.25, 1.2, 0.75)
"""How busy each month is, January first."""
WEEK = (1.2, 1.1, 1.0, 1.0, 0.8)
HOURS = ((8, 2), (9, 5), (10, 6), (11, 5), (12, 2), (13, 3), (14, 5), (15, 5), (16, 4), (17, 1))
"""How busy each hour of the day is."""
_MOMENTS = 5003


class Days:
    """The working days of the 24 months before `today`, which is not over yet and therefore not among them."""

    def __init__(self, today: date, zone: ZoneInfo, draw: Draw) -> None:
        self.today = today
        self.zone = zone
        self.end = self.midnight(today)
        first = _months_before(today, MONTHS)
        self.begin = self.midnight(first)
        holidays = public_holidays("DE", None, range(first.year, today.year + 1))
        every = (first + timedelta(days=n) for n in range((today - first).days))
        self.working = [day for day in every if day.weekday() < 5 and day not in holidays]
        self._starts = [self.midnight(day) for day in self.working]
        growth = len(self.working) * 3
        weights = (SEASON[d.month - 1] * WEEK[d.weekday()] * (1 + n / growth) for n, d in enumerate(self.working))
        self._weights = [0.0, *accumulate(weights)]
        hours = [hour for hour, weight in HOURS for _n in range(weight)]
        self._times = [
            timedelta(hours=draw.pick(hours), minutes=draw.between(0, 59), seconds=draw.between(0, 59))
            for _n in range(_MOMENTS)
        ]

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A wall-clock time of a day."""
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def moment(self, draw: Draw, since: datetime, until: datetime) -> datetime:
        """A busy moment on a working day between two instants, or `since` if there is no working day between them."""
        low, high = bisect_left(self._starts, since), bisect_left(self._starts, until)
        if low >= high:
            return since
        weights = self._weights
        wanted = weights[low] + draw.random() * (weights[high] - weights[low])
        index = min(bisect_left(weights, wanted, low + 1, high + 1) - 1, high - 1)
        return self._starts[index] + draw.pick(self._times)

    def working_day(self, offset: int) -> date:
        """A working day counted from today: -1 is the last one before, 1 the next one after (holidays left aside)."""
        if offset < 0:
            return self.working[offset]
        day = self.today
        for _n in range(offset):
            day += timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)
        return day


def _months_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, min(day.day, 28))
