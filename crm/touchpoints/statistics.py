"""Means, shares and scores with an honest interval: how sure a figure is that rests on few answers."""

from collections.abc import Mapping
from math import sqrt
from statistics import NormalDist
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
