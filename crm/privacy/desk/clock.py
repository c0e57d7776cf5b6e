"""By when a request must be answered (GDPR Art. 12 (3)), by the rules for periods of Regulation (EEC, Euratom) No 1182/71."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from crm.web.spoken_calendar import in_months

MONTHS = 1
EXTENSION = 2
"""Months, and further months (Art. 12 (3) sentence 2: once, with a reason of which the person hears within the first month)."""

REMIND_BEFORE = (7, 2)
"""Days before the due day on which the officers are reminded; a last time when it has passed."""

_SATURDAY = 5


def due_after(received_on: date, months: int, holidays: Collection[date]) -> date:
    """The last day of a period of so many months that began with what happened on this day.

    It is the day with the same number in the last month, or that month's last day if it has no such day (Art. 3 (2) c of the regulation);
    if that is a Saturday, a Sunday or a public holiday, the next working day (Art. 3 (4)).
    """
    last = in_months(received_on, months)
    while last.weekday() >= _SATURDAY or last in holidays:
        last += timedelta(days=1)
    return last


def due_on(received_on: date, holidays: Collection[date], *, extended: bool = False) -> date:
    """The last day for the answer to a request of this day. An extension counts from the receipt, too."""
    return due_after(received_on, MONTHS + EXTENSION if extended else MONTHS, holidays)


def reminders_due(due: date, today: date) -> int:
    """How many reminders there should have been by today: one for each of REMIND_BEFORE, and one when the day has passed."""
    left = (due - today).days
    return sum(left <= days for days in REMIND_BEFORE) + (left < 0)


def may_be_extended(received_on: date, today: date, holidays: Collection[date]) -> bool:
    """The person must be told of an extension within the first month: after it, it is too late."""
    return today <= due_on(received_on, holidays)
