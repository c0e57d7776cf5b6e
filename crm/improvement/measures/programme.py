"""The four-week programme: needs analysis, assessment, strategy and first improvements, as four measures with tasks and dates."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.audit import record
from crm.database import fetch_value, transaction
from crm.improvement.measures.actions import plan_measure
from crm.improvement.measures.forms import ProgrammeData
from crm.improvement.measures.rules import USUAL_PERIOD, MeasureData, NewTask, is_without_metric, last_day
from crm.improvement.measures.tables import Stage
from crm.improvement.measures.tasks import add_task
from crm.improvement.measures.words import STAGE_GOALS, STAGE_TASKS, STAGES
from crm.improvement.tables import ExpectationLevel
from crm.web.i18n import _


async def start_programme(data: ProgrammeData, *, by: int, now: datetime) -> int:
    """Plan the four measures with their tasks; the id of the programme. They are worded in the language of the moment. Raises Invalid
    for a touchpoint or colleague that isn't there."""
    async with transaction():
        programme = await fetch_value(
            "INSERT INTO improvement_programme (starts_on, created_by, created_at) VALUES ($1, $2, $3) RETURNING id",
            data.starts_on, by, now,
        )  # fmt: skip
        fields = {"starts_on": data.starts_on.isoformat()}
        await record("programme.started", "programme", programme, by=by, now=now, fields=fields)
        for stage in Stage:
            await _plan(stage, data, programme, by, now)
        return int(programme)


async def _plan(stage: Stage, data: ProgrammeData, programme: int, by: int, now: datetime) -> None:
    prepares = is_without_metric(stage)
    measure = MeasureData(
        name=_(STAGES[stage]), goal=_(STAGE_GOALS[stage]), expected_effect="", metric="" if prepares else data.metric,
        touchpoint="" if prepares else data.touchpoint, target=None if prepares else data.target, days=USUAL_PERIOD,
        level=ExpectationLevel.EXPECTED, owner_id=data.owner_id, due_on=last_day(stage, data.starts_on), cost=None,
    )  # fmt: skip
    measure_id = await plan_measure(measure, by=by, now=now, programme=programme, stage=stage.value)
    for day, text in STAGE_TASKS[stage]:
        due_on = data.starts_on + timedelta(days=day - 1)
        await add_task(measure_id, NewTask(_(text), due_on, data.owner_id, data.reminds), by=by, now=now)
