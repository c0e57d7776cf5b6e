"""Several words that are one thing: "in anderthalb Stunden", "ersten Montag im Januar", "Freitagabend". They are taken out of
the words before single days and times are."""

from __future__ import annotations

import re
from datetime import date, timedelta

from crm.web.spoken_calendar import Doubt, Unclear, days_of, months_later
from crm.web.spoken_days import MONTH, NEXT, THIS, WEEKDAY, Said, month_number, weekday_number

_HOURS = r"(?:stunden?|std\.?|hours?|h)"
_WHOLE = {"ein": 1, "eine": 1, "one": 1, "an": 1, "zwei": 2, "two": 2, "drei": 3, "three": 3, "vier": 4, "four": 4}
_HALVES = rf"(?P<whole>\d{{1,2}}|{'|'.join(_WHOLE)})"
_FRACTIONS = {"1/2": 30, "1/4": 15, "3/4": 45}
_ORDINALS = (
    r"1\.|1st|erste[nrms]?|first", r"2\.|2nd|zweite[nrms]?|second", r"3\.|3rd|dritte[nrms]?|third",
    r"4\.|4th|vierte[nrms]?|fourth",
)  # fmt: skip
_LAST = r"letzte[nrms]?|last"
_ORDINAL = "(?P<place>" + "|".join((*_ORDINALS, _LAST)) + ")"
_OF = r"(?:im|in|of|des|vom|am|the|dem|der)"
_MONTH_SAID = (
    rf"(?:{_OF} )+(?:(?P<next>{NEXT} )?(?:{THIS} )?(?:monate?s?|month)|(?P<month>{MONTH})(?: (?P<year>\d{{4}}))?)"
)
_GLUED = re.compile(
    r"\b(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)(frueh|morgen|vormittag|mittag|nachmittag|abend)s?\b"
)


def take_phrases(said: Said) -> None:
    said.left = _GLUED.sub(r"\1 \2", said.left)
    said.left = re.sub(r"\bthis (morning|afternoon|evening)\b", r"today \1", said.left)
    said.left = re.sub(r"\b(?:this weekend|(?:an )?diesem wochenende)\b", "weekend", said.left)
    said.left = re.sub(r"\bin (?:der )?(?=(?:kw|cw|kalenderwoche|calendar week) ?\d)", "", said.left)
    said.left = re.sub(r"\b(\d{1,3}) ?(h|min)\b(?<=h|n)(?=$| )", _spaced, said.left)
    _take_part_of_hours(said)
    _take_part_of_year(said)
    _take_place_in_month(said)


def _spaced(found: re.Match[str]) -> str:
    """ "in 2h" is two hours from now, "um 9h" and "Do 14h" are times of the day."""
    begins = found.string[: found.start()].endswith("in ")
    return f"{found[1]} {'hours' if found[2] == 'h' else 'min'}" if begins else found[0]


def _take_part_of_hours(said: Said) -> None:
    """An hour and a half and the like, as minutes from now."""
    minutes = None
    if found := said.take(rf"in (?:anderthalb {_HOURS}|(?:one|1) and a half {_HOURS}|(?:an|one|1) hours? and a half)"):
        minutes = 90
    elif found := said.take(rf"in {_HALVES}(?:einhalb| and a half) {_HOURS}"):
        minutes = _whole(found["whole"]) * 60 + 30
    elif found := said.take(rf"in (?P<whole>\d{{1,2}})[.,](?P<tenth>\d|25|50|75) ?{_HOURS}"):
        tenth = found["tenth"]
        minutes = round(float(f"{found['whole']}.{tenth}") * 60)
    elif found := said.take(rf"in (?:(?P<whole>\d{{1,2}}) )?(?P<part>1/2|1/4|3/4) ?{_HOURS}"):
        minutes = int(found["whole"] or 0) * 60 + _FRACTIONS[found["part"]]
    elif said.take(r"in (?:einer )?(?:dreiviertelstunde|dreiviertel stunde)|in three[ -]quarters of an hour"):
        minutes = 45
    if minutes is not None:
        said.offset = (minutes, "minute")


def _whole(word: str) -> int:
    return int(word) if word.isdigit() else _WHOLE[word]


def _take_part_of_year(said: Said) -> None:
    if said.take(r"in (?:einem )?(?:halben jahr|halbjahr)|in half a year"):
        said.offset = (6, "month")
    elif said.take(r"in (?:einem )?(?:vierteljahr|viertel jahr|quartal)|in a quarter(?! of an hour)"):
        said.offset = (3, "month")


def _take_place_in_month(said: Said) -> None:
    """The first Monday in January, the last day of the month."""
    found = said.take(rf"{_ORDINAL} (?P<day>{WEEKDAY}|tag|day|arbeitstag|working day) {_MONTH_SAID}")
    if found is None:
        return
    if found["day"] in ("arbeitstag", "working day"):  # holidays are not known here
        raise Unclear(Doubt.UNKNOWN)
    months = _months_meant(said.today, found)
    candidates = (_day_in(month, found["place"], found["day"]) for month in months)
    day = next((each for each in candidates if each is not None and each >= said.today), None)
    if day is None:
        raise Unclear(Doubt.UNKNOWN)
    said.on = day


def _months_meant(today: date, found: re.Match[str]) -> list[date]:
    """The month that is meant; of a name without a year this year's, or if its day is over the next one's."""
    this = today.replace(day=1)
    if not found["month"]:
        return [months_later(this, 1)] if found["next"] else [this, months_later(this, 1)]
    number = month_number(found["month"])
    years = [int(found["year"])] if found["year"] else [today.year, today.year + 1]
    return [date(year, number, 1) for year in years if 1900 <= year <= 2199]


def _day_in(month: date, place: str, word: str) -> date | None:
    is_last = re.fullmatch(_LAST, place) is not None
    nth = 0 if is_last else next(index for index, pattern in enumerate(_ORDINALS) if re.fullmatch(pattern, place))
    if word in ("tag", "day"):
        return month.replace(day=days_of(month) if is_last else nth + 1)
    weekday = weekday_number(word)
    if is_last:
        end = month.replace(day=days_of(month))
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    day = month + timedelta(days=(weekday - month.weekday()) % 7, weeks=nth)
    return day if day.month == month.month else None
