"""Contacts per day as bars. Widths are shares of the drawing in percent and heights are pixels, so that the writing keeps its size
on every screen; the stretch before is a tick across each bar. Tick and bar differ by shape, not by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log10

from babel.dates import format_date

from crm.team.queries import DayCount
from crm.web.formats import num
from crm.web.i18n import language, locale

HEIGHT, TOP, FOOT = 190.0, 22.0, 160.0
LEFT = 5.0
"""Percent at the left that the scale takes."""
FEW = 7
"""So many days have the name of their weekday and their number also on a narrow screen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A day. `x` to `x + width` in percent; `top` of the bar and `before` of the tick in pixels, None where there is nothing.
    `label` stands below it, `shown` is its number."""

    on: date
    x: float
    width: float
    top: float | None
    before: float | None
    label: str
    shown: str

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)

    @property
    def right(self) -> float:
        return round(self.x + self.width, 2)


@dataclass(frozen=True, slots=True)
class Bars:
    bars: list[Bar]
    lines: list[tuple[float, str]]
    is_short: bool
    height: float = HEIGHT
    foot: float = FOOT
    left: float = LEFT


def bars_of(days: Sequence[DayCount]) -> Bars:
    most = max([1, *(n for one in days for n in (one.count, one.before) if n is not None)])
    top = _round_up(most)
    is_short = len(days) <= FEW
    slot = (100 - LEFT) / len(days)
    gap = slot * 0.18

    def y(count: int | None) -> float | None:
        return None if count is None else round(FOOT - (FOOT - TOP) * count / top, 1)

    bars = [
        Bar(
            one.on, round(LEFT + slot * place + gap, 2), round(slot - 2 * gap, 2), y(one.count), y(one.before),
            _label(one.on, is_short), num(one.count) if one.count else "",
        )
        for place, one in enumerate(days)
    ]  # fmt: skip
    steps = {0, top} if top < 2 or top % 2 else {0, top // 2, top}
    return Bars(bars, [(float(y(step) or 0), num(step)) for step in sorted(steps)], is_short)


def _label(on: date, is_short: bool) -> str:
    """Each day of a week; of a longer stretch the Mondays."""
    if is_short:
        return (
            format_date(on, "EEE d.", locale=locale())
            if language.get() == "de"
            else format_date(on, "EEE d", locale=locale())
        )
    if on.weekday():
        return ""
    return format_date(on, "d.M." if language.get() == "de" else "d MMM", locale=locale())


def _round_up(most: int) -> int:
    """The end of the scale: the next number that is 1, 2, 4, 6 or 8 and zeros; up to 4 the number itself."""
    if most <= 4:
        return most
    ten: int = 10 ** int(log10(most))
    return next(step for step in (1 * ten, 2 * ten, 4 * ten, 6 * ten, 8 * ten, 10 * ten) if ceil(most) <= step)
