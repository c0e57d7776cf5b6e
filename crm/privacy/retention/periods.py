"""How long something is kept, and from which day on it may go: pure rules on dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from crm.web.spoken_calendar import in_months


class Unit(StrEnum):
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


MOST = {Unit.DAYS: 3650, Unit.MONTHS: 360, Unit.YEARS: 30}
"""Nothing that a rule is about needs more than 30 years (the longest limitation, BGB § 197)."""


@dataclass(frozen=True, slots=True)
class Period:
    """So many days, months or years; counted from the day itself, or from the end of its calendar year (as claims are barred, BGB § 199
    (1), and as duties end, HGB § 257 (5))."""

    amount: int
    unit: Unit
    from_year_end: bool = False


def last_day(period: Period, since: date) -> date:
    """The last day on which something from `since` is kept. Months and years end on the day with the same number, or on the last of the
    month if it has none (BGB § 188 (2), (3)): one month from 31 January is 28 or 29 February."""
    start = date(since.year, 12, 31) if period.from_year_end else since
    if period.unit is Unit.DAYS:
        return start + timedelta(days=period.amount)
    return in_months(start, period.amount * (12 if period.unit is Unit.YEARS else 1))


def is_over(period: Period, since: date, today: date) -> bool:
    """Whether the last day has passed, so that it may go today."""
    return last_day(period, since) < today


def cutoff(period: Period, today: date) -> date:
    """What is older than this day may go today: `is_over` turned round, so that a database can look for it by an index. The last day
    never falls when `since` rises, so the first day that is still kept lies within two months of the obvious guess."""
    if period.from_year_end:
        guess = date(today.year - period.amount // (12 if period.unit is Unit.MONTHS else 1) - 2, 1, 1)
        while is_over(period, guess, today):
            guess = date(guess.year + 1, 1, 1)
        return guess
    if period.unit is Unit.DAYS:
        return today - timedelta(days=period.amount)
    guess = in_months(today, -period.amount * (12 if period.unit is Unit.YEARS else 1)) - timedelta(days=4)
    while is_over(period, guess, today):
        guess += timedelta(days=1)
    return guess


def day_begins(day: date, zone: tzinfo) -> datetime:
    """The moment at which a day begins by the company's clock."""
    return datetime.combine(day, time.min, zone)


def month_later(day: date) -> date:
    """The day a month later, for the forecast."""
    return in_months(day, 1)
