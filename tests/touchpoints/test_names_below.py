"""Names below the journey map: none crosses the curve or another name, whatever people call their touchpoints."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crm.text import text_width
from crm.touchpoints.journey import JourneyPoint, journey_drawing
from crm.touchpoints.names_below import LINE, MOST_LINES, NAME_SIZE, wrapped

NAMES = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=300)


def test_a_long_name_is_broken_between_its_words() -> None:
    assert wrapped("Wartezeit auf die Lieferung", NAME_SIZE, 60, 4) == ("Wartezeit", "auf die", "Lieferung")


def test_a_word_that_is_too_long_is_parted_and_an_endless_one_cut() -> None:
    lines = wrapped("Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 5, NAME_SIZE, 70, MOST_LINES)
    assert len(lines) == MOST_LINES
    assert all(line.endswith("-") for line in lines[:-1])
    assert lines[-1].endswith("…")


@given(NAMES, st.integers(40, 120))
def test_no_line_is_wider_than_its_place(name: str, room: int) -> None:
    lines = wrapped(name, NAME_SIZE, room, MOST_LINES)
    assert len(lines) <= MOST_LINES
    assert all(text_width(line, NAME_SIZE) <= room or len(line) <= 2 for line in lines)


@given(st.lists(NAMES, min_size=1, max_size=9), st.booleans())
def test_names_stand_below_the_drawing_side_by_side(names: list[str], has_department: bool) -> None:
    points = [
        JourneyPoint("Aktion", n, name, mean=1 + n % 5, n=9, department="Buchhaltung" if has_department else "")
        for n, name in enumerate(names)
    ]
    drawn = journey_drawing(["Aktion"], points, width=660, height=175, has_details=True, has_names_below=True)
    assert all(dot.label is None for dot in drawn.dots)
    assert all(dot.y + dot.r < drawn.drawn_height for dot in drawn.dots)
    edges = []
    for dot in drawn.dots:
        assert dot.below is not None
        widest = max((text_width(line, NAME_SIZE) for line in dot.below.lines), default=0.0)
        edges.append((dot.x - widest / 2, dot.x + widest / 2))
        assert widest <= dot.room or all(len(line) <= 2 for line in dot.below.lines)
        assert LINE * (len(dot.below.lines) + len(dot.below.details)) < drawn.names_height
    assert all(right <= left for (_start, right), (left, _end) in pairwise(edges))
    assert edges[0][0] >= 0
    assert edges[-1][1] <= drawn.width
