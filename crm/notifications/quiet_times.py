"""When a notification may be mailed: as the person wishes, and never while they rest unless they ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from crm.notifications.kinds import Group
from crm.service_levels.calendar import Calendar

MORNING, EVENING = time(7), time(20)
"""The night lies between them, by the wall clock of the company's calendar."""
SUNDAY = 6
_FURTHEST = 60
"""Days without a working day that nobody will see: the search ends there."""


class Wish(StrEnum):
    """How somebody wants to be mailed about a group of notifications."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    NONE = "none"


@dataclass(frozen=True)
class Preference:
    """What somebody wishes; without a word from them: every mail at once, but neither at night nor on days off."""

    wishes: Mapping[Group, Wish] = field(default_factory=dict)
    digest_at: time = MORNING
    at_night: bool = False
    on_days_off: bool = False

    def wish(self, group: Group) -> Wish:
        return self.wishes.get(group, Wish.AT_ONCE)


def when_to_mail(preference: Preference, group: Group, calendar: Calendar, now: datetime) -> datetime | None:
    """The moment (aware UTC) at which a notification of now is mailed; None for never. Now itself means at once.

    A digest goes at its time of day, at once means the next moment that is not quiet. A time of day that the change to summer time
    leaves out comes an hour later, one that the change back repeats is its first.
    """
    wish = preference.wish(group)
    if wish is Wish.NONE:
        return None
    if wish is Wish.AT_ONCE:
        return next_allowed(preference, calendar, now)
    today = now.astimezone(calendar.zone).date()
    for day in _days(preference, calendar, today):
        at = _moment(day, preference.digest_at, calendar)
        if at >= now:
            return next_allowed(preference, calendar, at)
    return None


def next_allowed(preference: Preference, calendar: Calendar, now: datetime) -> datetime:
    """Now, or the first later moment that is neither at night (20:00 to 7:00) nor on a Sunday or a day on which the company
    rests, as far as the person keeps to that."""
    for day in _days(preference, calendar, now.astimezone(calendar.zone).date()):
        begins = _moment(day, time.min if preference.at_night else MORNING, calendar)
        ends = (
            _moment(day + timedelta(days=1), time.min, calendar)
            if preference.at_night
            else _moment(day, EVENING, calendar)
        )
        if now < ends:
            return max(now, begins)
    return now


def _days(preference: Preference, calendar: Calendar, first: date) -> list[date]:
    """From the first on, those on which mail may come."""
    days = [first + timedelta(days=number) for number in range(_FURTHEST)]
    return [day for day in days if preference.on_days_off or not is_day_off(calendar, day)]


def is_night(now: datetime, calendar: Calendar) -> bool:
    """Whether it is night where the company is: from 20:00 to 7:00 by the wall clock of its calendar."""
    return not MORNING <= now.astimezone(calendar.zone).time() < EVENING


def is_day_off(calendar: Calendar, day: date) -> bool:
    """A Sunday, a public holiday, or a day on which the company is closed."""
    return day.weekday() == SUNDAY or day in calendar.holidays


def _moment(day: date, clock: time, calendar: Calendar) -> datetime:
    return datetime.combine(day, clock, tzinfo=calendar.zone).astimezone(UTC)
