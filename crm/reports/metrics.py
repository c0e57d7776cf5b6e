"""The figures by which a measure is judged, a touchpoint or the whole company: each defined once, with its words, its unit and the
direction that is good. They count as the monthly report does (figures.py); tests hold both to each other.

What is measured is a period of any length, so that before and after can be compared. All intervals are of 95 %.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm.reports import measuring
from crm.reports.definitions import DEFINITIONS
from crm.reports.measuring import Period
from crm.touchpoints.statistics import (
    UNCERTAIN_BELOW,
    Estimate,
    count_estimate,
    mean_estimate,
    median_estimate,
    nps_estimate,
    share_estimate,
)
from crm.web.i18n import N_


class Unit(StrEnum):
    """How a figure is written: out of 5 or 7, points from -100 to 100, minutes or hours of business time, percent, a count."""

    OF_5 = "of_5"
    OF_7 = "of_7"
    POINTS = "points"
    MINUTES = "minutes"
    PERCENT = "percent"
    COUNT = "count"
    HOURS = "hours"


class Basis(StrEnum):
    """What a figure is counted from."""

    ANSWERS = "answers"
    ENQUIRIES = "enquiries"
    PROMISES = "promises"
    CONTACTS = "contacts"
    QUOTATIONS = "quotations"


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure. `name` and `text` (what is counted) are translated when they are shown. Without `is_of_touchpoints` it is
    always the whole company's."""

    code: str
    name: str
    text: str
    unit: Unit
    is_higher_better: bool
    basis: Basis
    is_of_touchpoints: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure as it was measured: `n` answers, enquiries, contacts or quotations are behind it. No value where there are none
    (a volume is then 0), no interval where too few say how sure it is."""

    value: float | None
    n: int
    interval: tuple[float, float] | None

    @property
    def is_uncertain(self) -> bool:
        """Rests on fewer than five: shown, and said to be uncertain."""
        return self.n < UNCERTAIN_BELOW

    @property
    def estimate(self) -> Estimate | None:
        return None if self.value is None else Estimate(self.value, self.n, self.interval)

    @classmethod
    def of(cls, estimate: Estimate | None) -> Measured:
        return cls(None, 0, None) if estimate is None else cls(*estimate)


_TEXTS = {one.code: one.text for one in DEFINITIONS}

_ALL = (
    Metric("csat", N_("Satisfaction"), _TEXTS["satisfaction"], Unit.OF_5, True, Basis.ANSWERS),
    Metric("nps", N_("NPS"), _TEXTS["nps"], Unit.POINTS, True, Basis.ANSWERS),
    Metric(
        "effort",
        N_("Ease for customers"),
        N_("The mean of customers' own answers to how easy it was for them, from 1 (very hard) to 7 (very easy)."),
        Unit.OF_7, True, Basis.ANSWERS,
    ),
    Metric(
        "first_response",
        N_("Time to the first response"),
        N_(
            "The median of the business time from an enquiry's arrival to its first response, of enquiries that got it in the "
            "period. Time in which the promise stood still is not counted. A solution counts as a first response if there was none "
            "before; an automatic answer doesn't."
        ),
        Unit.MINUTES, False, Basis.ENQUIRIES,
    ),
    Metric("breach_share", N_("Promises missed"), _TEXTS["promises"], Unit.PERCENT, False, Basis.PROMISES),
    Metric("volume", N_("Contacts with customers"), _TEXTS["contacts"], Unit.COUNT, False, Basis.CONTACTS),
    Metric(
        "quotation_turnaround",
        N_("Business time until a quotation is sent"), _TEXTS["quotations"],
        Unit.HOURS, False, Basis.QUOTATIONS, is_of_touchpoints=False,
    ),
    Metric(
        "first_contact_resolution",
        N_("Solved at the first contact"), _TEXTS["first_contact"], Unit.PERCENT, True, Basis.ENQUIRIES,
    ),
)  # fmt: skip

METRICS: Mapping[str, Metric] = {one.code: one for one in _ALL}
"""In the order in which they are offered."""


async def measured(
    code: str, *, touchpoint_id: int | None, start: datetime, end: datetime, until: datetime | None = None
) -> Measured:
    """The figure of a period: from `start` to before `end`, at one touchpoint or (None) all; one statement.

    `until` is when it was counted, if that is before the end: what is due later is not missed yet. An enquiry belongs to the
    touchpoint of the first contact about it. Raises KeyError for a code that is not in METRICS.
    """
    metric = METRICS[code]
    place = touchpoint_id if metric.is_of_touchpoints else None
    return Measured.of(await _ESTIMATES[code](Period(start, end, min(until or end, end), place)))


async def _csat(period: Period) -> Estimate | None:
    return mean_estimate(await measuring.answers("csat", period))


async def _effort(period: Period) -> Estimate | None:
    return mean_estimate(await measuring.answers("effort", period), highest=7)


async def _nps(period: Period) -> Estimate | None:
    return nps_estimate(await measuring.answers("nps", period))


async def _first_response(period: Period) -> Estimate | None:
    return median_estimate(await measuring.minutes_to_first_response(period))


async def _breach_share(period: Period) -> Estimate | None:
    return share_estimate(*await measuring.promises_missed(period))


async def _volume(period: Period) -> Estimate | None:
    return count_estimate(await measuring.contacts(period))


async def _quotation_turnaround(period: Period) -> Estimate | None:
    return median_estimate(await measuring.hours_to_quotations(period))


async def _first_contact_resolution(period: Period) -> Estimate | None:
    return share_estimate(*await measuring.solved_at_first_contact(period))


_ESTIMATES: Mapping[str, Callable[[Period], Awaitable[Estimate | None]]] = {
    "csat": _csat, "nps": _nps, "effort": _effort, "first_response": _first_response, "breach_share": _breach_share,
    "volume": _volume, "quotation_turnaround": _quotation_turnaround, "first_contact_resolution": _first_contact_resolution,
}  # fmt: skip
