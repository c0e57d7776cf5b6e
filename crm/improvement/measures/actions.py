"""The verbs of measures: plan one, change it, start it with its baseline, carry it out or give it up, and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound, RuleBroken
from crm.improvement.measures.follow_ups import renew_follow_ups, settle_follow_ups
from crm.improvement.measures.rules import FROZEN, MeasureData, Snapshot
from crm.improvement.measures.tables import OPEN_STATUSES, MeasureStatus
from crm.improvement.measures.words import LABELS
from crm.improvement.tables import ExpectationLevel, FeedbackKind
from crm.web.i18n import _

_COLUMNS = "name, goal, expected_effect, metric, touchpoint, target, days, level, owner, due_on, cost"
Baseline = Callable[[Row, datetime], Awaitable[Snapshot | None]]
"""Measures the figure of a measure up to a moment (crm.reports.effects.baseline)."""
_ONE = (
    "SELECT m.*, coalesce(t.code, '') AS touchpoint_code FROM measure m LEFT JOIN touchpoint t ON t.id = m.touchpoint "
    "WHERE m.id = $1 FOR UPDATE OF m"
)


async def plan_measure(
    data: MeasureData, *, by: int, now: datetime, feedback_id: int | None = None, programme: int | None = None, stage: str = ""
) -> int:  # fmt: skip
    """A new measure; its id. With `feedback_id` it answers this point; the level stays what was chosen.
    Raises Invalid for a touchpoint or colleague that isn't there."""
    async with transaction():
        touchpoint = await _fitting(data, None)
        measure_id = await fetch_value(
            f"INSERT INTO measure ({_COLUMNS}, status, programme, stage, created_by, created_at, version) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'planned', $12, $13, $14, $15, 1) RETURNING id",
            *_values(data, touchpoint), programme, stage, by, now,
        )  # fmt: skip
        told = {name: value for name, value in data.recorded().items() if value not in ("", None)}
        await record("measure.planned", "measure", measure_id, by=by, now=now, fields=told)
        if feedback_id is not None:
            await _link(measure_id, feedback_id, by=by, now=now)
        return int(measure_id)


async def change_measure(measure_id: int, data: MeasureData, version: int, *, by: int, now: datetime) -> int:
    """Write what differs; answers the version. Raises NotFound, Conflict with both versions if somebody else changed it since
    `version`, Invalid for another figure once it has started."""
    async with transaction():
        row = await _locked(measure_id)
        old, new = _data(row).recorded(), data.recorded()
        different = {name: value for name, value in new.items() if old[name] != value}
        if not different:
            return int(row.version)
        if version != row.version:
            raise Conflict(
                _("Somebody else changed this measure meanwhile."), _differences(old, different), row.version
            )
        if row.started_at is not None:
            _refuse_another_figure(_data(row), data)
        touchpoint = await _fitting(data, row.owner)
        places = ", ".join(f"${n}" for n in range(2, 13))
        await execute(
            f"UPDATE measure SET ({_COLUMNS}) = ROW({places}), version = version + 1 WHERE id = $1",
            measure_id, *_values(data, touchpoint),
        )  # fmt: skip
        await record("measure.changed", "measure", measure_id, by=by, now=now, fields=changes(old, new))
        return int(row.version) + 1


async def start_measure(measure_id: int, baseline: Baseline, *, by: int, now: datetime) -> None:
    """It begins, and with it its baseline is fixed for good (None where nothing is measured). It is measured of the row that is locked:
    nobody can choose another figure meanwhile. A second click changes nothing. Raises NotFound, RuleBroken for one that is over."""
    async with transaction():
        row = await _locked(measure_id)
        if row.status == MeasureStatus.RUNNING:
            return
        if row.status != MeasureStatus.PLANNED:
            raise RuleBroken(_("This measure is over. Take it up again first."))
        before = await baseline(row, now)
        await execute(
            "UPDATE measure SET status = 'running', started_at = $2, version = version + 1 WHERE id = $1",
            measure_id,
            now,
        )
        if before is not None:
            await execute(
                "UPDATE measure SET before_from = $2, before_until = $3, before_value = $4, before_n = $5, before_low = $6, "
                "before_high = $7 WHERE id = $1",
                measure_id, *_figures(before),
            )  # fmt: skip
        await record("measure.started", "measure", measure_id, by=by, now=now)


