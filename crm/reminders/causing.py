"""When a follow-up comes of its own accord, and what its text may be made of: pure rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from crm.service_levels.calendar import Calendar

CATCH_UP_DAYS = 14
"""So many days late an event is still followed up, when no worker ran in time."""

MORNING = 7
"""The hour, in the company's time zone, from which on anybody is reminded of anything."""

PLACEHOLDERS = {"customer": "kunde", "number": "nummer", "amount": "betrag", "date": "datum", "days": "tage"}
"""What can stand in the text of a rule, in English and German: {customer} or {kunde}."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LONGEST_BREAK = 31


def horizon(today: date, calendar: Calendar, lead_days: int) -> date | None:
    """The last day on which a contact rhythm may end so that its owner is reminded today: `lead_days` before, or on the last
    working day before that if nobody works then. None on a day without work."""
    if not calendar.opens_on(today):
        return None
    until = today
    for _day in range(_LONGEST_BREAK):
        if calendar.opens_on(until + timedelta(days=1)):
            break
        until += timedelta(days=1)
    return until + timedelta(days=lead_days)


def days_reached(today: date, calendar: Calendar, days: int) -> tuple[date, date] | None:
    """The first and last day of events whose follow-up, `days` later, comes today: what falls on a day without work comes on the
    next working day. None on a day without work."""
    if not calendar.opens_on(today):
        return None
    last = today - timedelta(days=days)
    return last - timedelta(days=CATCH_UP_DAYS), last


def new_today(today: date, calendar: Calendar, days: int) -> tuple[date, date]:
    """As `days_reached`, without what an earlier working day has followed up already."""
    first = today
    for _day in range(_LONGEST_BREAK):
        if calendar.opens_on(first - timedelta(days=1)):
            break
        first -= timedelta(days=1)
    return first - timedelta(days=days), today - timedelta(days=days)


def unknown_placeholders(text: str) -> list[str]:
    known = {*PLACEHOLDERS, *PLACEHOLDERS.values()}
    return [name for name in _PLACEHOLDER.findall(text) if name.strip().lower() not in known]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text of a rule with its values, by their English names; one that the event does not have is left out."""
    german = {german: english for english, german in PLACEHOLDERS.items()}

    def value(found: re.Match[str]) -> str:
        name = found[1].strip().lower()
        return values.get(german.get(name, name), "")

    # Not split(): that would part an amount from its currency, which a non-breaking space holds together.
    return re.sub(r"[ \n\t]+", " ", _PLACEHOLDER.sub(value, text)).strip()
