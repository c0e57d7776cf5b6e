"""The short ways that forms take for what most people write say what the libraries say."""

from __future__ import annotations

import random
from datetime import datetime

import phonenumbers
import pytest

from crm.web.forms import _PLAIN_PHONE, Fields, e164


def _by_library(text: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return (
        str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
        if phonenumbers.is_possible_number(parsed)
        else None
    )


def test_plain_german_numbers_are_those_of_the_library() -> None:
    draw, plain = random.Random(3), 0
    for _n in range(6000):
        code = "0" + "".join(draw.choices("0123456789", k=draw.randint(0, 7)))
        rest = "".join(draw.choices("0123456789", k=draw.randint(0, 11)))
        text = (
            code
            + draw.choice(["", "/", " ", "-", " / ", "  "])
            + rest
            + draw.choice(["", "", "", "-12", " 34", "x1", "#"])
        )
        plain += _PLAIN_PHONE.fullmatch(text) is not None
        assert e164(text, "DE") == _by_library(text, "DE"), text
    assert plain > 500, "the short way was gone"


@pytest.mark.parametrize("region", ["DE", "AT", "CH"])
@pytest.mark.parametrize(
    "text", ["0911 551230", "+49 911 551230", "00 43 1 234567", "110", "0911", "", "Anna", "(0911) 55-12"]
)
def test_other_numbers_are_the_library_s_own(text: str, region: str) -> None:
    assert e164(text, region) == _by_library(text, region)


def test_days_are_those_of_the_calendar() -> None:
    draw = random.Random(5)
    for _n in range(4000):
        year, month, day = draw.randint(1890, 2210), draw.randint(0, 13), draw.randint(0, 32)
        text = draw.choice(
            [
                f"{year}-{month:02}-{day:02}",
                f"{day}.{month}.{year}",
                f"{day:02}.{month:02}.{year}",
                f"{year}-{month}-{day} ",
            ]
        )
        fields = Fields({"on": text})
        assert fields.on("on") == _by_calendar(text.strip()), text
        assert bool(fields.errors) == (_by_calendar(text.strip()) is None)
    for text in ("2026-11-30T09:00", "30.11.26", "30.11.2026 9:00", "11/30/2026", "heute"):
        fields = Fields({"on": text})
        assert fields.on("on") is None
        assert set(fields.errors) == {"on"}


def _by_calendar(text: str) -> object:
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            found = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        return found if 1900 <= found.year <= 2199 else None
    return None


def test_an_empty_field_is_an_error_only_where_it_is_demanded() -> None:
    fields = Fields({"a": "", "b": "  "})
    assert (fields.text("a"), fields.text("b"), fields.text("c")) == ("", "", "")
    assert not fields.errors
    assert fields.text("a", required=True) == ""
    assert set(fields.errors) == {"a"}
