"""The verbs of a measure's tasks. Whoever does one is reminded in the morning of the day, if that was wanted."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.database import HIGHEST_ID, Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Forbidden, NotFound, RuleBroken
from crm.improvement.measures.actions import demand_colleague
from crm.improvement.measures.follow_ups import renew_follow_ups, set_follow_up
from crm.improvement.measures.rules import NewTask
from crm.improvement.measures.tables import MeasureStatus
from crm.reminders.actions import settle_for_all
from crm.web.i18n import _

MOST_TASKS = 50


async def add_task(measure_id: int, task: NewTask, *, by: int, now: datetime) -> int:
    """A task of a measure; its id. The follow-up is left out where its moment is over. Raises NotFound, Invalid, RuleBroken for one
    too many."""
    async with transaction():
        measure = await fetch_one("SELECT name FROM measure WHERE id = $1 FOR UPDATE", measure_id)
        if measure is None:
            raise NotFound()
        if await fetch_value("SELECT count(*) FROM measure_task WHERE measure = $1", measure_id) >= MOST_TASKS:
            raise RuleBroken(_("A measure has at most %(n)s tasks. Plan another measure.") % {"n": MOST_TASKS})
        await demand_colleague(task.assignee_id, "assignee_id")
        reminder = None
        if task.reminds:
            reminder = await set_follow_up(
                task.text, measure.name, due_on=task.due_on, assignee_id=task.assignee_id, by=by, now=now
            )
        task_id = await fetch_value(
            "INSERT INTO measure_task (measure, text, due_on, assignee, reminder_id) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            measure_id, task.text, task.due_on, task.assignee_id, reminder,
        )  # fmt: skip
        fields = {"task": task.text, "due_on": task.due_on.isoformat(), "assignee": task.assignee_id}
        await record("measure.task_added", "measure", measure_id, by=by, now=now, fields=fields)
        return int(task_id)


async def settle_task(task_id: int, *, is_done: bool, by: int, now: datetime) -> None:
    """Done, or not done after all; its follow-up is settled with it, whoever has that, and written anew where it is to be done after
    all (of a measure that was given up nobody is reminded). A second click changes nothing."""
    async with transaction():
        task = await _locked(task_id)
        if (task.done_at is not None) == is_done:
            return
        await execute(
            "UPDATE measure_task SET done_at = $2, done_by = $3 WHERE id = $1",
            task_id, now if is_done else None, by if is_done else None,
        )  # fmt: skip
        if is_done and task.reminder_id is not None:
            await settle_for_all(task.reminder_id, by=by, now=now)
        elif not is_done and task.status != MeasureStatus.DROPPED:
            await renew_follow_ups(task.measure, by=by, now=now, task_id=task_id)
        action = "measure.task_done" if is_done else "measure.task_undone"
        await record(action, "measure", task.measure, by=by, now=now, fields={"task": task.text})


async def delete_task(task_id: int, *, by: int, now: datetime) -> None:
    """Nobody need do it any more; its follow-up is settled."""
    async with transaction():
        task = await _locked(task_id)
        if task.reminder_id is not None:
            await settle_for_all(task.reminder_id, by=by, now=now)
        await execute("DELETE FROM measure_task WHERE id = $1", task_id)
        await record("measure.task_deleted", "measure", task.measure, by=by, now=now, fields={"task": task.text})


async def task_of(measure_id: int, task_id: int) -> Row:
    """A task of this measure, with who is responsible for that. Raises NotFound."""
    row = None
    if 0 < task_id <= HIGHEST_ID:
        row = await fetch_one(
            "SELECT x.id, x.assignee, m.owner FROM measure_task x JOIN measure m ON m.id = x.measure "
            "WHERE x.id = $1 AND m.id = $2",
            task_id, measure_id,
        )  # fmt: skip
    if row is None:
        raise NotFound()
    return row


def demand_own_task(user: CurrentUser, task: Row) -> None:
    """A task is ticked off by whoever does it, is responsible for the measure, or may edit measures. Raises Forbidden."""
    if user.id not in (task.assignee, task.owner) and not user.may(Permission.MEASURES_EDIT):
        raise Forbidden(_("This task is ticked off by whoever does it, or by whoever is responsible for the measure."))


async def _locked(task_id: int) -> Row:
    row = await fetch_one(
        "SELECT x.*, m.status FROM measure_task x JOIN measure m ON m.id = x.measure WHERE x.id = $1 FOR UPDATE OF x",
        task_id,
    )
    if row is None:
        raise NotFound()
    return row
