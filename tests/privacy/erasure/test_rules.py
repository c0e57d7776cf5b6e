"""The pure rules: when a duty ends, what stands for an address, where a text mentions somebody."""

import re
from datetime import date

import pytest

from crm.customers.suppression.keys import email_key, keys_of, phone_key, postal_key
from crm.privacy.erasure.duties import Duty, kept_until, last_day_of
from crm.privacy.erasure.mentions import BLACK, hint, mentions, pattern, redacted, redacted_json
from crm.privacy.subject import Needles

LETTER = Duty("commercial_letter", 6)
EMRE = Needles(names=("Emre Yıldız",), emails=("emre@yildiz.example",), phones=("+491715550123",))


@pytest.mark.parametrize(
    ("since", "end"),
    [
        (date(2020, 1, 1), date(2026, 12, 31)),
        (date(2020, 12, 31), date(2026, 12, 31)),
        (date(2021, 1, 1), date(2027, 12, 31)),
    ],
)
def test_a_letter_is_kept_to_the_end_of_the_sixth_year_after_its_own(since: date, end: date) -> None:
    assert last_day_of(LETTER, since) == end


def test_counted_from_the_day_a_leap_day_ends_with_february() -> None:
    assert last_day_of(Duty("x", 3, from_year_end=False), date(2024, 2, 29)) == date(2027, 2, 28)
    assert last_day_of(Duty("x", 4, from_year_end=False), date(2024, 2, 29)) == date(2028, 2, 29)


def test_on_its_last_day_something_is_still_kept_and_on_the_next_not() -> None:
    duties = {"commercial_letter": LETTER}
    assert kept_until("commercial_letter", date(2020, 5, 5), duties, date(2026, 12, 31)) == date(2026, 12, 31)
    assert kept_until("commercial_letter", date(2020, 5, 5), duties, date(2027, 1, 1)) is None


def test_what_has_no_date_is_kept_from_today_and_without_a_duty_nothing_is() -> None:
    today = date(2026, 11, 27)
    assert kept_until("commercial_letter", None, {"commercial_letter": LETTER}, today) == date(2032, 12, 31)
    assert kept_until("commercial_letter", today, {}, today) is None


def test_a_key_is_the_same_however_an_address_is_written_and_another_in_another_house() -> None:
    assert email_key(b"a", " Emre@Yildiz.example ") == email_key(b"a", "emre@yildiz.example")
    assert phone_key(b"a", "+49 171 5550123") == phone_key(b"a", "0171/555 01 23")
    assert postal_key(b"a", "Yıldız, Emre", "12047") == postal_key(b"a", "Emre Yildiz", "12 047")
    assert email_key(b"a", "emre@yildiz.example") != email_key(b"b", "emre@yildiz.example")
    assert len(keys_of(b"a", emails=["x", "x@y.example"], phones=["110"], names=["Emre"], postcodes=[""])) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Herr Yıldız rief an.", "HERR YILDIZ RIEF AN.", "von emre yildiz empfohlen", "an EMRE@yildiz.example geschickt",
        "Mail:emre@yildiz.example.", "-emre@yildiz.example,",
        "0171 5550123", "0171/555-01 23", "Tel.0171 5550123.", "+49 (0) 171 5550123", "0049 171 5550123", "(0171) 5550123",
    ],
)  # fmt: skip
def test_a_mention_is_found_in_any_spelling(text: str) -> None:
    found = mentions(text, pattern(EMRE))
    assert len(found) == 1
    assert found[0].before + found[0].itself + found[0].after == text
    assert BLACK in redacted(text, pattern(EMRE))
    assert not mentions(redacted(text, pattern(EMRE)), pattern(EMRE))
    assert re.search(hint(EMRE), text, re.IGNORECASE), "the hint misses nothing"


@pytest.mark.parametrize(
    "text",
    [
        "Yildizlar GmbH", "Emre Kaya", "0171 5550124", "Bestellung 17155501234567", "", "0171 55501234", "Nr. 90171 5550123",
    ],
)  # fmt: skip
def test_others_are_no_mention(text: str) -> None:
    assert not mentions(text, pattern(EMRE))


@pytest.mark.parametrize(
    "text",
    [
        "johanna@web.example",
        "max.anna@web.example",
        "max-anna@web.example",
        "anna@web.example.org",
        "anna@web.examples",
    ],
)
def test_an_address_that_ends_or_begins_like_theirs_is_somebody_elses(text: str) -> None:
    expression = pattern(Needles(emails=("anna@web.example",)))
    assert not mentions(text, expression)
    assert mentions(f"{text}, anna@web.example.", expression)


def test_json_is_blackened_inside() -> None:
    value = {"text": ["Frau Yıldız", 3, None], "n": {"a": "nichts"}}
    assert redacted_json(value, pattern(EMRE)) == {"text": [f"Frau {BLACK}", 3, None], "n": {"a": "nichts"}}


def test_of_json_only_the_value_around_a_mention_is_shown() -> None:
    (found,) = mentions('{"name": "Rückfragen", "query": "q=Emre Yıldız&sort=name"}', pattern(EMRE), is_json=True)
    assert (found.before, found.itself, found.after) == ("q=", "Emre Yıldız", "&sort=name")


def test_a_number_is_hinted_at_however_many_lines_it_stands_on() -> None:
    stored = "0171 555" + "\\n" * 3 + "0123"  # as JSON keeps new lines
    assert mentions(stored.replace("\\n", " "), pattern(EMRE))
    assert re.search(hint(EMRE), stored)
