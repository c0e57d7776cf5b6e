"""A follow-up that was ended by mistake is open again."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.database import execute, fetch_value, transaction
from crm.errors import RuleBroken
from crm.queue import enqueue
from crm.reminders.queries import reminder_for
from crm.web.i18n import _


async def reopen_reminder(reminder_id: int, *, by: int, now: datetime) -> None:
    """As if it had not been done: the next of its series, which came of that, goes again. A second click changes nothing, and
    what was withdrawn meanwhile stays so. Raises
    RuleBroken for one whose result was written down, and where the next one is done already."""
    async with transaction():
        reminder = await reminder_for(by, reminder_id, now, lock=True)
        if reminder.done_at is None or reminder.withdrawn_at is not None:
            return
        if reminder.result:
            raise RuleBroken(_("What came of it is written down; it cannot be opened again."))
        if await fetch_value("SELECT 1 FROM reminder WHERE follows = $1 AND done_at IS NOT NULL", reminder_id):
            raise RuleBroken(_("The next follow-up of this series is done already."))
        await execute("DELETE FROM reminder WHERE follows = $1", reminder_id)
        await execute(
            "UPDATE reminder SET done_at = NULL, done_by = NULL, delivered_at = CASE WHEN due_at <= $2 THEN $2::timestamptz END "
            "WHERE id = $1",
            reminder_id, now,
        )  # fmt: skip
        await record("reminder.reopened", "reminder", reminder_id, by=by, now=now)
        if reminder.due_at > now:
            await enqueue("deliver_reminder", reminder_id, at=reminder.due_at)
