"""Means, shares and NPS with their intervals, against published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.touchpoints.statistics import mean_estimate, nps_estimate, wilson_interval


def test_mean_has_students_interval() -> None:
    found = mean_estimate({2: 1, 3: 2, 4: 3, 5: 4})
    assert found is not None
    assert (found.value, found.n) == (4.0, 10)
    # s = 1.0541, t(9) = 2.262: 4 -/+ 0.754
    assert found.interval == pytest.approx((3.246, 4.754), abs=0.001)


def test_many_answers_need_no_table() -> None:
    found = mean_estimate({1: 50, 5: 51})
    assert found is not None
    assert found.interval is not None
    # s = 2.0099, t(100) = 1.98397
    assert found.interval[1] - found.value == pytest.approx(1.98397 * 2.00985 / 101**0.5, abs=0.0005)


def test_equal_answers_are_not_certainty() -> None:
    found = mean_estimate({5: 3})
    assert found is not None
    assert found.interval == pytest.approx((1 + 4 * 3 / (3 + 3.8415), 5), abs=0.001)
    assert found.is_uncertain


def test_one_answer_has_no_interval_and_none_no_mean() -> None:
    one = mean_estimate({4: 1})
    assert one is not None
    assert one.interval is None
    assert mean_estimate({}) is None
    assert nps_estimate({}) is None


def test_share_has_wilsons_interval() -> None:
    assert wilson_interval(0.75, 20) == pytest.approx((0.531, 0.888), abs=0.001)


def test_nps_is_promoters_minus_detractors() -> None:
    found = nps_estimate({10: 30, 9: 10, 8: 20, 7: 10, 6: 10, 3: 20})
    assert found is not None
    assert (found.value, found.n) == (10.0, 100)
    p, d = 40.75 / 103, 30.75 / 103
    half = 1.95996 * ((p + d - (p - d) ** 2) / 103) ** 0.5
    assert found.interval == pytest.approx((100 * (p - d - half), 100 * (p - d + half)), abs=0.01)


@pytest.mark.parametrize("answers", [{0: 1}, {6: 1}])
def test_answer_off_the_scale_is_refused(answers: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="between 1 and 5"):
        mean_estimate(answers)
    with pytest.raises(ValueError, match="between 0 and 10"):
        nps_estimate({11: 1})


@given(st.dictionaries(st.integers(1, 5), st.integers(1, 60), min_size=1))
def test_mean_lies_in_its_interval_and_on_the_scale(answers: dict[int, int]) -> None:
    found = mean_estimate(answers)
    assert found is not None
    if found.interval is not None:
        assert 1 <= found.interval[0] <= found.value + 1e-9
        assert found.value - 1e-9 <= found.interval[1] <= 5
