"""The day in the past that people mean: "12.3." is the last one, "Montag" the last Monday, "März 2025" all of that month.

Pure, on top of the grammar of follow-ups, which looks ahead where this one looks back."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.web.spoken_calendar import Doubt, Unclear, days_of, later, monday_of, months_later, real_date
from crm.web.spoken_dates import understand

_MONTHS = (
    r"jan(?:uar|uary)?|jänner", r"feb(?:ruar|ruary)?", r"mar(?:ch|z)?|märz|maerz|mrz", r"apr(?:il)?", r"ma[iy]", r"jun[ie]?",
    r"jul[iy]?", r"aug(?:ust)?", r"sept?(?:ember)?", r"o[ck]t(?:ober)?", r"nov(?:ember)?", r"de[cz](?:ember)?",
)  # fmt: skip
_MONTH = re.compile("(?:" + "|".join(f"({each})" for each in _MONTHS) + r")\.?(?: (\d{4}))?")
_NUMBERED_MONTH = re.compile(r"(\d{1,2})[./](\d{4})|(\d{4})-(\d{2})")
_YEAR = re.compile(r"(?:19|20|21)\d\d")
_UNITS = {"t": "day", "d": "day", "w": "week", "m": "month", "j": "year", "y": "year"}
_UNIT = r"(tag|day|woche|week|monat|month|jahr|year)\w*"
_NUMBERS = {"einem": 1, "einer": 1, "ein": 1, "a": 1, "one": 1, "zwei": 2, "two": 2, "drei": 3, "three": 3, "vier": 4, "four": 4,
            "fünf": 5, "five": 5, "sechs": 6, "six": 6}  # fmt: skip
_AGO = re.compile(rf"vor (\w+) {_UNIT}|(\w+) {_UNIT} ago")
_LAST = re.compile(r"(?:am |on )?(?:letzte|vorige|vergangene|last|previous)[nrms]? (?=\w)")
_UNIT_ALONE = re.compile(r"(woche|week|monat|month|jahr|year)")
_AHEAD = re.compile(
    r"\b(?:in|nächste\w*|naechste\w*|next|kommende\w*|coming|übermorgen|uebermorgen|tomorrow|tmrw)\b|^morgen\b"
)

_EARLIER = (0, 6, 28, 31, 62, 365, 730, 1095, 1461)
"""Days: a weekday comes again within the week, a day of the month within the next or, for the 31st, the one after; a date within
the year, and 29 February within four."""


def past_day(words: str, now: datetime, zone: ZoneInfo) -> date:
    """The day that is meant; of a month or a year its last day, or today if that is still to come. What is said to lie ahead
    is answered as it is. Raises Unclear."""
    text = " ".join(unicodedata.normalize("NFKC", words).lower().split())
    today = now.astimezone(zone).date()
    if (period := _period(text, today)) is not None:
        return period
    if ago := _AGO.fullmatch(text):
        return later(today, -_number(ago[1] or ago[3]), _UNITS[(ago[2] or ago[4])[0]])
    if last := _LAST.match(text):
        rest = text[last.end() :]
        if unit := _UNIT_ALONE.match(rest):
            return _last_day_of_last(unit[1], today)
        return _backwards(rest, now - timedelta(days=1), zone)
    if _AHEAD.search(text):
        return _day(text, now, zone)
    return _backwards(text, now, zone)


def _day(text: str, now: datetime, zone: ZoneInfo) -> date:
    """The day as follow-ups understand it. Today is a day at any hour, also when a follow-up would find nothing left of it."""
    noon = datetime.combine(now.astimezone(zone).date(), datetime.min.time(), tzinfo=zone) + timedelta(hours=6)
    return understand(text, noon, zone).astimezone(zone).date()


def _backwards(text: str, now: datetime, zone: ZoneInfo) -> date:
    """The last such day: read as of now and of ever earlier days, until it is not ahead."""
    today = now.astimezone(zone).date()
    found, doubt = None, None
    for days in _EARLIER:
        try:
            found = _day(text, now - timedelta(days=days), zone)
        except Unclear as unclear:
            doubt = doubt or unclear
            continue
        if found <= today:
            return found
    if found is None:
        assert doubt is not None
        raise doubt
    return found


def _period(text: str, today: date) -> date | None:
    if _YEAR.fullmatch(text):
        return min(date(int(text), 12, 31), max(today, date(int(text), 1, 1)))
    if month := _MONTH.fullmatch(text):
        number = next(place for place, each in enumerate(month.groups()[:12], 1) if each)
        year = int(month[13]) if month[13] else today.year - (number > today.month)
        return _end_of(real_date(year, number, 1), today)
    if month := _NUMBERED_MONTH.fullmatch(text):
        return _end_of(real_date(int(month[2] or month[3]), int(month[1] or month[4]), 1), today)
    return None


def _end_of(first: date, today: date) -> date:
    return min(first.replace(day=days_of(first)), max(today, first))


def _last_day_of_last(unit: str, today: date) -> date:
    if unit[0] == "w":
        return monday_of(today) - timedelta(days=1)
    if unit[0] == "m":
        return months_later(today.replace(day=1), 0) - timedelta(days=1)
    return date(today.year - 1, 12, 31)


def _number(word: str) -> int:
    if word.isascii() and word.isdigit() and len(word) < 5:
        return int(word)
    if word not in _NUMBERS:
        raise Unclear(Doubt.UNKNOWN)
    return _NUMBERS[word]
