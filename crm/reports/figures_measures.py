"""Measures in a month: the open ones, and what those carried out in the twelve months up to its end have achieved.

SQL like that of figures.py, whose statement runs this part too; the parameters are the same. Measures are the whole company's: their
figures are of all customers, so a report about some of them has none. Nobody is named: the owner's team answers for a measure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm.improvement.measures.tables import MeasureStatus
from crm.reports.effects import judged, measured_between
from crm.reports.metrics import METRICS, Measured

MOST_MEASURED = 60
"""So many effects are measured up to the month's end; of more the last known ones are told."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A figure as it was measured: no value where there was nothing, no interval where too little says how sure it is."""

    value: float | None
    n: int
    low: float | None
    high: float | None

    @property
    def measured(self) -> Measured:
        interval = None if self.low is None or self.high is None else (self.low, self.high)
        return Measured(self.value, self.n, interval)


@dataclass(frozen=True, slots=True)
class Achieved:
    """After minus before with its 95 % interval, as far as there is one; `verdict` is better, worse, no_change or too_few."""

    change: float | None
    low: float | None
    high: float | None
    verdict: str
    is_target_met: bool | None


@dataclass(frozen=True, slots=True)
class MeasureMonth:
    """A measure as it stood at the end of the month. `touchpoint` is a code, empty for the whole company; `department` the owner's team,
    else the touchpoint's department. `metric` is a code of crm.reports.metrics (empty: a step that prepares), target and figures are in its
    unit. `before` is the baseline from the start, `after` what was measured since it was carried out, or since its start while it runs, up
    to `measured_until`."""

    id: int
    name: str
    goal: str
    status: str
    touchpoint: str
    name_de: str
    name_en: str
    department: str
    metric: str
    target: float | None
    days: int
    due_on: date
    is_overdue: bool
    started_on: date | None
    ended_on: date | None
    tasks: int
    tasks_done: int
    before: Taken | None
    after: Taken | None
    measured_until: date | None
    achieved: Achieved | None

    @property
    def is_open(self) -> bool:
        return self.status != MeasureStatus.DONE


PARTS = {
    "measures": """
        SELECT m.id, m.name, m.goal, m.metric, m.target::float AS target, m.days, m.due_on, m.started_at, m.touchpoint AS place,
            CASE WHEN m.ended_at < $7 THEN m.ended_at END AS ended_at,
            CASE WHEN m.ended_at < $7 THEN 'done' WHEN m.started_at < $7 THEN 'running' ELSE 'planned' END AS status,
            coalesce(t.code, '') AS touchpoint, coalesce(t.name_de, '') AS name_de, coalesce(t.name_en, '') AS name_en,
            coalesce(nullif(w.name, ''), t.department, '') AS department,
            m.before_until, m.before_value, m.before_n, m.before_low, m.before_high,
            CASE WHEN m.ended_at >= $7 THEN NULL ELSE m.after_at END AS after_at,
            m.after_value, m.after_n, m.after_low, m.after_high,
            (SELECT count(*) FROM measure_task x WHERE x.measure = m.id) AS tasks,
            (SELECT count(*) FROM measure_task x WHERE x.measure = m.id AND x.done_at < $7) AS tasks_done
        FROM measure m LEFT JOIN touchpoint t ON t.id = m.touchpoint JOIN staff o ON o.id = m.owner LEFT JOIN team w ON w.id = o.team
        WHERE m.created_at < $7 AND CASE WHEN m.ended_at < $7
            THEN m.status = 'done' AND m.ended_at >= $7::timestamptz - interval '1 year' ELSE true END
        ORDER BY m.ended_at < $7 DESC NULLS LAST, m.ended_at DESC, m.due_on, m.id
    """,
}


def measures_of(
    parts: Mapping[str, Sequence[Mapping[str, Any]]], until: datetime, zone: ZoneInfo
) -> list[MeasureMonth]:
    """The measures from the part above with the effects that were kept, as far as they are of a time before `until`. Of one that ended
    later nothing is: what was kept since begins at its end."""
    return [_measure(row, until, zone) for row in parts["measures"]]


def _measure(row: Mapping[str, Any], until: datetime, zone: ZoneInfo) -> MeasureMonth:
    started, ended, kept_at = (_moment(row[name]) for name in ("started_at", "ended_at", "after_at"))
    if started is not None and started >= until:
        started = None
    has_begun = started is not None and row["metric"] in METRICS and row["before_until"] is not None
    before = Taken(row["before_value"], row["before_n"], row["before_low"], row["before_high"]) if has_begun else None
    found = MeasureMonth(
        **{name: row[name] for name in ("id", "name", "goal", "status", "touchpoint", "name_de", "name_en", "department", "metric")},
        target=row["target"], days=row["days"], due_on=date.fromisoformat(row["due_on"]),
        is_overdue=ended is None and date.fromisoformat(row["due_on"]) < _last_day(until, zone),
        started_on=_day(started, zone), ended_on=_day(ended, zone), tasks=row["tasks"], tasks_done=row["tasks_done"],
        before=before, after=None, measured_until=None, achieved=None,
    )  # fmt: skip
    since = ended or started
    if before is None or since is None or kept_at is None or kept_at <= since:
        return found
    over = min(kept_at, since + timedelta(days=row["days"]))
    if over > until:
        return found
    return with_effect(
        found, Taken(row["after_value"], row["after_n"], row["after_low"], row["after_high"]), _last_day(over, zone)
    )


def with_effect(measure: MeasureMonth, after: Taken, until: date) -> MeasureMonth:
    """The measure with what was measured after it, and what that means against its baseline."""
    assert measure.before is not None
    effect = judged(METRICS[measure.metric], measure.before.measured, after.measured, measure.target)
    low, high = effect.interval or (None, None)
    achieved = Achieved(effect.change, low, high, effect.verdict.value, effect.is_target_met)
    return replace(measure, after=after, measured_until=until, achieved=achieved)


async def measured_up_to(
    measures: Sequence[MeasureMonth], rows: Sequence[Mapping[str, Any]], until: datetime, zone: ZoneInfo
) -> list[MeasureMonth]:
    """The same measures with their effects up to the month's end, and no later: what was kept since is of other days. One statement for
    each whose period after it was not over by then; none for the others."""
    found, measured = [], 0
    for measure, row in zip(measures, rows, strict=True):
        since = _moment(row["ended_at"]) or _moment(row["started_at"])
        if measure.before is None or since is None or until < since + timedelta(days=1) or measured >= MOST_MEASURED:
            found.append(measure)
            continue
        kept_at, over = _moment(row["after_at"]), since + timedelta(days=measure.days)
        if over <= until and kept_at is not None and kept_at >= over:
            found.append(measure)
            continue
        measured += 1
        end = min(until, over)
        one = await measured_between(measure.metric, row["place"], since, end)
        found.append(with_effect(measure, Taken(one.value, one.n, one.low, one.high), _last_day(end, zone)))
    return found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


def _last_day(until: datetime, zone: ZoneInfo) -> date:
    """The day that ends at this instant, or in which it lies."""
    return (until - timedelta(microseconds=1)).astimezone(zone).date()
