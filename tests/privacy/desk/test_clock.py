"""The month for an answer (GDPR Art. 12 (3)), by Regulation (EEC, Euratom) No 1182/71."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.privacy.desk.clock import due_on, may_be_extended, reminders_due
from crm.service_levels.holidays import public_holidays

BERLIN = public_holidays("DE", "BE", range(2025, 2030))
NONE: frozenset[date] = frozenset()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 3, 5), date(2026, 4, 7)),  # 5 April is Easter Sunday, 6 April Easter Monday
        (date(2026, 5, 12), date(2026, 6, 12)),
        (date(2026, 1, 31), date(2026, 3, 2)),  # no 31 February; the 28th is a Saturday
        (date(2028, 1, 31), date(2028, 2, 29)),  # a leap year
        (date(2026, 8, 31), date(2026, 9, 30)),  # no 31 September
        (date(2026, 11, 27), date(2026, 12, 28)),  # the 27th is a Sunday
        (date(2026, 11, 25), date(2026, 12, 28)),  # Christmas Day, Boxing Day on a Saturday, Sunday
        (date(2026, 12, 1), date(2027, 1, 4)),  # New Year's Day, Saturday, Sunday
    ],
)
def test_a_month_ends_on_the_same_day_or_the_next_working_day(received: date, due: date) -> None:
    assert due_on(received, BERLIN) == due


def test_a_holiday_moves_the_day_only_where_it_is_kept() -> None:
    assert due_on(date(2026, 12, 6), public_holidays("DE", "BY", [2027])) == date(2027, 1, 7), "Epiphany in Bavaria"
    assert due_on(date(2026, 12, 6), public_holidays("DE", "BE", [2027])) == date(2027, 1, 6)


def test_an_extension_makes_it_three_months_from_the_receipt() -> None:
    assert due_on(date(2026, 11, 30), BERLIN, extended=True) == date(2027, 3, 1), "28 February is a Sunday"
    assert due_on(date(2026, 5, 12), BERLIN, extended=True) == date(2026, 8, 12)


def test_it_is_extended_within_the_first_month_or_not_at_all() -> None:
    assert may_be_extended(date(2026, 5, 12), date(2026, 6, 12), BERLIN)
    assert not may_be_extended(date(2026, 5, 12), date(2026, 6, 13), BERLIN)


@pytest.mark.parametrize(("left", "reminders"), [(8, 0), (7, 1), (3, 1), (2, 2), (0, 2), (-1, 3), (-40, 3)])
def test_officers_are_reminded_twice_before_and_once_after(left: int, reminders: int) -> None:
    due = date(2026, 6, 12)
    assert reminders_due(due, due - timedelta(days=left)) == reminders


@given(st.dates(date(2025, 1, 1), date(2028, 6, 30)), st.booleans())
def test_no_period_is_shorter_than_the_law_gives_or_ends_on_a_day_off(received: date, extended: bool) -> None:
    due = due_on(received, BERLIN, extended=extended)
    assert due.weekday() < 5
    assert due not in BERLIN
    months = 3 if extended else 1
    whole = (due.year - received.year) * 12 + due.month - received.month
    assert whole >= months
    assert due - received <= timedelta(days=31 * months + 5)
    plain = due_on(received, NONE, extended=extended)
    assert plain <= due
