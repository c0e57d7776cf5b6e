"""What keeps the one who calls back from forgetting it: a follow-up of theirs, that goes along with the call."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import Row, execute, fetch_one
from crm.queue import enqueue
from crm.reminders.actions import read_notifications, set_reminder, settle
from crm.web.formats import phone
from crm.web.i18n import _

SOON = timedelta(minutes=30)
"""Who waits already is called within half an hour."""
BEFORE_THE_END = timedelta(minutes=5)
AT_ONCE = timedelta(minutes=1)


def when_to_remind(due_at: datetime, until_at: datetime | None, now: datetime) -> datetime:
    """When it is due, or soon for one who waits already; in time for one who can be reached until then only."""
    at = due_at if due_at > now else now + SOON
    if until_at is not None:
        at = min(at, until_at - BEFORE_THE_END)
    return max(at, now + AT_ONCE)


async def remind(call_back_id: int, *, by: int, now: datetime) -> None:
    """Set the follow-up of the one who calls back, for when it is due; whoever waits already is due in half an hour. Called in the
    transaction that gave it to them."""
    row = await fetch_one(
        'SELECT id, number, name, about, customer, "user", due_at, until_at FROM call_back WHERE id = $1', call_back_id
    )
    assert row is not None
    reminder_id = await set_reminder(
        user_id=row.user, customer_id=row.customer, text=reminder_text(row.name, row.number, row.about),
        due_at=when_to_remind(row.due_at, row.until_at, now), by=by, now=now,
    )  # fmt: skip
    await execute("UPDATE call_back SET reminder_id = $2 WHERE id = $1", call_back_id, reminder_id)


def reminder_text(name: str, number: str, about: str) -> str:
    """ "Call back: Ida Sommer, 0911 55 12 30 (the invoice)", in one line."""
    who = ", ".join(filter(None, (name, phone(number) if number else "")))
    first_line = about.strip().partition("\n")[0][:120]
    text = _("Call back: %(who)s") % {"who": who}
    return f"{text} ({first_line})" if first_line else text


async def settle_reminder(
    reminder_id: int | None, *, by: int, now: datetime, result: str = "", interaction_id: int | None = None
) -> None:
    """The call is done, so is the follow-up, whoever did it."""
    row = await _open(reminder_id)
    if row is not None:
        await settle(row, by=by, now=now, result=result, interaction_id=interaction_id, is_last=True)


async def remind_again(reminder_id: int | None, at: datetime, *, now: datetime) -> bool:
    """Nobody answered: it comes again then. False if there is no open follow-up (any more)."""
    row = await _open(reminder_id)
    if row is None:
        return False
    await execute("UPDATE reminder SET due_at = $2, delivered_at = NULL WHERE id = $1", row.id, at)
    await read_notifications(row.id, row.user_id, now)
    await enqueue("deliver_reminder", row.id, at=at)
    return True


async def _open(reminder_id: int | None) -> Row | None:
    return await fetch_one(
        'SELECT r.id, r."user" AS user_id, r.repeat, r.series_from, r.planned_at FROM reminder r WHERE r.id = $1 '
        "AND r.done_at IS NULL FOR UPDATE",
        reminder_id,
    )
