"""Amounts as people, spreadsheets and programs write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from crm.customers.amounts import NotANumber, currencies, has_at_most, money_from


@pytest.mark.parametrize(
    ("text", "german", "english"),
    [
        ("12", "12", "12"), ("12,5", "12.5", "12.5"), ("12.50", "12.50", "12.50"), ("1.234,56", "1234.56", "1234.56"),
        ("1,234.56", "1234.56", "1234.56"), ("1.234", "1234", "1.234"), ("1,234", "1.234", "1234"), ("1'234.50", "1234.50", "1234.50"),
        ("1’234", "1234", "1234"), ("1 234,5", "1234.5", "1234.5"), ("1\u202f234,5", "1234.5", "1234.5"),
        ("1.234.567", "1234567", "1234567"),
        ("-5", "-5", "-5"), ("−5", "-5", "-5"), ("+5", "5", "5"), ("250,-", "250", "250"), ("250,–", "250", "250"), (",5", "0.5", "0.5"),
        ("0,00", "0", "0"), ("1234,5", "1234.5", "1234.5"),
    ],
)  # fmt: skip
def test_both_habits_are_read(text: str, german: str, english: str) -> None:
    assert money_from(text, "de")[0] == Decimal(german)
    assert money_from(text, "en")[0] == Decimal(english)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1,2,3",
        "1.23.4",
        "1.234,567.8",
        "12.34.567",
        "1e5",
        "NaN",
        "Infinity",
        "0x10",
        "--5",
        "€",
        "EUR 5 CHF",
        "1" * 61,
        "5%",
    ],
)
def test_what_is_no_number_is_said_to_be_none(text: str) -> None:
    for language in ("de", "en"):
        with pytest.raises(NotANumber):
            money_from(text, language)


def test_the_currency_may_stand_beside_it() -> None:
    assert money_from("1.234,56 €") == (Decimal("1234.56"), "EUR")
    assert money_from("CHF 12.50") == (Decimal("12.50"), "CHF")
    assert money_from("Fr. 1'200") == (Decimal(1200), "CHF")
    assert money_from("7") == (Decimal(7), "")


@given(st.decimals(0, Decimal("999999999.99"), places=2, allow_nan=False), st.sampled_from(["de", "en"]))
def test_what_we_write_we_can_read(amount: Decimal, language: str) -> None:
    locale = "de_DE" if language == "de" else "en_GB"
    assert money_from(format_currency(amount, "EUR", locale=locale), language) == (amount, "EUR")
    assert money_from(format_decimal(amount, "#,##0.00", locale=locale), language)[0] == amount
    assert money_from(str(amount), "de")[0] == amount, "a program's way, in a German file"


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_none(text: str) -> None:
    for language in ("de", "en"):
        try:
            assert money_from(text, language)[0].is_finite()
        except NotANumber:
            continue


def test_only_money_that_can_be_paid_with() -> None:
    assert {"EUR", "CHF", "USD", "GBP", "JPY"} <= currencies()
    assert not {"DEM", "ATS", "XXX", "eur", ""} & currencies()


def test_digits_after_the_point() -> None:
    assert has_at_most(Decimal("1.50"), 1)
    assert has_at_most(Decimal("1E+5"), 0)
    assert not has_at_most(Decimal("1.005"), 2)
