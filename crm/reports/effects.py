"""What a measure has achieved: its figure before and after, the difference with its interval, and an honest verdict.

Before is the baseline, measured when the measure started and never again. After begins when it was carried out (while it is under
way: when it started) and lasts as long as the period before it. The 95 % interval of the difference comes from those of both
periods (crm.touchpoints.statistics.difference_interval). Not the measure alone need be the cause: the verdict says what changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm.database import Row
from crm.improvement.measures.actions import keep_effect
from crm.improvement.measures.queries import measures_to_follow
from crm.improvement.measures.rules import Snapshot
from crm.improvement.measures.tables import MeasureStatus
from crm.reports.metrics import METRICS, Measured, Metric, Unit, measured
from crm.touchpoints.statistics import UNCERTAIN_BELOW, difference_interval

DAY = timedelta(days=1)
VOLUME_DAYS = 30
"""A volume is compared per so many days: the periods need not be equally long."""


class Verdict(StrEnum):
    """TOO_FEW: fewer than five answers before or after, or no interval can be known.
    NO_CHANGE: the interval of the difference contains 0."""

    TOO_FEW = "too_few"
    NO_CHANGE = "no_change"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Effect:
    """The figure before and after. `change` is after minus before; `is_target_met` says whether the figure has reached the target
    (None: no target, or nothing measured)."""

    metric: Metric
    before: Measured
    after: Measured
    change: float | None
    interval: tuple[float, float] | None
    verdict: Verdict
    target: float | None
    is_target_met: bool | None


def judged(metric: Metric, before: Measured, after: Measured, target: float | None = None) -> Effect:
    """The verdict on two measurements. Pure."""
    one, two = before.estimate, after.estimate
    change = two.value - one.value if one is not None and two is not None else None
    interval = difference_interval(one, two) if one is not None and two is not None else None
    return Effect(
        metric, before, after, change, interval, _verdict(metric, before, after, interval), target, _is_met(metric, after, target)
    )  # fmt: skip


def _verdict(metric: Metric, before: Measured, after: Measured, interval: tuple[float, float] | None) -> Verdict:
    counts = (before.n, after.n)
    fewest = max(counts) if metric.unit is Unit.COUNT else min(counts)  # from many contacts to none is no lack of data
    if fewest < UNCERTAIN_BELOW or interval is None:
        return Verdict.TOO_FEW
    low, high = interval
    if low <= 0 <= high:
        return Verdict.NO_CHANGE
    return Verdict.BETTER if (low > 0) == metric.is_higher_better else Verdict.WORSE


def _is_met(metric: Metric, after: Measured, target: float | None) -> bool | None:
    if target is None or after.value is None:
        return None
    return after.value >= target if metric.is_higher_better else after.value <= target


async def baseline(measure: Row, now: datetime) -> Snapshot | None:
    """The figure of the period before now, to be kept when the measure starts; None where it has no figure."""
    if not measure.metric:
        return None
    return await _measured(measure, now - measure.days * DAY, now)


async def measured_after(measure: Row, now: datetime) -> Snapshot | None:
    """The figure since the measure was carried out, or since it started while it is under way, for at most its period. None before
    the first day is over, and where nothing is measured."""
    since = measure.ended_at if measure.status == MeasureStatus.DONE else measure.started_at
    if not measure.metric or measure.before_until is None or since is None or now < since + DAY:
        return None
    if measure.status == MeasureStatus.DROPPED:
        return None
    return await _measured(measure, since, min(now, since + measure.days * DAY))


async def effect_now(measure: Row, now: datetime) -> tuple[Effect | None, Snapshot | None]:
    """The effect of a measure as it is now, and what was measured for it; one statement. None where nothing is measured (yet)."""
    after = await measured_after(measure, now)
    return (None if after is None else effect_between(measure, _of(after))), after


def effect_kept(measure: Row) -> Effect | None:
    """The effect as it was measured last; None where nothing was, and of a measure that was given up."""
    is_followed = measure.status in (MeasureStatus.RUNNING, MeasureStatus.DONE)
    if not is_followed or not measure.metric or measure.before_until is None or measure.after_at is None:
        return None
    return effect_between(
        measure, Measured(measure.after_value, measure.after_n, _interval(measure.after_low, measure.after_high))
    )


def effect_between(measure: Row, after: Measured) -> Effect:
    target = None if measure.target is None else float(measure.target)
    return judged(METRICS[measure.metric], before_of(measure), after, target)


def is_met_already(measure: Row) -> bool:
    """Whether the baseline has reached the target: then it asks for nothing, and reaching it shows nothing."""
    if not measure.metric or measure.before_until is None or measure.target is None:
        return False
    return _is_met(METRICS[measure.metric], before_of(measure), float(measure.target)) is True


def before_of(measure: Row) -> Measured:
    """The baseline of a measure that has one."""
    return Measured(measure.before_value, measure.before_n, _interval(measure.before_low, measure.before_high))


async def measure_effects(now: datetime) -> int:
    """Measure what is still to be measured and keep it, for lists and the report; how many. Safe to run twice."""
    rows = await measures_to_follow()
    kept = 0
    for row in rows:
        after = await measured_after(row, now)
        if after is not None:
            await keep_effect(row.id, after, at=now)
            kept += 1
    return kept


async def _measured(measure: Row, since: datetime, until: datetime) -> Snapshot:
    return await measured_between(measure.metric, measure.touchpoint, since, until)


async def measured_between(metric: str, touchpoint_id: int | None, since: datetime, until: datetime) -> Snapshot:
    """The figure of a period, a volume per VOLUME_DAYS; one statement."""
    found = await measured(metric, touchpoint_id=touchpoint_id, start=since, end=until)
    factor = VOLUME_DAYS * DAY / (until - since) if METRICS[metric].unit is Unit.COUNT else 1.0
    value = None if found.value is None else found.value * factor
    low, high = found.interval or (None, None)
    return Snapshot(
        since, until, value, found.n, None if low is None else low * factor, None if high is None else high * factor
    )


def _of(one: Snapshot) -> Measured:
    return Measured(one.value, one.n, _interval(one.low, one.high))


def _interval(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)
