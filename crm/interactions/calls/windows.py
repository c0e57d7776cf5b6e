"""When somebody can be reached, in people's words ("heute nach 15 Uhr", "morgen zwischen 9 und 11"), and when to try again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.service_levels.calendar import Calendar
from crm.web.spoken_dates import understand

_BETWEEN = re.compile(
    r"^(?P<day>.*?)\s*\b(?:zwischen|von|between|from)\s+(?P<first>\S.*?)\s+(?:und|bis|and|to|until)\s+(?P<last>\S.*)$",
    re.I,
)
_AFTER = re.compile(r"^(?P<day>.*?)\s*\b(?:nach|ab|after|from)\s+(?P<time>\S.*)$", re.I)
_BEFORE = re.compile(r"^(?P<day>.*?)\s*\b(?:bis|vor|before|until|by)\s+(?P<time>\S.*)$", re.I)
_ONLY_HOUR = re.compile(r"\d{1,2}(?:[:.]\d\d)?")
_HOUR_WORD = re.compile(r"\b(uhr|am|pm|a\.m\.|p\.m\.)\W*$|(?<=\d)(am|pm)\W*$", re.I)

AGAIN_AFTER = timedelta(hours=1)
LAST_TRY, FIRST_TRY = time(17), time(9)
LONGEST_BREAK = 31
"""Days without work in a row."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when (aware UTC); None: at any time from now on, or without an end."""

    starts: datetime | None = None
    ends: datetime | None = None


def understand_window(words: str, now: datetime, zone: ZoneInfo) -> Window:
    """What the words mean when they are written at `now`. A moment alone is where it begins. Raises Unclear, as `understand`."""
    words = " ".join(words.split())
    if both := _BETWEEN.match(words):
        last, first = both["last"], both["first"]
        unit = _HOUR_WORD.search(last)
        if unit and _ONLY_HOUR.fullmatch(first):
            first = f"{first} {unit[0].strip()}"
        starts = understand(_joined(both["day"], first), now, zone)
        return Window(starts, _same_day(understand(_joined(both["day"], last), now, zone), starts, zone))
    if after := _AFTER.match(words):
        return Window(understand(_joined(after["day"], after["time"]), now, zone))
    if before := _BEFORE.match(words):
        return Window(None, understand(_joined(before["day"], before["time"]), now, zone))
    return Window(understand(words, now, zone))


def _joined(day: str, clock: str) -> str:
    return f"{day} {clock}".strip(" ,")


def _same_day(moment: datetime, starts: datetime, zone: ZoneInfo) -> datetime:
    """The end lies on the day of the beginning: "between 9 and 11" that is over today begins tomorrow, and ends then."""
    on, local = starts.astimezone(zone), moment.astimezone(zone)
    return local.replace(year=on.year, month=on.month, day=on.day).astimezone(UTC)


def is_over(window: Window, now: datetime, zone: ZoneInfo) -> bool:
    """Whether nobody can be reached in it any more: its end has passed, or without one its day."""
    if window.ends is not None:
        return window.ends <= now or (window.starts is not None and window.ends <= window.starts)
    return window.starts is not None and window.starts.astimezone(zone).date() < now.astimezone(zone).date()


def next_try(now: datetime, zone: ZoneInfo, calendar: Calendar | None = None) -> datetime:
    """Nobody answered: it comes again in an hour; what would be before 9:00 at 9:00, after 17:00 or on a day on which the company
    does not work at 9:00 on the next working day. Without a calendar the weekdays are worked on."""
    again = (now + AGAIN_AFTER).astimezone(zone)
    if again.time() > LAST_TRY or again.date() != now.astimezone(zone).date():
        again = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), FIRST_TRY, zone)
    again = max(again, datetime.combine(again.date(), FIRST_TRY, zone))
    for _day in range(LONGEST_BREAK):
        if calendar.opens_on(again.date()) if calendar is not None else again.weekday() < 5:
            break
        again = datetime.combine(again.date() + timedelta(days=1), FIRST_TRY, zone)
    return again.astimezone(UTC)
