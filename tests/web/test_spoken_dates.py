"""When people write "morgen 9 Uhr": the moment that is understood, or the question that is asked."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.web.spoken_calendar import Doubt, Unclear
from crm.web.spoken_dates import Alone, understand

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=BERLIN)


WEDNESDAY = berlin("2026-11-25 10:20")
FRIDAY_EVENING = berlin("2026-11-27 18:40")
LAST_OF_JANUARY = berlin("2027-01-31 10:00")
LATE = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
"""Half past eleven in the evening for the clock of the machine, Wednesday already in Berlin."""


def read(words: str, now: datetime) -> str:
    return f"{understand(words, now, BERLIN).astimezone(BERLIN):%Y-%m-%d %H:%M}"


def doubt(words: str, now: datetime = WEDNESDAY) -> Unclear:
    with pytest.raises(Unclear) as asked:
        understand(words, now, BERLIN)
    return asked.value


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("morgen 9 Uhr", "2026-11-26 09:00"),
        ("heute 15 Uhr", "2026-11-25 15:00"),
        ("tomorrow at 9", "2026-11-26 09:00"),
        ("Mittwoch 9 Uhr", "2026-12-02 09:00"),
        ("Mittwoch 11 Uhr", "2026-11-25 11:00"),
        ("10.12.", "2026-12-10 09:00"),
        ("3.1.", "2027-01-03 09:00"),
        ("3.1", "2027-01-03 09:00"),
        ("nächsten Freitag 14:30", "2026-11-27 14:30"),
        ("next Friday", "2026-11-27 09:00"),
        ("nächsten Mittwoch", "2026-12-02 09:00"),
        ("übernächsten Montag", "2026-12-07 09:00"),
        ("Montag in einer Woche", "2026-12-07 09:00"),
        ("a week on Monday", "2026-12-07 09:00"),
        ("Monday week", "2026-12-07 09:00"),
        ("Ende der Woche", "2026-11-27 09:00"),
        ("end of the week", "2026-11-27 09:00"),
        ("Ende nächster Woche", "2026-12-04 09:00"),
        ("heute Nachmittag", "2026-11-25 14:00"),
        ("morgen früh", "2026-11-26 08:00"),
        ("uebermorgen frueh", "2026-11-27 08:00"),
        ("tomorrow morning at 8:15", "2026-11-26 08:15"),
        ("KW 50", "2026-12-07 09:00"),
        ("Mittwoch KW 50", "2026-12-09 09:00"),
        ("KW 3", "2027-01-18 09:00"),
        ("in 2 Wochen", "2026-12-09 09:00"),
        ("in drei Tagen", "2026-11-28 09:00"),
        ("in a fortnight", "2026-12-09 09:00"),
        ("heute in einer Woche", "2026-12-02 09:00"),
        ("übermorgen", "2026-11-27 09:00"),
        ("day after tomorrow", "2026-11-27 09:00"),
        ("nächste Woche", "2026-11-30 09:00"),
        ("Freitag nächste Woche um 10", "2026-12-04 10:00"),
        ("Anfang nächster Monat", "2026-12-01 09:00"),
        ("beginning of next month", "2026-12-01 09:00"),
        ("Ende des Monats", "2026-11-30 09:00"),
        ("end of next month", "2026-12-31 09:00"),
        ("Mitte Januar", "2027-01-15 09:00"),
        ("am 15.", "2026-12-15 09:00"),
        ("the 15th at noon", "2026-12-15 12:00"),
        ("3. Januar 10 Uhr", "2027-01-03 10:00"),
        ("January 3rd at 10am", "2027-01-03 10:00"),
        ("24/12", "2026-12-24 09:00"),
        ("übermorgen um halb zehn", "2026-11-27 09:30"),
        ("in anderthalb Stunden", "2026-11-25 11:50"),
        ("in eineinhalb Stunden", "2026-11-25 11:50"),
        ("in 1,5 Stunden", "2026-11-25 11:50"),
        ("in 2.5 hours", "2026-11-25 12:50"),
        ("in 1 1/2 Stunden", "2026-11-25 11:50"),
        ("in an hour and a half", "2026-11-25 11:50"),
        ("in one and a half hours", "2026-11-25 11:50"),
        ("in einer Dreiviertelstunde", "2026-11-25 11:05"),
        ("in fünfzehn Minuten", "2026-11-25 10:35"),
        ("in 2h", "2026-11-25 12:20"),
        ("Do 14h", "2026-11-26 14:00"),
        ("am 3.1.", "2027-01-03 09:00"),
        ("in KW 50", "2026-12-07 09:00"),
        ("KW 50 Mittwoch 14 Uhr", "2026-12-09 14:00"),
        ("nächsten Dienstag vormittags", "2026-12-01 10:00"),
        ("nächsten Dienstagvormittag", "2026-12-01 10:00"),
        ("Freitagabend", "2026-11-27 18:00"),
        ("Montagmorgen um 8:30", "2026-11-30 08:30"),
        ("this afternoon", "2026-11-25 14:00"),
        ("this weekend", "2026-11-28 09:00"),
        ("heute in einem Monat", "2026-12-25 09:00"),
        ("heute in 14 Tagen", "2026-12-09 09:00"),
        ("morgen in einer Woche", "2026-12-03 09:00"),
        ("morgen um 9 in 2 Wochen", "2026-12-10 09:00"),
        ("in dreißig Tagen", "2026-12-25 09:00"),
        ("in einem halben Jahr", "2027-05-25 09:00"),
        ("in half a year", "2027-05-25 09:00"),
        ("in einem Vierteljahr", "2027-02-25 09:00"),
        ("end of month", "2026-11-30 09:00"),
        ("last day of the month", "2026-11-30 09:00"),
        ("first Monday in January", "2027-01-04 09:00"),
        ("ersten Montag im Januar", "2027-01-04 09:00"),
        ("erster Dienstag im nächsten Monat", "2026-12-01 09:00"),
        ("zweiter Freitag im Dezember um 11", "2026-12-11 11:00"),
        ("letzten Freitag im Monat", "2026-11-27 09:00"),
        ("last Friday of the month", "2026-11-27 09:00"),
        ("first Monday of the month", "2026-12-07 09:00"),
        ("third Thursday of next month", "2026-12-17 09:00"),
        ("Mittwoch nächster Woche", "2026-12-02 09:00"),
        ("Tuesday next week", "2026-12-01 09:00"),
        ("Samstag in drei Wochen 11 Uhr", "2026-12-19 11:00"),
        ("two weeks from tomorrow", "2026-12-10 09:00"),
        ("1.12.26 um 9", "2026-12-01 09:00"),
        ("Di 1.12.", "2026-12-01 09:00"),
        ("29.2.2028", "2028-02-29 09:00"),
        ("24.12. 10.30", "2026-12-24 10:30"),
        ("24.12.26 um 10.30 Uhr", "2026-12-24 10:30"),
        ("30.11.2026 09:00", "2026-11-30 09:00"),
        ("2026-11-30T09:00", "2026-11-30 09:00"),
        ("Donnerstag, 10.12.", "2026-12-10 09:00"),
        ("heute", "2026-11-25 11:00"),
        ("in 2 Stunden", "2026-11-25 12:20"),
        ("in einer halben Stunde", "2026-11-25 10:50"),
    ],
)
def test_days_are_understood_as_people_mean_them(words: str, moment: str) -> None:
    assert read(words, WEDNESDAY) == moment


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("halb 10", "09:30"), ("viertel nach 9", "09:15"), ("viertel vor neun", "08:45"), ("dreiviertel 10", "09:45"),
        ("zehn nach neun", "09:10"), ("5 vor 12", "11:55"), ("9.30", "09:30"), ("9:30", "09:30"), ("9h", "09:00"), ("9h30", "09:30"),
        ("9 Uhr 15", "09:15"), ("um 9", "09:00"), ("at nine", "09:00"), ("noon", "12:00"), ("mittags", "12:00"), ("3pm", "15:00"),
        ("12am", "00:00"), ("half past 2 in the afternoon", "14:30"), ("quarter to 9", "08:45"), ("3 Uhr nachmittags", "15:00"),
        ("8 Uhr abends", "20:00"), ("03:00", "03:00"), ("14", "14:00"),
    ],
)  # fmt: skip
def test_times_are_understood_as_people_say_them(words: str, moment: str) -> None:
    assert read(f"morgen {words}", WEDNESDAY) == f"2026-11-26 {moment}"


def test_a_time_alone_is_the_next_on_the_clock() -> None:
    assert read("15 Uhr", WEDNESDAY) == "2026-11-25 15:00"
    assert read("9.30", WEDNESDAY) == "2026-11-26 09:30"
    assert read("halb 10", FRIDAY_EVENING) == "2026-11-28 09:30"


def test_on_a_friday_evening_friday_is_the_next_one() -> None:
    assert read("Freitag", FRIDAY_EVENING) == "2026-12-04 09:00"
    assert read("Freitag 14 Uhr", FRIDAY_EVENING) == "2026-12-04 14:00"
    assert read("next Friday", FRIDAY_EVENING) == "2026-12-04 09:00"
    assert read("Montag", FRIDAY_EVENING) == "2026-11-30 09:00"
    assert read("Montag in einer Woche", FRIDAY_EVENING) == "2026-12-07 09:00"
    assert read("heute Abend 8 Uhr", FRIDAY_EVENING) == "2026-11-27 20:00"


def test_months_end_where_they_end() -> None:
    assert read("in einem Monat", LAST_OF_JANUARY) == "2027-02-28 09:00"
    assert read("Ende des Monats", LAST_OF_JANUARY) == "2027-01-31 11:00"
    assert read("Ende nächsten Monats", LAST_OF_JANUARY) == "2027-02-28 09:00"
    assert read("Anfang nächster Monat", LAST_OF_JANUARY) == "2027-02-01 09:00"
    assert read("am 30.", LAST_OF_JANUARY) == "2027-03-30 09:00"
    assert read("in einem Jahr", LAST_OF_JANUARY) == "2028-01-31 09:00"


def test_the_day_is_that_of_the_company() -> None:
    assert read("heute 15 Uhr", LATE) == "2026-11-25 15:00"
    assert read("morgen 9 Uhr", LATE) == "2026-11-26 09:00"
    assert read("Mittwoch 9 Uhr", LATE) == "2026-11-25 09:00"


def test_the_change_of_the_clocks_moves_no_appointment() -> None:
    before = berlin("2027-03-27 23:00")
    assert read("morgen 9 Uhr", before) == "2027-03-28 09:00"
    assert read("in 4 Stunden", before) == "2027-03-28 04:00", "an hour of that night is missing"
    assert understand("28.3. 02:30", before, BERLIN) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    autumn = berlin("2026-10-24 22:00")
    assert read("in 6 Stunden", autumn) == "2026-10-25 03:00", "one comes twice"
    assert understand("25.10. 02:30", autumn, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_what_lies_in_the_past_is_understood_so_that_it_can_be_refused() -> None:
    assert read("gestern", WEDNESDAY) == "2026-11-24 09:00"
    assert read("heute 9 Uhr", WEDNESDAY) == "2026-11-25 09:00"
    assert read("vor 2 Wochen", WEDNESDAY) == "2026-11-11 09:00"
    assert read("2 weeks ago", WEDNESDAY) == "2026-11-11 09:00"
    assert read("01.01.2020", WEDNESDAY) == "2020-01-01 09:00"


@pytest.mark.parametrize(
    "words",
    [
        "irgendwann", "bald", "morgen oder übermorgen", "in ein paar Tagen", "KW 54", "morgen 25 Uhr", "9:75",
        "in 999 Jahren", "nicht morgen", "every Monday", "Montag bis Mittwoch", "", "   ", "x" * 500, "...", "in 2 Monaten Mittwoch",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_asked(words: str) -> None:
    assert doubt(words).doubt == Doubt.UNKNOWN


def test_what_could_be_two_things_is_asked() -> None:
    either = doubt("10.12")
    assert (either.doubt, either.first, either.second) == (Doubt.DAY_OR_TIME, "10.12.", "10:12")
    assert read("um 10.12", WEDNESDAY) == "2026-11-26 10:12"
    assert read("10.12 um 9", WEDNESDAY) == "2026-12-10 09:00"
    half = doubt("morgen um 3")
    assert (half.doubt, half.first, half.second) == (Doubt.WHICH_HALF, "03:00", "15:00")
    assert doubt("halb 3").second == "14:30"
    other = doubt("Mittwoch, 10.12.")
    assert (other.doubt, other.on) == (Doubt.WRONG_WEEKDAY, date(2026, 12, 10))


@pytest.mark.parametrize(
    "words", ["31.2.", "29.2.", "30. Februar", "Feb 29", "31.4.", "32.1.", "1.13.", "29.2.2027", "12/24"]
)
def test_a_day_that_the_calendar_does_not_have_is_named(words: str) -> None:
    asked = doubt(words)
    assert (asked.doubt, bool(asked.first)) == (Doubt.NO_SUCH_DAY, True)


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [
        ("1/2", "1.2.", "2.1."), ("10/12/2026", "10.12.", "12.10."), ("in zwei Wochen am Montag", "7.12.", "14.12."),
        ("in acht Tagen", "2.12.", "3.12."),
    ],
)  # fmt: skip
def test_of_two_dates_none_is_guessed(words: str, first: str, second: str) -> None:
    """Months come first in America, and "in acht Tagen" is a week to whoever says it."""
    asked = doubt(words)
    assert (asked.doubt, asked.first, asked.second) == (Doubt.WHICH_DATE, first, second)


@pytest.mark.parametrize(
    "words",
    [
        "in 2 Tagen morgen", "nächstes Wochenende", "letzten Montag", "in 3 Werktagen", "erster Arbeitstag im Januar",
        "fünfter Montag im Februar", "im Januar", "nach dem Urlaub", "demnächst", "nächstes Jahr", "jeden Montag", "zwischen 9 und 10 Uhr",
        "morgen 9 Uhr oder 10 Uhr", "Montag oder Dienstag", "Friday 13th", "+2w", "EOD",
    ],
)  # fmt: skip
def test_more_that_is_asked_about(words: str) -> None:
    assert doubt(words).doubt == Doubt.UNKNOWN


def test_a_day_alone_begins_or_ends_an_absence_as_people_mean_it() -> None:
    def edge(words: str, alone: Alone) -> str:
        return f"{understand(words, WEDNESDAY, BERLIN, alone).astimezone(BERLIN):%Y-%m-%d %H:%M}"

    assert edge("heute", Alone.BEGINNING) == "2026-11-25 00:00"
    assert edge("Montag", Alone.BEGINNING) == "2026-11-30 00:00"
    assert edge("Freitag", Alone.END) == "2026-11-28 00:00"
    assert edge("bis Freitag 12 Uhr", Alone.END) == "2026-11-27 12:00"
    assert edge("Mittwoch", Alone.END) == "2026-12-03 00:00", "today is called today"
    assert edge("2026-12-24 00:00", Alone.END) == "2026-12-24 00:00", "a time that was said stays"


PIECES = (
    "morgen heute um at 9 31. 10.12 24:00 in 2 99 wochen monat freitag next kw 53 ende anfang mitte halb viertel nach "
    "vor januar 29.2. 1/2 erste letzten montag im anderthalb "
    "stunden 2100 am pm früh ago week on . , : / ü ß ٣ uhr h 2026-13-41 999 jahre minuten"
)


@given(st.lists(st.sampled_from(PIECES.split()), max_size=7).map(" ".join))
def test_no_words_break_it(words: str) -> None:
    try:
        at = understand(words, WEDNESDAY, BERLIN)
    except Unclear:
        return
    assert at.tzinfo is UTC
    assert at.year < 2200
