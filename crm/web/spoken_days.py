"""The days in people's words: each is taken out of the words as it is found, and what is left was not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from crm.web.spoken_calendar import Doubt, Unclear, days_of, in_year, monday_of, months_later, numbered_week, real_date
from crm.web.spoken_times import NUMBER, number

FRIDAY, SATURDAY = 4, 5

_WEEKDAYS = (
    r"mo(?:n(?:tags?|day)?)?", r"di(?:enstags?)?|tue(?:s(?:day)?)?", r"mi(?:ttwochs?)?|wed(?:nesday)?",
    r"do(?:nnerstags?)?|thu(?:rs(?:day)?)?", r"fr(?:eitags?|i(?:day)?)?", r"sa(?:mstags?|t(?:urday)?)?|sonnabends?",
    r"so(?:nntags?)?|sun(?:day)?",
)  # fmt: skip
_MONTHS = (
    r"jan(?:uar|uary)?|jaenner", r"feb(?:ruar|ruary)?", r"mar(?:ch|z)?|maerz|mrz", r"apr(?:il)?", r"ma[iy]", r"jun[ie]?",
    r"jul[iy]?", r"aug(?:ust)?", r"sept?(?:ember)?", r"o[ck]t(?:ober)?", r"nov(?:ember)?", r"de[cz](?:ember)?",
)  # fmt: skip
WEEKDAY = "(?:" + "|".join(_WEEKDAYS) + r")\b\.?"
MONTH = "(?:" + "|".join(_MONTHS) + r")\b\.?"
_AFTER_NEXT, NEXT, THIS = (
    r"uebernaechste[nrms]?",
    r"(?:naechste[nrms]?|kommende[nrms]?|next|coming)",
    r"(?:diese[nrms]?|this)",
)
_UNIT = r"(?:minuten?|minutes?|min\.?|stunden?|std\.?|hours?|tage?n?|days?|wochen?|weeks?|monate?n?|months?|jahre?n?|years?)"
_FILLERS = re.compile(
    r"\b(?:am|an|um|on|at|the|of|den|dem|der|des|im|zum|bitte|please|by|ab|bis|wieder|from now)\b|[,;]"
)
_RELATIVE = {
    "vorgestern": -2, "day before yesterday": -2, "gestern": -1, "yesterday": -1, "heute": 0, "today": 0, "ueberuebermorgen": 3,
    "uebermorgen": 2, "day after tomorrow": 2, "tomorrow": 1, "tmrw": 1,
}  # fmt: skip


@dataclass
class Said:
    """What the words have told so far. `left` is what of them was not understood yet."""

    left: str
    today: date
    on: date | None = None
    weekday: int | None = None
    weekday_shift: int = 0
    skips_today: bool = False
    week: date | None = None
    offset: tuple[int, str] | None = None
    relative: int | None = None
    begins_with_offset: bool = False

    def take(self, pattern: str) -> re.Match[str] | None:
        found = re.search(rf"(?<![\w.])(?:{pattern})(?!\w)", self.left, re.ASCII)
        if found:
            self.left = f"{self.left[: found.start()]} {self.left[found.end() :]}"
        return found


def take_days(said: Said) -> None:
    for take in (_take_date, _take_period, _take_offset, _take_week, _take_weekday, _take_relative, _take_day_of_month):
        take(said)


def has_day_in(said: Said) -> bool:
    return any(each is not None for each in (said.on, said.weekday, said.week, said.offset, said.relative))


def refuse_leftovers(said: Said) -> None:
    if _FILLERS.sub(" ", said.left).strip(" .!"):
        raise Unclear(Doubt.UNKNOWN)


def _take_date(said: Said) -> None:
    """10.12., 10.12.2026, 10/12, 2026-12-10, 3. Januar, January 3rd."""
    iso = said.take(r"(\d{4})-(\d{1,2})-(\d{1,2})")
    if iso:
        said.on = real_date(*map(int, iso.groups()))
        return
    dotted = said.take(r"(\d{1,2})\. ?(\d{1,2})\.(?: ?(\d{4})|(\d\d)(?![.:])|(?!\d))")
    slashed = None if dotted else said.take(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d\d))?")
    dotted = dotted or slashed
    if slashed and slashed[1] != slashed[2] and int(slashed[1]) <= 12 and int(slashed[2]) <= 12:
        first, second = f"{int(slashed[1])}.{int(slashed[2])}.", f"{int(slashed[2])}.{int(slashed[1])}."
        raise Unclear(Doubt.WHICH_DATE, first, second)
    if dotted:
        year = next((each for each in dotted.groups()[2:] if each), None)
        said.on = in_year(said.today, int(dotted[1]), int(dotted[2]), year)
        return
    year = r"(?:,? (?P<year>\d{4}))?"
    named = said.take(rf"(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)?(?: of)? ?(?P<month>{MONTH}){year}")
    named = named or said.take(
        rf"(?P<month>{MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?! ?(?:uhr|h\b|:|[ap]\.?m)){year}"
    )
    if named:
        said.on = in_year(said.today, int(named["day"]), month_number(named["month"]), named["year"])
    else:
        _take_bare_date(said)


def _take_bare_date(said: Said) -> None:
    """3.1 is a day, 9.30 a time; 10.12 could be either, unless the words name a time or a day beside it."""
    found = re.search(r"(?<![\w.:])(um |at )?(\d{1,2})\.(\d{1,2})(?![\w.:])( ?(?:uhr|h|am|pm)\b)?", said.left, re.ASCII)
    if found is None or found[1] or found[4]:
        return
    first, second = int(found[2]), int(found[3])
    can_be_time = first < 24 and second < 60 and len(found[3]) == 2
    can_be_date = 1 <= first <= 31 and 1 <= second <= 12
    rest = f"{said.left[: found.start()]} {said.left[found.end() :]}"
    if can_be_time and can_be_date:
        if not _FILLERS.sub(" ", rest).strip():
            raise Unclear(Doubt.DAY_OR_TIME, f"{first}.{second}.", f"{first}:{second:02d}")
        can_be_date = bool(re.search(r"\d ?(?:uhr|h\b|:\d\d|am\b|pm\b)|\b(?:um|at) \d|noon|mittag", rest))
    if can_be_date:
        said.left = rest
        said.on = in_year(said.today, first, second, None)


def _take_day_of_month(said: Said) -> None:
    """ "am 15.", "the 15th": of this month, or of the next that has such a day."""
    found = (
        None
        if has_day_in(said)
        else said.take(r"(?:am |zum |den |der |on )?(\d{1,2})\.(?!\d)|(?:on )?(?:the )?(\d{1,2})(?:st|nd|rd|th)")
    )
    if found is None:
        return
    day, month = int(found[1] or found[2]), said.today.replace(day=1)
    if not 1 <= day <= 31:
        raise Unclear(Doubt.UNKNOWN)
    while day > days_of(month) or month.replace(day=day) < said.today:
        month = months_later(month, 1)
    said.on = month.replace(day=day)


def _take_period(said: Said) -> None:
    """Anfang, Mitte, Ende of a week, a month or a year."""
    found = said.take(
        r"(?P<edge>anfang|beginn|start|beginning|mitte|middle|mid|ende|end)(?: (?:of|der|des|dieser|dieses))?(?: the)? ?"
        rf"(?P<which>{_AFTER_NEXT}|{NEXT}|{THIS})? ?(?P<unit>woche|week|monate?s?|month|jahre?s?|year|{MONTH})"
    )  # fmt: skip
    short = None if found else said.take(r"(wochenende|weekend|monatsende|jahresende|month end|year end)")
    if found:
        edge, which, unit = found["edge"], found["which"] or "", found["unit"]
        steps = 2 if which.startswith("ueber") else 1 if re.fullmatch(NEXT, which) else 0
        said.on = _edge(said.today, {"a": 0, "b": 0, "s": 0, "m": 1, "e": 2}[edge[0]], unit, steps)
    elif short:
        monday = monday_of(said.today)
        ends = {
            "w": monday + timedelta(days=SATURDAY),
            "m": _edge(said.today, 2, "monat", 0),
            "j": said.today.replace(month=12, day=31),
        }
        said.on = ends["j" if short[1].startswith("year") else short[1][0]]


def _edge(today: date, place: int, unit: str, steps: int) -> date:
    """The first, middle or last day (`place` 0 to 2) of a period `steps` after this one; of a week the last working day."""
    if re.fullmatch("woche|week", unit):
        return monday_of(today) + timedelta(weeks=steps, days=(0, 2, FRIDAY)[place])
    if re.fullmatch(r"jahre?s?|year", unit):
        return date(today.year + steps, (1, 7, 12)[place], (1, 1, 31)[place])
    if re.fullmatch(r"monate?s?|month", unit):
        first = months_later(today.replace(day=1), steps)
    else:
        first = date(today.year + steps, month_number(unit), 1)
        if first.replace(day=days_of(first)) < today or (place < 2 and first.replace(day=(1, 15)[place]) < today):
            first = first.replace(year=first.year + 1)
    return first.replace(day=(1, 15, days_of(first))[place])


def _take_offset(said: Said) -> None:
    """ "in 2 Wochen", "in a fortnight", "a week on" (Monday), "vor 3 Tagen", "2 weeks ago"."""
    fortnight = said.take(r"(?:in )?(?:a fortnight|vierzehn tagen?)(?: from| on)?")
    if fortnight:
        said.offset = (2, "week")
        return
    half = said.take(r"in (?:einer halben stunde|half an hour)")
    quarter = None if half else said.take(r"in (?:einer (?:viertelstunde|viertel stunde)|a quarter of an hour)")
    if half or quarter:
        said.offset = (30 if half else 15, "minute")
        return
    found = said.take(
        rf"(?P<in>in |vor )?(?P<n>{NUMBER}) (?P<unit>{_UNIT})(?P<after> ago| from now| from| on| spaeter| later)?"
    )
    if found is None:
        weekday_week = re.search(rf"(?<!\w){WEEKDAY} (week)\b", said.left)
        if weekday_week:  # Monday week
            said.left = said.left[: weekday_week.start(1)] + said.left[weekday_week.end(1) :]
            said.offset = (1, "week")
        return
    if found["n"] == "acht" and _unit(found["unit"]) == "day" and not found["after"]:  # in speech a week
        week, counted = (said.today + timedelta(days=days) for days in (7, 8))
        raise Unclear(Doubt.WHICH_DATE, f"{week.day}.{week.month}.", f"{counted.day}.{counted.month}.")
    sign = -1 if found["in"] == "vor " or found["after"] == " ago" else 1
    said.begins_with_offset = found["in"] == "in " and not said.left[: found.start()].strip()
    said.offset = (sign * number(found["n"]), _unit(found["unit"]))


def _take_week(said: Said) -> None:
    """KW 50, next week, nächste Woche; next month."""
    numbered = said.take(r"(?:kw|cw|calendar week|kalenderwoche|week) ?(\d{1,2})(?:[ /]+(\d{4}))?")
    if numbered:
        said.week = numbered_week(said.today, int(numbered[1]), numbered[2])
        return
    found = said.take(
        rf"(?:in )?(?:der )?(?:(?P<over>{_AFTER_NEXT})|(?P<next>{NEXT})|{THIS}) (?:woche|week)|(?P<late>week after next)"
    )
    if found:
        steps = 2 if found["over"] or found["late"] else 1 if found["next"] else 0
        said.week = monday_of(said.today) + timedelta(weeks=steps)
    elif said.take(rf"(?:im )?{NEXT} (?:monat|month)"):
        said.on = months_later(said.today.replace(day=1), 1)


def _take_weekday(said: Said) -> None:
    found = said.take(
        rf"(?:(?P<over>{_AFTER_NEXT} )|(?P<next>{NEXT} )|{THIS} )?(?P<day>{WEEKDAY})(?P<late> after next)?"
    )
    if found is None:
        return
    said.weekday = weekday_number(found["day"])
    said.skips_today = bool(found["over"] or found["next"] or found["late"])
    said.weekday_shift = 1 if found["over"] or found["late"] else 0


def _take_relative(said: Said) -> None:
    for words, days in _RELATIVE.items():
        if said.take(words):
            said.relative = days
            return
    if re.search(r"\btonight\b", said.left):
        said.relative = 0
        said.left = said.left.replace("tonight", "evening")
    elif said.offset and said.offset[1] != "minute" and said.weekday is None and re.search(r"\bmorgen\b", said.left):
        if said.begins_with_offset:  # "in 2 Tagen morgen": tomorrow, or in the morning?
            raise Unclear(Doubt.UNKNOWN)
        said.take("morgen")
        said.relative = 1
    elif not has_day_in(said) and said.take("morgen"):  # beside another day it is the morning: "Freitag morgen"
        said.relative = 1


def _unit(word: str) -> str:
    starts = {
        "mi": "minute",
        "st": "hour",
        "ho": "hour",
        "ta": "day",
        "da": "day",
        "wo": "week",
        "we": "week",
        "mo": "month",
    }
    return starts.get(word[:2], "year")


def month_number(word: str) -> int:
    return _index(_MONTHS, word) + 1


def weekday_number(word: str) -> int:
    """Monday is 0."""
    return _index(_WEEKDAYS, word)


def _index(patterns: tuple[str, ...], word: str) -> int:
    bare = word.rstrip(".")
    return next(index for index, pattern in enumerate(patterns) if re.fullmatch(pattern, bare))
