"""Means, shares and scores with an honest interval: how sure a figure is that rests on few answers."""

from collections.abc import Mapping, Sequence
from math import comb, hypot, sqrt
from statistics import NormalDist, median
from typing import NamedTuple

UNCERTAIN_BELOW = 5
"""Fewer answers than this make a figure uncertain (drawn hollow), and an anonymous group invisible."""

_Z = NormalDist().inv_cdf(0.975)

# Student's t, 97.5 % quantile for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, section 1.3.6.7.2).
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


class Estimate(NamedTuple):
    """A figure with its 95 % interval and the number of answers; no interval where it can't be known."""

    value: float
    n: int
    interval: tuple[float, float] | None

    @property
    def is_uncertain(self) -> bool:
        return self.n < UNCERTAIN_BELOW


def mean_estimate(answers: Mapping[int, int], *, lowest: int = 1, highest: int = 5) -> Estimate | None:
    """The mean of answers on a scale, given as answer -> how often; None without any answer.

    Student's t interval, kept within the scale. Where all answers are the same it would have no width; then the Wilson
    interval of the mean's place on the scale is taken, which is the widest that answers with this mean can need.
    One answer has no interval. Raises ValueError for an answer off the scale.
    """
    if any(not lowest <= answer <= highest for answer in answers):
        raise ValueError(f"Answers lie between {lowest} and {highest}.")
    n = sum(answers.values())
    if n == 0:
        return None
    mean = sum(answer * count for answer, count in answers.items()) / n
    if n == 1:
        return Estimate(mean, n, None)
    variance = sum(count * (answer - mean) ** 2 for answer, count in answers.items()) / (n - 1)
    if variance == 0:
        low, high = wilson_interval((mean - lowest) / (highest - lowest), n)
        return Estimate(mean, n, (lowest + low * (highest - lowest), lowest + high * (highest - lowest)))
    half = _t(n - 1) * sqrt(variance / n)
    return Estimate(mean, n, (max(float(lowest), mean - half), min(float(highest), mean + half)))


def nps_estimate(answers: Mapping[int, int]) -> Estimate | None:
    """NPS in points from -100 to 100: the share of promoters (9-10) minus that of detractors (0-6).

    `answers` is answer (0-10) -> how often. Adjusted Wald interval with three added answers, 3/4 of them promoters and
    3/4 detractors: B. Rocks, Interval Estimation for the "Net Promoter Score", The American Statistician 70 (2016).
    """
    if any(not 0 <= answer <= 10 for answer in answers):
        raise ValueError("Answers lie between 0 and 10.")
    n = sum(answers.values())
    if n == 0:
        return None
    promoters = sum(count for answer, count in answers.items() if answer >= 9)
    detractors = sum(count for answer, count in answers.items() if answer <= 6)
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    half = _Z * sqrt((p + d - (p - d) ** 2) / (n + 3))
    interval = (max(-100.0, 100 * (p - d - half)), min(100.0, 100 * (p - d + half)))
    return Estimate(100 * (promoters - detractors) / n, n, interval)


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share: E. B. Wilson, Journal of the American Statistical Association 22 (1927)."""
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _t(freedom: int) -> float:
    """Beyond the table, the expansion of Abramowitz and Stegun, 26.7.5."""
    if freedom <= len(_T):
        return _T[freedom - 1]
    z = _Z
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / freedom + second / freedom**2


def share_estimate(hits: int, n: int) -> Estimate | None:
    """A share in percent, from `hits` of `n`, with Wilson's interval; None without any."""
    if n == 0:
        return None
    low, high = wilson_interval(hits / n, n)
    return Estimate(100 * hits / n, n, (100 * low, 100 * high))


def count_estimate(n: int) -> Estimate:
    """How often something happened, with the interval of what could as well have been by chance (Byar's approximation to the
    exact one of a Poisson count: Rothman and Boice, Epidemiologic Analysis with a Programmable Calculator, 1979)."""
    low = n * (1 - 1 / (9 * n) - _Z / (3 * sqrt(n))) ** 3 if n else 0.0
    high = (n + 1) * (1 - 1 / (9 * (n + 1)) + _Z / (3 * sqrt(n + 1))) ** 3
    return Estimate(float(n), n, (max(0.0, low), high))


def median_estimate(values: Sequence[float]) -> Estimate | None:
    """The median and the interval between two of the ordered values that holds the true one in 95 % of cases, whatever the
    distribution (binomial order statistics: W. J. Conover, Practical Nonparametric Statistics, section 3.2). Fewer than six values
    have no such interval; none have no median."""
    n = len(values)
    if n == 0:
        return None
    ordered = sorted(values)
    rank = _lower_rank(n)
    return Estimate(median(ordered), n, (ordered[rank - 1], ordered[n - rank]) if rank else None)


def _lower_rank(n: int) -> int:
    """The highest rank below which, by tossing a coin for each of n values, at most 2.5 % of cases end; 0 if there is none.
    Beyond 400 values by the normal distribution."""
    if n > 400:
        return int((n - _Z * sqrt(n)) / 2)
    left, rank = 2**n // 40, 0
    while (left := left - comb(n, rank)) >= 0:
        rank += 1
    return rank


def difference_interval(before: Estimate, after: Estimate) -> tuple[float, float] | None:
    """The 95 % interval of after minus before, from the intervals of both: square and add (R. G. Newcombe, Statistics in Medicine 17
    (1998), method 10; for any figures: Zou and Donner, Statistics in Medicine 27 (2008)). It keeps their skew, and holds for means,
    shares, NPS, counts and medians alike. None where one has no interval."""
    if before.interval is None or after.interval is None:
        return None
    (low_b, high_b), (low_a, high_a) = before.interval, after.interval
    change = after.value - before.value
    down = hypot(max(0.0, after.value - low_a), max(0.0, high_b - before.value))
    up = hypot(max(0.0, high_a - after.value), max(0.0, before.value - low_b))
    return change - down, change + up
