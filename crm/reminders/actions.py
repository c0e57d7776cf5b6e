"""Setting, postponing, completing, handing over and delivering follow-ups."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from crm.accounts.audit import record
from crm.accounts.permissions import Permission, Role, roles_with
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, RuleBroken
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.queue import enqueue
from crm.reminders.causes import caused_text
from crm.reminders.queries import ShownReminder, deputies_for, deputy_for, reminder_for
from crm.reminders.repeating import next_occurrence
from crm.reminders.tables import Repeat
from crm.web.forms import past_sentence
from crm.web.i18n import _, speaking, zone

BATCH = 200
_NAME = "SELECT name FROM customer WHERE id = $1 AND deleted_at IS NULL AND restricted_at IS NULL"

_USABLE = "NOT EXISTS (SELECT FROM customer c WHERE c.id = reminder.customer AND c.restricted_at IS NOT NULL)"
"""While the data of its customer are restricted (GDPR Art. 18) a follow-up waits."""


def refuse_the_past(due_at: datetime, now: datetime, field: str = "follow_up_at") -> None:
    """A follow-up in the past would never remind anybody of anything. Raises Invalid."""
    if due_at <= now:
        raise Invalid({field: past_sentence(due_at, now)})


async def set_reminder(
    *,
    user_id: int,
    customer_id: int | None,
    text: str,
    due_at: datetime,
    by: int,
    now: datetime,
    interaction_id: int | None = None,
    repeat: Repeat | None = None,
    ticket_id: int | None = None,
) -> int:
    """Remind `user_id` at `due_at` (aware UTC), and answer the reminder's id. With `repeat` it is the first of a series. A
    colleague is told at once who has given it to them. With `ticket_id`, an enquiry of this customer, it leads back there. Raises
    Invalid for the past, and for a colleague who has left or (with an enquiry) doesn't answer enquiries."""
    refuse_the_past(due_at, now, "due_at")
    series = due_at if repeat else None
    async with transaction():
        if user_id != by:
            await demand_colleague(user_id, for_ticket=ticket_id is not None)
        reminder_id = await fetch_value(
            'INSERT INTO reminder ("user", customer, text, due_at, created_at, created_by, interaction_id, repeat, series_from, '
            "planned_at, ticket) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10) RETURNING id",
            user_id, customer_id, text, due_at, now, by, interaction_id, repeat or "", series, ticket_id,
        )  # fmt: skip
        if user_id != by:
            await _give(reminder_id, from_user=by, to=user_id, by=by, now=now)
        await enqueue("deliver_reminder", reminder_id, at=due_at)
    return int(reminder_id)


async def complete_reminder(reminder_id: int, *, by: int, now: datetime, is_last: bool = False) -> int | None:
    """Done. Of one that repeats the next is written, and its id answered; `is_last` ends the series. A second click changes
    nothing. Only one's own or that of an absent colleague one stands in for: NotFound for anybody else's."""
    async with transaction():
        reminder = await reminder_for(by, reminder_id, now, lock=True)
        if reminder.done_at is not None:
            return None
        return await settle(reminder, by=by, now=now, is_last=is_last)


async def settle(
    reminder: ShownReminder,
    *,
    by: int,
    now: datetime,
    result: str = "",
    interaction_id: int | None = None,
    is_last: bool = False,
) -> int | None:
    """Close an open follow-up that the caller's transaction has locked; the id of the next of its series, if there is one."""
    await execute(
        "UPDATE reminder SET done_at = $2, done_by = $3, result = $4, result_interaction_id = $5, withdrawn_at = NULL WHERE id = $1",
        reminder.id, now, by, result, interaction_id,
    )  # fmt: skip
    await read_notifications(reminder.id, reminder.user_id, now)
    await record("reminder.completed", "reminder", reminder.id, by=by, now=now)
    if not reminder.repeat or is_last or reminder.planned_at is None or reminder.series_from is None:
        return None
    after = max(now, reminder.planned_at)
    due_at = next_occurrence(Repeat(reminder.repeat), reminder.series_from, after, zone.get())
    next_id = await fetch_value(
        'INSERT INTO reminder ("user", customer, text, due_at, created_at, created_by, repeat, series_from, planned_at, follows, ticket) '
        'SELECT "user", customer, text, $2, $3, $4, repeat, series_from, $2, id, ticket FROM reminder WHERE id = $1 RETURNING id',
        reminder.id, due_at, now, by,
    )  # fmt: skip
    await enqueue("deliver_reminder", next_id, at=due_at)
    return int(next_id)


