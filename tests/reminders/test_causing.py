"""When a follow-up comes of its own accord, in literals. November 2026: the 23rd is a Monday."""

from datetime import date, time
from zoneinfo import ZoneInfo

from crm.reminders.causing import days_reached, filled, horizon, new_today, unknown_placeholders
from crm.service_levels.calendar import Calendar

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = Calendar(BERLIN, {day: [(time(9), time(17))] for day in range(5)}, {date(2026, 12, 25)})


def test_three_days_before_the_rhythm_ends_on_a_working_day() -> None:
    assert horizon(date(2026, 11, 23), WEEK, 3) == date(2026, 11, 26)


def test_on_friday_for_those_who_would_have_their_turn_at_the_weekend() -> None:
    assert horizon(date(2026, 11, 27), WEEK, 3) == date(2026, 12, 2)


def test_before_a_holiday_too() -> None:
    assert horizon(date(2026, 12, 24), WEEK, 0) == date(2026, 12, 27)


def test_nobody_is_reminded_on_a_day_without_work() -> None:
    assert horizon(date(2026, 11, 28), WEEK, 3) is None
    assert days_reached(date(2026, 11, 28), WEEK, 7) is None


def test_a_company_that_never_opens_is_not_looked_at_for_ever() -> None:
    assert horizon(date(2026, 11, 23), Calendar(BERLIN, {0: [(time(9), time(17))]}, set()), 0) == date(2026, 11, 29)


def test_an_event_is_followed_up_after_its_days_and_caught_up_for_two_weeks() -> None:
    assert days_reached(date(2026, 11, 23), WEEK, 7) == (date(2026, 11, 2), date(2026, 11, 16))


def test_monday_has_what_the_weekend_left() -> None:
    assert new_today(date(2026, 11, 23), WEEK, 7) == (date(2026, 11, 14), date(2026, 11, 16))
    assert new_today(date(2026, 11, 24), WEEK, 7) == (date(2026, 11, 17), date(2026, 11, 17))


def test_a_text_is_filled_in_both_languages_and_what_is_missing_left_out() -> None:
    values = {"customer": "Bergmann GmbH", "number": "A-17"}
    assert filled("Angebot {nummer} an {kunde} {betrag}", values) == "Angebot A-17 an Bergmann GmbH"
    assert filled("Quotation {number} to {Customer}", values) == "Quotation A-17 to Bergmann GmbH"
    assert filled("nachfassen ({betrag})", {"amount": "17.805,00\u00a0€"}) == "nachfassen (17.805,00\u00a0€)"


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert filled("{kunde}", {"customer": "{nummer}", "number": "1"}) == "{nummer}"


def test_placeholders_that_nobody_knows_are_named() -> None:
    assert unknown_placeholders("{kunde} {name} { Betrag }") == ["name"]