async def finish_measure(measure_id: int, *, by: int, now: datetime) -> None:
    """It is carried out: from now on its effect is measured afresh. A second click changes nothing. Raises NotFound, RuleBroken for one
    that has not begun."""
    async with transaction():
        row = await _locked(measure_id)
        if row.status == MeasureStatus.DONE:
            return
        if row.status != MeasureStatus.RUNNING:
            raise RuleBroken(_("Only a measure that is under way can be carried out. Start it first."))
        await execute(
            "UPDATE measure SET status = 'done', ended_at = $2, after_at = NULL, after_value = NULL, after_n = 0, after_low = NULL, "
            "after_high = NULL, version = version + 1 WHERE id = $1",
            measure_id, now,
        )  # fmt: skip
        await record("measure.finished", "measure", measure_id, by=by, now=now)


async def drop_measure(measure_id: int, reason: str, *, by: int, now: datetime) -> None:
    """It is given up, and the reason stays on record; nobody is reminded of its tasks any more.
    Raises NotFound, Invalid without a reason, RuleBroken for one that is over."""
    if not reason.strip():
        raise Invalid({"drop_reason": _("Say in a few words why it is given up.")})
    async with transaction():
        row = await _locked(measure_id)
        if row.status not in OPEN_STATUSES:
            raise RuleBroken(_("This measure is over already."))
        await execute(
            "UPDATE measure SET status = 'dropped', ended_at = $2, drop_reason = $3, version = version + 1 WHERE id = $1",
            measure_id, now, reason,
        )  # fmt: skip
        await settle_follow_ups(measure_id, by=by, now=now)
        await record("measure.dropped", "measure", measure_id, by=by, now=now, fields={"reason": reason})


async def take_up_again(measure_id: int, *, by: int, now: datetime) -> None:
    """One that is over goes on where it was; its baseline stays, and its effect is measured afresh. Open tasks of one that was given
    up are reminded of again. Raises NotFound, RuleBroken for one that is not over."""
    async with transaction():
        row = await _locked(measure_id)
        if row.status in OPEN_STATUSES:
            raise RuleBroken(_("This measure is not over."))
        await execute(
            "UPDATE measure SET status = $2, ended_at = NULL, drop_reason = '', after_at = NULL, after_value = NULL, after_n = 0, "
            "after_low = NULL, after_high = NULL, version = version + 1 WHERE id = $1",
            measure_id, MeasureStatus.RUNNING if row.started_at else MeasureStatus.PLANNED,
        )  # fmt: skip
        if row.status == MeasureStatus.DROPPED:
            await renew_follow_ups(measure_id, by=by, now=now)
        await record("measure.taken_up", "measure", measure_id, by=by, now=now)


async def keep_effect(measure_id: int, after: Snapshot, *, at: datetime) -> None:
    """Keep what was measured since, for lists and the report. No version: nobody has changed anything."""
    _since, _until, value, n, low, high = _figures(after)
    await execute(
        "UPDATE measure SET after_at = $2, after_value = $3, after_n = $4, after_low = $5, after_high = $6 WHERE id = $1",
        measure_id, at, value, n, low, high,
    )  # fmt: skip


async def answer_feedback(measure_id: int, feedback_id: int, *, by: int, now: datetime) -> None:
    """The measure answers this criticism or expectation; an expectation lends it its level while nothing has begun. Twice is once.
    Raises Invalid for a point that isn't there, or that is praise."""
    async with transaction():
        measure = await _locked(measure_id)
        level = await _link(measure_id, feedback_id, by=by, now=now)
        if level and measure.status == MeasureStatus.PLANNED:
            await execute("UPDATE measure SET level = $2, version = version + 1 WHERE id = $1", measure_id, level)


