"""Setting, postponing, completing and delivering follow-ups."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.audit import record
from crm.database import execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.notifications.actions import notify
from crm.notifications.sentences import Kind
from crm.queue import enqueue
from crm.web.formats import day
from crm.web.i18n import _

BATCH = 200
_NAME = "SELECT name FROM customer WHERE id = $1 AND deleted_at IS NULL AND restricted_at IS NULL"


def refuse_the_past(due_at: datetime, now: datetime, field: str = "follow_up_at") -> None:
    """A follow-up in the past would never remind anybody of anything. Raises Invalid."""
    if due_at <= now:
        sentence = _("This lies in the past (%(day)s). Choose a moment from now on.") % {"day": day(due_at, now)}
        raise Invalid({field: sentence})


async def set_reminder(
    *,
    user_id: int,
    customer_id: int | None,
    text: str,
    due_at: datetime,
    by: int,
    now: datetime,
    interaction_id: int | None = None,
) -> int:
    """Remind `user_id` at `due_at` (aware UTC), and answer the reminder's id. Raises Invalid for the past."""
    refuse_the_past(due_at, now, "due_at")
    async with transaction():
        reminder_id = await fetch_value(
            'INSERT INTO reminder ("user", customer, text, due_at, created_at, created_by, interaction_id) '
            "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            user_id, customer_id, text, due_at, now, by, interaction_id,
        )  # fmt: skip
        await enqueue("deliver_reminder", reminder_id, at=due_at)
    return int(reminder_id)


async def complete_reminder(reminder_id: int, *, by: int, now: datetime) -> None:
    """Done. A second click changes nothing. Only one's own: NotFound for anybody else's."""
    async with transaction():
        await _mine(reminder_id, by)
        await execute(
            "UPDATE reminder SET done_at = $2, done_by = $3 WHERE id = $1 AND done_at IS NULL", reminder_id, now, by
        )
        await _read_notifications(reminder_id, by, now)
        await record("reminder.completed", "reminder", reminder_id, by=by, now=now)


async def postpone_reminder(reminder_id: int, *, to: datetime, by: int, now: datetime) -> None:
    """Not now: it comes again at `to`, and is delivered again then. Raises Invalid for the past."""
    refuse_the_past(to, now, "due_at")
    async with transaction():
        await _mine(reminder_id, by)
        await execute(
            "UPDATE reminder SET due_at = $2, delivered_at = NULL WHERE id = $1 AND done_at IS NULL", reminder_id, to
        )
        await _read_notifications(reminder_id, by, now)
        await enqueue("deliver_reminder", reminder_id, at=to)


async def deliver_reminder(reminder_id: int, *, now: datetime) -> bool:
    """Tell its person, in the app and by mail to the outbox, exactly once: marking it and writing both are one
    transaction, and only one worker can mark it. False if it isn't due, is done, or was delivered."""
    async with transaction():
        row = await fetch_one(
            "UPDATE reminder SET delivered_at = $2 "
            "WHERE id = $1 AND delivered_at IS NULL AND done_at IS NULL AND due_at <= $2 "
            'RETURNING id, "user", customer, text, due_at',
            reminder_id, now,
        )  # fmt: skip
        if row is None:
            return False
        customer = await fetch_value(_NAME, row.customer) if row.customer else ""
        await notify(
            row.user,
            Kind.REMINDER_DUE,
            detail={"reminder_id": row.id, "text": row.text, "customer": customer or ""},
            link=f"/customers/{row.customer}" if customer else "/",
            now=now,
            dedupe_key=f"reminder-{row.id}-{row.due_at.isoformat()}",
        )
        return True


async def sweep_reminders(*, now: datetime) -> int:
    """Deliver whatever is due and not delivered, whatever became of the queue. Answers how many. Several workers may
    sweep at once: each reminder is claimed by one of them."""
    delivered = 0
    while True:
        due = await fetch(
            "SELECT id FROM reminder WHERE delivered_at IS NULL AND done_at IS NULL AND due_at <= $1 "
            "ORDER BY due_at LIMIT $2",
            now, BATCH,
        )  # fmt: skip
        for row in due:
            delivered += await deliver_reminder(row.id, now=now)
        if len(due) < BATCH:
            return delivered


def tomorrow_morning(local_now: datetime) -> datetime:
    """Nine o'clock on the next day, in the zone of `local_now`."""
    return (local_now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)


async def _mine(reminder_id: int, user_id: int) -> None:
    if not await fetch_value('SELECT 1 FROM reminder WHERE id = $1 AND "user" = $2 FOR UPDATE', reminder_id, user_id):
        raise NotFound()


async def _read_notifications(reminder_id: int, user_id: int, now: datetime) -> None:
    """What was said about it is read by acting on it."""
    await execute(
        'UPDATE notification SET read_at = $3 WHERE "user" = $2 AND read_at IS NULL AND kind = \'reminder_due\' '
        "AND (detail->>'reminder_id')::bigint = $1",
        reminder_id, user_id, now,
    )  # fmt: skip
