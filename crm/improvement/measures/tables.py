"""Planned improvements (measures), their tasks, and the four-week programme that starts several of them."""

from enum import StrEnum

from piccolo.columns import (
    BigInt,
    BigSerial,
    Date,
    DoublePrecision,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.improvement.tables import ExpectationLevel, Feedback
from crm.touchpoints.tables import Touchpoint


class MeasureStatus(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"


OPEN_STATUSES = (MeasureStatus.PLANNED, MeasureStatus.RUNNING)


class Stage(StrEnum):
    """The four stretches of the programme: days 1-7, 8-14, 15-21, 22-30."""

    NEEDS = "needs"
    ASSESSMENT = "assessment"
    STRATEGY = "strategy"
    IMPROVEMENTS = "improvements"


class Programme(Table, tablename="improvement_programme"):
    """One run of the four-week programme, from the day on which it starts."""

    id = BigSerial(primary_key=True)
    starts_on = Date(default=None, null=True)
    created_by = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=None, null=True)


class Measure(Table, tablename="measure"):
    """One planned improvement. `metric` is a code of crm.reports.metrics; only the first steps of a programme have none. `level` says
    which kind of expectation it meets: unmet basic ones come first.

    `days` is how long before and after are measured. The baseline is measured when it starts and never changes: `before_*`, with
    its period. `after_*` is what was measured last, at `after_at`, since it was done, or since it started while it runs; the page
    measures anew. A volume is counted per 30 days."""

    id = BigSerial(primary_key=True)
    name = Varchar(120)
    goal = Text(default="")
    expected_effect = Text(default="")
    metric = Varchar(30, default="")
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.restrict, index=True)
    target = Numeric(digits=(12, 2), null=True, default=None)
    days = Integer(default=90)
    level = Varchar(10, choices=ExpectationLevel, default=ExpectationLevel.EXPECTED)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.restrict, index=True)
    due_on = Date(default=None, null=True)
    cost = Numeric(digits=(12, 2), null=True, default=None)
    status = Varchar(8, choices=MeasureStatus, default=MeasureStatus.PLANNED)
    drop_reason = Text(default="")
    programme = ForeignKey(Programme, null=True, on_delete=OnDelete.set_null, index=True)
    stage = Varchar(12, choices=Stage, default="")
    started_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    before_from = Timestamptz(null=True, default=None)
    before_until = Timestamptz(null=True, default=None)
    before_value = DoublePrecision(null=True, default=None)
    before_n = Integer(default=0)
    before_low = DoublePrecision(null=True, default=None)
    before_high = DoublePrecision(null=True, default=None)
    after_at = Timestamptz(null=True, default=None)
    after_value = DoublePrecision(null=True, default=None)
    after_n = Integer(default=0)
    after_low = DoublePrecision(null=True, default=None)
    after_high = DoublePrecision(null=True, default=None)
    created_by = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)


class MeasureTask(Table, tablename="measure_task"):
    """A step of a measure. `reminder_id` is the follow-up of whoever does it, if one was wanted."""

    id = BigSerial(primary_key=True)
    measure = ForeignKey(Measure, null=False, on_delete=OnDelete.cascade, index=True)
    text = Varchar(300)
    due_on = Date(default=None, null=True)
    assignee = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    done_at = Timestamptz(null=True, default=None)
    done_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    reminder_id = BigInt(null=True, default=None)


class MeasureFeedback(Table, tablename="measure_feedback"):
    """That a measure answers a point of criticism, or an expectation."""

    id = BigSerial(primary_key=True)
    measure = ForeignKey(Measure, null=False, on_delete=OnDelete.cascade, index=True)
    feedback = ForeignKey(Feedback, null=False, on_delete=OnDelete.cascade, index=True)
