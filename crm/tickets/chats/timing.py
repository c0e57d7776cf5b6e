"""When each message of a pasted chat was said: its own date and time, as far as they stand there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.tickets.chats.reading import Said

_BACK = timedelta(hours=12)
"""A time that lies so far before the one above it is one of the next day: the chat went past midnight."""
_STEP = timedelta(microseconds=1)


def moments(said: Sequence[Said], on: date, zone: ZoneInfo, now: datetime) -> list[datetime]:
    """The moment of each message, in UTC and strictly rising, since what is unanswered is told by them. Without a date it is `on`, the
    day of the form, and from then on the day of the message before; without a time that of the message before, at the beginning
    that of the first message that has one, and `now` if none has."""
    first = next((one for one in said if one.at is not None), None)
    if first is None:
        return [now + number * _STEP for number in range(len(said))]
    found: list[datetime] = []
    day = first.on or on
    last = datetime.combine(day, first.at or now.time(), zone)
    for one in said:
        if one.at is not None:
            day = one.on or day
            at = datetime.combine(day, one.at, zone)
            if one.on is None and last - at > _BACK:
                day += timedelta(days=1)
                at = datetime.combine(day, one.at, zone)
            last = at
        moment = last.astimezone(now.tzinfo)
        found.append(max(moment, found[-1] + _STEP) if found else moment)
    return found