async def settle_for_all(reminder_id: int, *, by: int, now: datetime) -> None:
    """What it reminds of is done or gone: it is settled, whoever has it. Nothing happens to one that is settled or not there."""
    async with transaction():
        row = await fetch_one(
            'SELECT "user" AS user_id FROM reminder WHERE id = $1 AND done_at IS NULL FOR UPDATE', reminder_id
        )
        if row is not None:
            await settle(await reminder_for(row.user_id, reminder_id, now), by=by, now=now, is_last=True)


async def postpone_reminder(reminder_id: int, *, to: datetime, by: int, now: datetime) -> None:
    """Not now: it comes again at `to`, and is delivered again then. A series keeps its moments. Raises Invalid for the past."""
    refuse_the_past(to, now, "due_at")
    async with transaction():
        reminder = await reminder_for(by, reminder_id, now, lock=True)
        await execute(
            "UPDATE reminder SET due_at = $2, delivered_at = NULL WHERE id = $1 AND done_at IS NULL", reminder_id, to
        )
        await read_notifications(reminder_id, reminder.user_id, now)
        await enqueue("deliver_reminder", reminder_id, at=to)


async def hand_over_reminder(reminder_id: int, *, to: int, by: int, now: datetime) -> None:
    """A colleague does it: they are told at once, and reminded when it is due. Raises RuleBroken when it is done already,
    Invalid for a colleague who has it or has left."""
    async with transaction():
        reminder = await reminder_for(by, reminder_id, now, lock=True)
        if reminder.done_at is not None:
            raise RuleBroken(_("This follow-up is done already."))
        if to == reminder.user_id:
            raise Invalid({"user_id": _("The follow-up is with this person already. Please choose somebody else.")})
        await demand_colleague(to, for_ticket=reminder.ticket is not None)
        # what is due already is told by the hand-over itself: nobody is told twice at once
        await execute(
            'UPDATE reminder SET "user" = $2, delivered_at = CASE WHEN due_at <= $3 THEN $3::timestamptz END WHERE id = $1',
            reminder_id, to, now,
        )  # fmt: skip
        await read_notifications(reminder_id, reminder.user_id, now)
        await _give(reminder_id, from_user=reminder.user_id, to=to, by=by, now=now)
        if reminder.due_at > now:
            await enqueue("deliver_reminder", reminder_id, at=reminder.due_at)


async def demand_colleague(user_id: int, *, for_ticket: bool = False) -> None:
    """Raises Invalid for a colleague who has left, or whose role doesn't answer enquiries when it is about one."""
    roles = roles_with(Permission.TICKETS_WORK) if for_ticket else list(Role)
    sql = "SELECT 1 FROM staff WHERE id = $1 AND deactivated_at IS NULL AND role = ANY($2)"
    if not await fetch_value(sql, user_id, roles):
        raise Invalid({"user_id": _("This person cannot take over. Please choose somebody from the list.")})


async def _give(reminder_id: int, *, from_user: int, to: int, by: int, now: datetime) -> None:
    """Note that it went to a colleague, and tell them."""
    given = await fetch_one(
        "WITH given AS (INSERT INTO reminder_given (reminder, from_user, to_user, by_user, at) VALUES ($1, $2, $3, $4, $5) "
        "RETURNING id, by_user) SELECT given.id, s.name, r.text, r.due_at, r.ticket, c.name AS customer "
        "FROM given JOIN staff s ON s.id = given.by_user JOIN reminder r ON r.id = $1 "
        "LEFT JOIN customer c ON c.id = r.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL",
        reminder_id, from_user, to, by, now,
    )  # fmt: skip
    assert given is not None
    detail = {
        "reminder_id": reminder_id, "text": given.text or given.customer or "", "customer": given.customer or "", "from": given.name,
        "due_at": given.due_at,
    }  # fmt: skip
    await notify(
        to,
        Kind.REMINDER_GIVEN,
        detail=detail,
        link=f"/tickets/{given.ticket}" if given.ticket else "/reminders",
        now=now,
        dedupe_key=f"reminder-given-{given.id}",
    )
    fields = {"colleague": [from_user, to]}
    await record("reminder.given", "reminder", reminder_id, by=by, now=now, fields=fields)


