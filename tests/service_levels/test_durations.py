"""Lengths of time as people write them."""

import pytest

from crm.service_levels.durations import minutes_of, written


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("90", 90), ("90 min", 90), ("90 Minuten", 90), ("4 h", 240), ("4h", 240), ("1,5 Std.", 90), ("1 Std. 30 Min.", 90),
        ("1:30", 90), ("1 Stunde 5 Minuten", 65), ("2 hours", 120), ("1h30min", 90),
    ],
)  # fmt: skip
def test_what_people_write(words: str, minutes: int) -> None:
    assert minutes_of(words) == minutes


@pytest.mark.parametrize("words", ["", "bald", "4 Tage", "-5", "1:75", "h", "4 h bald", "9" * 40])
def test_what_is_no_length_of_time(words: str) -> None:
    assert minutes_of(words) is None


@pytest.mark.parametrize("minutes", [1, 59, 60, 61, 480, 4800])
def test_what_a_field_shows_is_read_back(minutes: int) -> None:
    assert minutes_of(written(minutes)) == minutes
