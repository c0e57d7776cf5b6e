"""Chance that repeats itself: the same seed draws the same company."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Draws from one stream of chance. `random()` lies in 0 <= x < 1."""

    __slots__ = ("_source", "random")

    def __init__(self, *seed: object) -> None:
        self._source = Random(" ".join(map(str, seed)))  # noqa: S311  # repeatable is what is wanted
        self.random = self._source.random

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.random() * len(options))]

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.random() * (high - low + 1))

    def around(self, middle: float, spread: float) -> float:
        return self._source.gauss(middle, spread)

    def bytes(self, count: int) -> bytes:
        return self._source.randbytes(count)


class Weighted(tuple[T, ...]):
    """Options with weights, laid out so that picking one costs no more than picking from a list."""

    __slots__ = ()
    _SIZE = 997

    def __new__(cls, weights: dict[T, float]) -> Weighted[T]:
        total = sum(weights.values())
        ends = [round(end * cls._SIZE / total) for end in accumulate(weights.values())]
        table: list[T] = []
        for option, end in zip(weights, ends, strict=True):
            table += [option] * (end - len(table))
        return super().__new__(cls, table)
