"""Means, shares and NPS with their intervals, against published figures."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.touchpoints.statistics import (
    Estimate,
    count_estimate,
    difference_interval,
    mean_estimate,
    median_estimate,
    nps_estimate,
    share_estimate,
    wilson_interval,
)


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


def test_a_share_is_in_percent() -> None:
    found = share_estimate(15, 20)
    assert found is not None
    assert (found.value, found.n) == (75.0, 20)
    assert found.interval == pytest.approx((53.1, 88.8), abs=0.05)
    assert share_estimate(0, 0) is None


def test_a_count_has_the_interval_of_chance() -> None:
    """Exact (Garwood): 10 -> 4.80 to 18.39, 0 -> 0 to 3.69, 100 -> 81.4 to 121.6."""
    assert count_estimate(10).interval == pytest.approx((4.80, 18.39), abs=0.05)
    assert count_estimate(100).interval == pytest.approx((81.4, 121.6), abs=0.05)
    none = count_estimate(0).interval
    assert none == pytest.approx((0, 3.69), abs=0.1)


def test_a_median_lies_between_two_ranks() -> None:
    """The published ranks: none for 5; 6: 1 and 6; 10: 2 and 9; 25: 8 and 18; 100: 40 and 61."""
    for n, rank in ((6, 1), (10, 2), (25, 8), (100, 40)):
        found = median_estimate(range(1, n + 1))
        assert found is not None
        assert found.interval == (rank, n + 1 - rank)
    few = median_estimate([3.0, 1.0, 2.0, 5.0, 4.0])
    assert few == Estimate(3.0, 5, None)
    assert median_estimate([]) is None


@given(st.integers(401, 3000))
def test_many_values_have_the_ranks_of_the_normal_distribution(n: int) -> None:
    found = median_estimate(range(1, n + 1))
    assert found is not None
    assert found.interval is not None
    rank = found.interval[0]

    def tail(k: float) -> int:
        return sum(comb(n, i) for i in range(int(k)))

    assert tail(rank - 1) * 40 <= 2**n <= tail(rank + 2) * 40


def test_a_difference_has_newcombes_interval() -> None:
    """His example (b): 9 of 10 against 3 of 10 differ by 0.1705 to 0.8090."""
    before, after = share_estimate(3, 10), share_estimate(9, 10)
    assert before is not None
    assert after is not None
    assert difference_interval(before, after) == pytest.approx((17.05, 80.90), abs=0.01)
    back = difference_interval(after, before)
    assert back == pytest.approx((-80.90, -17.05), abs=0.01)
    assert difference_interval(Estimate(3.0, 1, None), after) is None
