"""The follow-ups of a measure's tasks: written, settled when the measure is given up, written anew when something is to be done after
all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from crm.database import Row, execute, fetch
from crm.reminders.actions import set_reminder, settle_for_all
from crm.web.i18n import _, zone

REMINDED_AT = time(9)
# Open tasks of a measure that had a follow-up; `is_here`: whoever does it still works here.
_OPEN = """
    SELECT x.id, x.text, x.due_on, x.assignee, x.reminder_id, m.name AS measure_name, a.deactivated_at IS NULL AS is_here
    FROM measure_task x JOIN measure m ON m.id = x.measure JOIN staff a ON a.id = x.assignee
    LEFT JOIN reminder r ON r.id = x.reminder_id
    WHERE x.measure = $1 AND x.done_at IS NULL AND x.reminder_id IS NOT NULL AND (r.done_at IS NULL) = $2 ORDER BY x.id
"""


def reminded_at(on: date) -> datetime:
    """The morning of the day, by the company's clock."""
    return datetime.combine(on, REMINDED_AT, zone.get()).astimezone(UTC)


async def set_follow_up(
    text: str, measure_name: str, *, due_on: date, assignee_id: int, by: int, now: datetime
) -> int | None:
    """Whoever does a task is reminded in the morning of its day; the follow-up's id, None where that moment is over."""
    due_at = reminded_at(due_on)
    if due_at <= now:
        return None
    words = _("%(task)s (measure “%(measure)s”)") % {"task": text, "measure": measure_name}
    return await set_reminder(user_id=assignee_id, customer_id=None, text=words, due_at=due_at, by=by, now=now)


async def settle_follow_ups(measure_id: int, *, by: int, now: datetime) -> None:
    """Nobody is reminded of its open tasks any more. Call within a transaction."""
    for task in await fetch(_OPEN, measure_id, True):
        await settle_for_all(task.reminder_id, by=by, now=now)


async def renew_follow_ups(measure_id: int, *, by: int, now: datetime, task_id: int | None = None) -> None:
    """Its open tasks whose follow-up was settled (or only this one) are reminded of again, where the moment is still to come and whoever
    does it is still here. Call within a transaction."""
    for task in await fetch(_OPEN, measure_id, False):
        if task_id in (None, task.id) and task.is_here:
            await _renew(task, by=by, now=now)


async def _renew(task: Row, *, by: int, now: datetime) -> None:
    reminder = await set_follow_up(
        task.text, task.measure_name, due_on=task.due_on, assignee_id=task.assignee, by=by, now=now
    )
    if reminder is not None:
        await execute("UPDATE measure_task SET reminder_id = $2 WHERE id = $1", task.id, reminder)
