"""Reminding the officers of due days: 7 days before, 2 days before, and when the day has passed; each once."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import fetch, fetch_one, transaction
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.privacy.desk.clock import REMIND_BEFORE, reminders_due
from crm.privacy.desk.filing import local_day, log, officers


async def remind_of_requests(*, now: datetime) -> int:
    """Tell every officer of the requests whose next reminder has come; how many. Safe twice and by several workers: whoever
    holds the row looks again."""
    today = local_day(now)
    waiting = await fetch(
        "SELECT id FROM data_request WHERE settled_at IS NULL AND due_on <= $1 AND reminded <= $2 ORDER BY due_on, id LIMIT 500",
        today + timedelta(days=max(REMIND_BEFORE)), len(REMIND_BEFORE),
    )  # fmt: skip
    told = 0
    for one in waiting:
        told += await _remind(one.id, now=now)
    return told


async def _remind(request_id: int, *, now: datetime) -> bool:
    today = local_day(now)
    async with transaction():
        row = await fetch_one(
            "SELECT kind, due_on, reminded FROM data_request WHERE id = $1 AND settled_at IS NULL FOR UPDATE SKIP LOCKED",
            request_id,
        )
        if row is None or (due := reminders_due(row.due_on, today)) <= row.reminded:
            return False
        await fetch_one("UPDATE data_request SET reminded = $2 WHERE id = $1 RETURNING id", request_id, due)
        kind = Kind.REQUEST_OVERDUE if row.due_on < today else Kind.REQUEST_DUE
        for officer in await officers():
            await notify(
                officer, kind, detail={"asked": row.kind, "on": row.due_on.isoformat()}, link=f"/privacy/requests/{request_id}", now=now,
                dedupe_key=f"data request {request_id} {row.due_on} {due} {officer}",
            )  # fmt: skip
        await log(request_id, "reminded", by=None, now=now)
        return True


async def tell_of_restricted_mails(*, now: datetime) -> None:
    """Mail of a restricted person goes to the officers and nowhere else: they hear of it once (Art. 18)."""
    untold = await fetch(
        "SELECT 'restricted mail ' || m.id || ' ' || o.id AS key, o.id AS officer FROM incoming_mail m, unnest($1::bigint[]) AS o(id) "
        "WHERE m.state = 'officer' "
        "AND NOT EXISTS (SELECT FROM notification n WHERE n.dedupe_key = 'restricted mail ' || m.id || ' ' || o.id) "
        "ORDER BY m.id DESC, o.id LIMIT 500",
        await officers(),
    )  # fmt: skip
    for one in untold:
        await notify(one.officer, Kind.RESTRICTED_MAIL, detail={}, link="/incoming-mails", now=now, dedupe_key=one.key)
