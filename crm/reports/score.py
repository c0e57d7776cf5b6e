"""A figure from customers' answers, and the response rate that stands beside it, as reports keep and print them."""

from __future__ import annotations

from dataclasses import dataclass

from crm.touchpoints.statistics import UNCERTAIN_BELOW, Estimate


@dataclass(frozen=True, slots=True)
class Score:
    """A figure from answers: the value, how many answers it rests on, and its 95 % interval where one can be known."""

    value: float
    n: int
    low: float | None
    high: float | None

    @property
    def is_uncertain(self) -> bool:
        """Rests on fewer than five answers; shown, and said to be uncertain."""
        return self.n < UNCERTAIN_BELOW

    @classmethod
    def of(cls, estimate: Estimate | None) -> Score | None:
        if estimate is None:
            return None
        low, high = estimate.interval or (None, None)
        return cls(estimate.value, estimate.n, low, high)


@dataclass(frozen=True, slots=True)
class Responses:
    """The response rate: how many customers were asked by a survey, and how many of these have answered."""

    asked: int
    answered: int
