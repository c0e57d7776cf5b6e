"""What answers add up to, what of anonymous ones stays hidden, and links that nobody can make up."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.surveys.links import read_survey_token, survey_path
from crm.surveys.results import HIDDEN_BELOW, Cell, Rate, grouped, hidden_groups, score_of, tally
from crm.surveys.scales import is_low, usual_low

SECRET = b"a secret of this company"
NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)


def test_each_scale_has_its_own_figure() -> None:
    nps = score_of("nps", {10: 3, 8: 2, 3: 1})
    assert nps is not None
    assert round(nps.value, 1) == round(100 * (3 - 1) / 6, 1)
    csat, ease, yes = score_of("csat", {4: 1, 5: 1}), score_of("effort", {7: 2, 1: 2}), score_of("yes_no", {1: 3, 0: 1})
    assert csat is not None
    assert ease is not None
    assert yes is not None
    assert (csat.value, ease.value, yes.value) == (4.5, 4.0, 0.75)
    assert score_of("csat", {}) is None


def test_the_response_rate_is_unknown_where_nobody_was_asked() -> None:
    assert Rate(0, 0).share is None
    assert Rate(4, 1).share == 0.25


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"a": 5, "b": 9}, set()),
        ({"a": 4, "b": 9, "c": 6}, {"a", "c"}),  # one alone would be what is missing in the total
        ({"a": 4, "b": 3, "c": 6}, {"a", "b"}),  # seven together tell of nobody
        ({"a": 4}, {"a"}),
        ({"a": 0, "b": 5}, set()),
    ],
)
def test_small_groups_are_hidden_and_not_given_away_by_the_total(sizes: dict[str, int], hidden: set[str]) -> None:
    assert hidden_groups(sizes) == hidden


@given(st.dictionaries(st.integers(), st.integers(0, 30), max_size=12))
def test_what_is_hidden_together_is_never_few(sizes: dict[int, int]) -> None:
    hidden = hidden_groups(sizes)
    assert all(n >= HIDDEN_BELOW for key, n in sizes.items() if key not in hidden and n)
    together = sum(sizes[key] for key in hidden)
    assert (
        not hidden or together >= HIDDEN_BELOW or not set(sizes) - hidden - {key for key, n in sizes.items() if not n}
    )


def test_a_hidden_group_says_nothing_at_all() -> None:
    groups = grouped("csat", {"a": {1: 2}, "b": {5: 9}, "c": {4: 8}}, is_anonymous=True)
    assert [(group.key, group.is_hidden, group.answers, group.score is None) for group in groups if group.is_hidden] == [
        ("a", True, {}, True), ("c", True, {}, True),
    ]  # fmt: skip
    assert not any(group.is_hidden for group in grouped("csat", {"a": {1: 2}}, is_anonymous=False))


def test_cells_are_counted_by_what_one_looks_at() -> None:
    cells = [Cell(1, 7, NOVEMBER, 5, 2), Cell(1, 7, OCTOBER, 5, 1), Cell(2, None, OCTOBER, 3, 4)]
    assert tally(cells, ["question"]) == {1: {5: 3}, 2: {3: 4}}
    assert tally(cells, ["month"]) == {NOVEMBER: {5: 2}, OCTOBER: {5: 1, 3: 4}}


def test_what_is_low_is_said_by_the_scale_or_by_the_survey() -> None:
    assert [usual_low(kind) for kind in ("nps", "csat", "effort")] == [6, 2, 2]
    assert is_low(3, 3)
    assert not is_low(4, 3)


def test_a_link_names_its_invitation_and_no_other() -> None:
    token = survey_path(17, SECRET).removeprefix("/survey/")
    assert read_survey_token(token, SECRET) == 17
    mark = token.partition("-")[2]
    for wrong in (f"18-{mark}", f"017-{mark}", f"17-{mark[:-1]}", f"17-{mark.upper()}", f"{token} ", f"١٧-{mark}", ""):
        assert read_survey_token(wrong, SECRET) is None
    assert read_survey_token(token, b"the secret of another company") is None