async def deliver_reminder(reminder_id: int, *, now: datetime) -> bool:
    """Tell its person, and whoever stands in for them while they are absent, exactly once: marking it and writing all are one
    transaction, and only one worker can mark it. False if it isn't due, is done, or was delivered, or while its customer's data are
    restricted."""
    async with transaction():
        row = await fetch_one(
            "UPDATE reminder SET delivered_at = $2 "
            f"WHERE id = $1 AND delivered_at IS NULL AND done_at IS NULL AND due_at <= $2 AND {_USABLE} "
            'RETURNING id, "user", customer, ticket, text, due_at, cause, cause_detail::text AS cause_detail',
            reminder_id, now,
        )  # fmt: skip
        if row is None:
            return False
        customer = await fetch_value(_NAME, row.customer) if row.customer else ""
        text = row.text if not row.cause else await _caused_text(row, customer or "", now)
        detail = {"reminder_id": row.id, "text": text, "customer": customer or ""}
        link = _place(row) if customer else "/"
        # the key names this delivery: after the clock was set back the same moment may be wished for once more
        key = f"reminder-{row.id}-%s-{row.due_at.isoformat()}-{now.isoformat()}"
        await notify(row.user, Kind.REMINDER_DUE, detail=detail, link=link, now=now, dedupe_key=key % row.user)
        if customer:
            deputy = await deputy_for(row.customer, row.user, now)
            stand_ins = [deputy] if deputy else []
        else:
            stand_ins = [] if row.customer else await deputies_for(row.user, now)
        for absent in stand_ins:
            await notify(
                absent.deputy, Kind.REMINDER_DUE_FOR, detail={**detail, "from": absent.name}, link=link, now=now,
                dedupe_key=key % absent.deputy,
            )  # fmt: skip
        return True


def _place(row: Row) -> str:
    """Where one goes on: at the enquiry, else at the customer."""
    return f"/tickets/{row.ticket}" if row.ticket else f"/customers/{row.customer}"


async def _caused_text(row: Row, customer: str, now: datetime) -> str:
    """What it says, in the language of the one who is reminded."""
    spoken = await fetch_value(
        "SELECT coalesce(nullif(s.language, ''), c.language) FROM staff s CROSS JOIN company c WHERE s.id = $1",
        row.user,
    )
    with speaking(spoken):
        return caused_text(row.cause, msgspec.json.decode(row.cause_detail), customer, now)


async def sweep_reminders(*, now: datetime) -> int:
    """Deliver whatever is due and not delivered, whatever became of the queue. Answers how many. Several workers may
    sweep at once: each reminder is claimed by one of them."""
    delivered = 0
    while True:
        due = await fetch(
            f"SELECT id FROM reminder WHERE delivered_at IS NULL AND done_at IS NULL AND due_at <= $1 AND {_USABLE} "
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


async def read_notifications(reminder_id: int, user_id: int, now: datetime) -> None:
    """What was said about it is read by acting on it."""
    await execute(
        'UPDATE notification SET read_at = $3 WHERE "user" IN (SELECT $2::bigint UNION ALL '
        "SELECT c.deputy FROM reminder r JOIN customer c ON c.id = r.customer OR r.customer IS NULL AND c.owner = r.\"user\" "
        "WHERE r.id = $1) AND read_at IS NULL "
        "AND kind IN ('reminder_due', 'reminder_due_for', 'reminder_given') AND (detail->>'reminder_id')::bigint = $1",
        reminder_id, user_id, now,
    )  # fmt: skip
