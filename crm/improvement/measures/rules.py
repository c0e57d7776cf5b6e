"""The rules of measures: what one holds, when the four weeks of the programme begin and end. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crm.improvement.measures.tables import OPEN_STATUSES, Stage
from crm.improvement.tables import ExpectationLevel

PERIODS = (30, 60, 90, 180, 365)
"""Days for which a figure can be measured before and after."""
USUAL_PERIOD = 90

STRETCHES = {Stage.NEEDS: (1, 7), Stage.ASSESSMENT: (8, 14), Stage.STRATEGY: (15, 21), Stage.IMPROVEMENTS: (22, 30)}
"""First and last day of each stage."""


@dataclass(frozen=True, slots=True)
class MeasureData:
    """A measure as somebody wants it. `metric` and `touchpoint` are codes; the target is in the metric's own unit, the cost in
    euros."""

    name: str
    goal: str
    expected_effect: str
    metric: str
    touchpoint: str
    target: Decimal | None
    days: int
    level: ExpectationLevel
    owner_id: int
    due_on: date
    cost: Decimal | None

    def recorded(self) -> dict[str, Any]:
        """As the audit trail tells it."""
        told = {_TOLD.get(name, name): value for name, value in asdict(self).items()}
        return told | {"due_on": self.due_on.isoformat(), "expectation_level": self.level.value}


_TOLD = {
    "name": "measure_name", "goal": "measure_goal", "days": "measured_days", "level": "expectation_level",
    "target": "measure_target",
}  # fmt: skip

FROZEN = ("metric", "touchpoint", "days")
"""What stays as it is once the measure has started: otherwise its baseline would be that of something else, or there would be none."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A figure of a period: no value where there was nothing to measure, no interval where too little says how sure it is."""

    since: datetime
    until: datetime
    value: float | None
    n: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class NewTask:
    text: str
    due_on: date
    assignee_id: int
    reminds: bool = True


def first_day(stage: Stage, starts_on: date) -> date:
    return starts_on + timedelta(days=STRETCHES[stage][0] - 1)


def last_day(stage: Stage, starts_on: date) -> date:
    return starts_on + timedelta(days=STRETCHES[stage][1] - 1)


def next_monday(today: date) -> date:
    """The day on which a programme starts unless somebody says otherwise."""
    return today + timedelta(days=7 - today.weekday())


def is_overdue(status: str, due_on: date, today: date) -> bool:
    return status in OPEN_STATUSES and due_on < today


def is_without_metric(stage: str) -> bool:
    """The first three weeks prepare: nothing is measured of them."""
    return stage in {Stage.NEEDS, Stage.ASSESSMENT, Stage.STRATEGY}