async def part_feedback(measure_id: int, feedback_id: int, *, by: int, now: datetime) -> None:
    """It does not answer this point after all. A second time changes nothing."""
    async with transaction():
        await _locked(measure_id)
        gone = await fetch_value(
            "DELETE FROM measure_feedback WHERE measure = $1 AND feedback = $2 RETURNING id", measure_id, feedback_id
        )
        if gone is not None:
            await record("measure.answers_not", "measure", measure_id, by=by, now=now, fields={"feedback": feedback_id})


async def demand_colleague(user_id: int, field: str) -> None:
    """Raises Invalid for somebody who does not work here (any more)."""
    if not await fetch_value("SELECT 1 FROM staff WHERE id = $1 AND deactivated_at IS NULL", user_id):
        raise Invalid({field: _("Please choose somebody from the list.")})


async def _locked(measure_id: int) -> Row:
    row = await fetch_one(_ONE, measure_id)
    if row is None:
        raise NotFound()
    return row


async def _link(measure_id: int, feedback_id: int, *, by: int, now: datetime) -> str:
    """That it answers this point; the level of the point, empty where it has none or was linked before. Raises Invalid."""
    point = await fetch_one("SELECT kind, level FROM feedback WHERE id = $1 AND deleted_at IS NULL", feedback_id)
    if point is None or point.kind == FeedbackKind.PRAISE:
        raise Invalid({"feedback_id": _("Choose a point of criticism or an expectation from the list.")})
    added = await fetch_value(
        "INSERT INTO measure_feedback (measure, feedback) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id",
        measure_id, feedback_id,
    )  # fmt: skip
    if added is None:
        return ""
    await record("measure.answers", "measure", measure_id, by=by, now=now, fields={"feedback": feedback_id})
    return str(point.level or "")


async def _fitting(data: MeasureData, owner_before: int | None) -> int | None:
    """The id of the touchpoint. Whoever was responsible before stays allowed."""
    touchpoint = None
    if data.touchpoint:
        touchpoint = await fetch_value("SELECT id FROM touchpoint WHERE code = $1", data.touchpoint)
        if touchpoint is None:
            raise Invalid({"touchpoint": _("There is no touchpoint with this code.")})
    if data.owner_id != owner_before:
        await demand_colleague(data.owner_id, "owner_id")
    return touchpoint


def _refuse_another_figure(before: MeasureData, after: MeasureData) -> None:
    sentence = _("This cannot change any more: what is measured was fixed when the measure started.")
    wrong = {name: sentence for name in FROZEN if getattr(before, name) != getattr(after, name)}
    if wrong:
        raise Invalid(wrong)


def _values(data: MeasureData, touchpoint: int | None) -> tuple[Any, ...]:
    return (
        data.name, data.goal, data.expected_effect, data.metric, touchpoint, data.target, data.days, data.level.value,
        data.owner_id, data.due_on, data.cost,
    )  # fmt: skip


def _data(row: Row) -> MeasureData:
    return MeasureData(
        row.name, row.goal, row.expected_effect, row.metric, row.touchpoint_code, row.target, row.days, ExpectationLevel(row.level),
        row.owner, row.due_on, row.cost,
    )  # fmt: skip


def _figures(one: Snapshot) -> tuple[Any, ...]:
    return one.since, one.until, one.value, one.n, one.low, one.high


def _differences(old: dict[str, Any], different: dict[str, Any]) -> list[Difference]:
    fields = {
        "measure_name": "name", "measure_goal": "goal", "measured_days": "days", "expectation_level": "level",
        "measure_target": "target",
    }  # fmt: skip
    found = []
    for told, mine in different.items():
        name = fields.get(told, told)
        theirs = old[told]
        found.append(
            Difference(
                name,
                _(LABELS[name]),
                "" if theirs is None else str(theirs),
                "" if mine is None else str(mine),
            )
        )
    return found
