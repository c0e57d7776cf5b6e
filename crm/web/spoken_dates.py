"""When people write "morgen 9 Uhr" or "next Friday": the moment that they mean, in German and English.

Pure: the moment of writing and the zone come in. What can mean two things, or nothing, is asked about (`Unclear`) and never
guessed. Days come before months (10.12. is in December); weeks begin on Monday and are numbered by ISO 8601.
A day without a time is meant for nine o'clock; today without a time for the next full hour.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.web.spoken_calendar import LAST_YEAR, Doubt, Unclear, later, monday_of
from crm.web.spoken_days import Said, has_day_in, refuse_leftovers, take_days
from crm.web.spoken_phrases import take_phrases
from crm.web.spoken_times import ASKED_HOURS, SpokenTime, take_time

LONGEST = 120
"""Characters: nobody writes a longer date, and nothing longer is read."""

MORNING = time(9)


class Alone(StrEnum):
    """What a day without a time means: nine o'clock, its beginning (absent from), or its end (absent until)."""

    MORNING = "morning"
    BEGINNING = "beginning"
    END = "end"


def understand(words: str, now: datetime, zone: ZoneInfo, alone: Alone = Alone.MORNING) -> datetime:
    """The moment that the words mean when they are written at `now` (aware), as aware UTC; it may lie in the past. `alone` is
    what a day without a time is meant for. Raises Unclear."""
    local_now = now.astimezone(zone)
    said = Said(_folded(words), local_now.date())
    try:
        take_phrases(said)
        take_days(said)
        at_time = take_time(said, has_day=has_day_in(said))
        refuse_leftovers(said)
        if said.offset and said.offset[1] in ("minute", "hour"):
            return _from_now(said, at_time, now)
        day = _day(said)
        if alone != Alone.MORNING and at_time is None:
            return _whole_day(day, alone, local_now)
        return _moment(day, at_time, local_now)
    except OverflowError:
        raise Unclear(Doubt.UNKNOWN) from None


def _folded(words: str) -> str:
    """Small letters without umlauts ("ae" and "ä" are the same to whoever types), single spaces."""
    text = unicodedata.normalize("NFKC", words).lower()
    if len(text) > LONGEST or not text.strip():
        raise Unclear(Doubt.UNKNOWN)
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("'", ""), ("’", "")):
        text = text.replace(letter, plain)
    text = re.sub(r"(?<=\d)t(?=\d\d:)", " ", text)  # 2026-11-30T09:00, as calendars write
    return " ".join(text.split())


def _day(said: Said) -> tuple[date | None, bool]:
    """The day that was said (None: only a time), and whether it was said as a weekday, which moves on when it is over."""
    steps, unit = said.offset or (0, "day")
    base = said.on
    if said.relative is not None:
        base = _agreed(base, said.today + timedelta(days=said.relative))
    if said.week is not None:
        if base is not None or said.offset:
            raise Unclear(Doubt.UNKNOWN)
        if said.weekday is None:
            return max(said.week, said.today) if said.week + timedelta(days=6) >= said.today else said.week, False
        return said.week + timedelta(days=said.weekday), False
    if said.weekday is not None:
        return _weekday(said, base, steps, unit)
    if said.offset:
        base = later(base or said.today, steps, unit)
    return base, False


def _weekday(said: Said, base: date | None, steps: int, unit: str) -> tuple[date | None, bool]:
    assert said.weekday is not None
    if base is not None:
        if said.offset:
            raise Unclear(Doubt.UNKNOWN)
        if base.weekday() != said.weekday:
            raise Unclear(Doubt.WRONG_WEEKDAY, on=base)
        return base, False
    if said.offset and unit != "week":
        raise Unclear(Doubt.UNKNOWN)
    ahead = (said.weekday - said.today.weekday()) % 7
    if said.skips_today and ahead == 0:
        ahead = 7
    day = said.today + timedelta(days=ahead, weeks=said.weekday_shift + steps)
    if said.begins_with_offset:  # "in 2 Wochen am Montag": Monday of that week, or two weeks after Monday?
        of_week = monday_of(said.today) + timedelta(weeks=steps, days=said.weekday)
        if of_week != day:
            raise Unclear(Doubt.WHICH_DATE, f"{of_week.day}.{of_week.month}.", f"{day.day}.{day.month}.")
    return day, not said.offset and ahead == 0


def _agreed(one: date | None, other: date) -> date:
    if one is not None and one != other:
        raise Unclear(Doubt.UNKNOWN)
    return other


def _whole_day(day: tuple[date | None, bool], alone: Alone, local_now: datetime) -> datetime:
    on, is_weekday = day
    if on is None:
        raise Unclear(Doubt.UNKNOWN)
    if on == local_now.date() and is_weekday and local_now.time() >= MORNING:  # today is called today
        on += timedelta(days=7)
    if alone == Alone.END:
        on += timedelta(days=1)
    if on.year > LAST_YEAR:
        raise Unclear(Doubt.UNKNOWN)
    return datetime.combine(on, time.min, tzinfo=local_now.tzinfo).astimezone(UTC)


def _moment(day: tuple[date | None, bool], at_time: SpokenTime | None, local_now: datetime) -> datetime:
    on, is_weekday = day
    zone = local_now.tzinfo
    if on is None and at_time is None:
        raise Unclear(Doubt.UNKNOWN)
    if at_time is not None and at_time.is_asked:
        clock = at_time.at
        late = clock.replace(hour=clock.hour + ASKED_HOURS)
        raise Unclear(Doubt.WHICH_HALF, f"{clock:%H:%M}", f"{late:%H:%M}")
    today = local_now.date()
    if at_time is not None:
        at = datetime.combine(on or today, at_time.at, tzinfo=zone)
        if at.astimezone(UTC) <= local_now.astimezone(UTC):
            at += timedelta(days=1 if on is None else 7 if is_weekday else 0)
    elif on == today and is_weekday and local_now.time() >= MORNING:  # today is called today
        at = datetime.combine(on + timedelta(days=7), MORNING, tzinfo=zone)
    elif on == today:
        at = (local_now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
        at = max(at, datetime.combine(today, MORNING, tzinfo=zone))
        if at.date() != today:  # an hour before midnight nothing of today is left
            raise Unclear(Doubt.UNKNOWN)
    else:
        assert on is not None
        at = datetime.combine(on, MORNING, tzinfo=zone)
    if at.year > LAST_YEAR:
        raise Unclear(Doubt.UNKNOWN)
    return at.astimezone(UTC)


def _from_now(said: Said, at_time: SpokenTime | None, now: datetime) -> datetime:
    """So many minutes or hours of real time from now, on the minute."""
    if at_time or said.on or said.weekday is not None or said.week or said.relative:
        raise Unclear(Doubt.UNKNOWN)
    assert said.offset is not None
    steps, unit = said.offset
    at = now.astimezone(UTC) + (timedelta(minutes=steps) if unit == "minute" else timedelta(hours=steps))
    return at.replace(second=0, microsecond=0)
