"""Measures as the API sends and takes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from crm.database import Row
from crm.improvement.measures.rules import is_overdue
from crm.reports import metric_words
from crm.reports.effects import Effect, before_of
from crm.reports.metrics import Measured
from crm.web.formats import local
from crm.web.parameters import Id, Version


class FigureOut(msgspec.Struct):
    """A figure: `n` answers, enquiries ... are behind it; `low` to `high` is its 95 % interval, where one can be known."""

    value: float | None
    n: int
    low: float | None
    high: float | None
    is_uncertain: bool


class EffectOut(msgspec.Struct):
    """What the measure has achieved. `verdict`: better, worse, no_change (the interval of the difference contains 0) or too_few."""

    after: FigureOut
    change: float | None
    change_low: float | None
    change_high: float | None
    verdict: str
    sentence: str
    is_target_met: bool | None


class TaskOut(msgspec.Struct):
    id: int
    text: str
    due_on: date
    assignee_id: int
    assignee: str
    done_at: datetime | None


class MeasureOut(msgspec.Struct):
    """A measure. `before` is its baseline, fixed at the start; `effect` is measured anew when one is read, in lists as it was measured
    last. `level`: basic, expected or delight."""

    id: int
    name: str
    goal: str
    expected_effect: str
    metric: str
    touchpoint: str | None
    target: float | None
    days: int
    level: str
    owner_id: int
    owner: str
    due_on: date
    is_overdue: bool
    cost: float | None
    status: str
    drop_reason: str
    stage: str
    programme_id: int | None
    started_at: datetime | None
    ended_at: datetime | None
    before: FigureOut | None
    effect: EffectOut | None
    version: int
    tasks: list[TaskOut] = []
    feedback_ids: list[int] = []


class Measures(msgspec.Struct):
    items: list[MeasureOut]


class MeasureIn(msgspec.Struct, forbid_unknown_fields=True):
    """A measure to plan. `metric` is a code of /metrics, `target` in its unit, `touchpoint` a code (empty: the whole company),
    `feedback_id` the criticism or expectation that it answers."""

    name: str
    goal: str
    metric: str
    target: float
    owner_id: Id
    due_on: date
    expected_effect: str = ""
    touchpoint: str = ""
    days: int = 90
    level: str = "expected"
    cost: float | None = None
    feedback_id: Id | None = None


class MeasurePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What of a measure shall differ; `version` is the one that was read."""

    version: Version
    name: str | msgspec.UnsetType = msgspec.UNSET
    goal: str | msgspec.UnsetType = msgspec.UNSET
    expected_effect: str | msgspec.UnsetType = msgspec.UNSET
    metric: str | msgspec.UnsetType = msgspec.UNSET
    touchpoint: str | msgspec.UnsetType = msgspec.UNSET
    target: float | msgspec.UnsetType | None = msgspec.UNSET
    days: int | msgspec.UnsetType = msgspec.UNSET
    level: str | msgspec.UnsetType = msgspec.UNSET
    owner_id: Id | msgspec.UnsetType = msgspec.UNSET
    due_on: date | msgspec.UnsetType = msgspec.UNSET
    cost: float | msgspec.UnsetType | None = msgspec.UNSET


class Reason(msgspec.Struct, forbid_unknown_fields=True):
    reason: str


class TaskIn(msgspec.Struct, forbid_unknown_fields=True):
    """A task; with `reminds` whoever does it gets a follow-up in the morning of the day."""

    text: str
    due_on: date
    assignee_id: Id
    reminds: bool = True


class TaskPatch(msgspec.Struct, forbid_unknown_fields=True):
    is_done: bool


class ProgrammeIn(msgspec.Struct, forbid_unknown_fields=True):
    """The four-week programme: `metric`, `target` and `touchpoint` are those of the first improvements (days 22 to 30)."""

    starts_on: date
    owner_id: Id
    metric: str
    target: float
    touchpoint: str = ""
    reminds: bool = True


class MetricOut(msgspec.Struct):
    """A figure by which measures are judged: its words, its unit, and which direction is good."""

    code: str
    name: str
    text: str
    unit: str
    is_higher_better: bool


class Metrics(msgspec.Struct):
    items: list[MetricOut]


def measure_out(row: Row, effect: Effect | None) -> MeasureOut:
    today = local(datetime.now(UTC)).date()
    return MeasureOut(
        row.id, row.name, row.goal, row.expected_effect, row.metric, row.touchpoint_code, _float(row.target), row.days, row.level,
        row.owner, row.owner_name, row.due_on, is_overdue(row.status, row.due_on, today),
        _float(row.cost), row.status, row.drop_reason, row.stage, row.programme, row.started_at, row.ended_at,
        _figure(before_of(row)) if row.before_until is not None else None, _effect(effect), row.version,
    )  # fmt: skip


def _effect(effect: Effect | None) -> EffectOut | None:
    if effect is None:
        return None
    low, high = effect.interval or (None, None)
    return EffectOut(
        _figure(effect.after),
        effect.change,
        low,
        high,
        effect.verdict,
        metric_words.effect_sentence(effect),
        effect.is_target_met,
    )


def _figure(one: Measured) -> FigureOut:
    low, high = one.interval or (None, None)
    return FigureOut(one.value, one.n, low, high, one.is_uncertain)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
