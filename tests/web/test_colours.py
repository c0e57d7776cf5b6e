"""The company's colour stays readable, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.web.colours import INK, PAPER, PETROL, READABLE, colour_from, contrast, palette

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast("#000000", PAPER) == pytest.approx(21.0)
    assert contrast(PETROL, PETROL) == 1.0


@given(COLOURS)
def test_text_in_the_companys_colour_can_be_read_on_white(colour: str) -> None:
    assert contrast(palette(colour).accent, PAPER) >= READABLE


@given(COLOURS)
def test_what_stands_on_the_companys_colour_can_be_read(colour: str) -> None:
    chosen = palette(colour)
    assert chosen.surface == colour
    assert contrast(chosen.on_surface, colour) >= READABLE


def test_a_colour_that_can_be_read_is_kept_and_a_light_one_darkened() -> None:
    assert palette(PETROL).accent == PETROL
    yellow = palette("#ffd500")
    assert (yellow.surface, yellow.on_surface) == ("#ffd500", INK)
    assert yellow.accent != "#ffd500"


@pytest.mark.parametrize(("typed", "read"), [("#0D6068", "#0d6068"), (" 0d6068 ", "#0d6068")])
def test_a_colour_is_read_as_people_write_it(typed: str, read: str) -> None:
    assert colour_from(typed) == read


@pytest.mark.parametrize("typed", ["", "red", "#fff", "#0d60688", "#0d606g", "url(x)", "#0d6068;}", "#０d6068"])
def test_anything_else_is_no_colour(typed: str) -> None:
    assert colour_from(typed) is None
