"""Calls that are nobody's: the leads are told, so that nobody waits for a call that nobody makes."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.customers.data import full_name_sql
from crm.database import fetch
from crm.interactions.calls.reminding import SOON
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.reminders.alarms import leads_on_duty
from crm.web.formats import phone

TOLD_FOR = timedelta(days=1)
"""Of what has waited longer the leads were told; it stands on their Today until it is done."""
AT_ONCE = 50

_WAITING = f"""
    SELECT b.id, b.tries, coalesce(nullif(b.name, ''), nullif({full_name_sql("p")}, ''), c.name, '') AS name, b.number
    FROM call_back b LEFT JOIN customer c ON c.id = b.customer LEFT JOIN person p ON p.id = b.person
    WHERE b.done_at IS NULL AND b."user" IS NULL AND b.due_at <= $1 AND b.due_at > $2
        AND (c.id IS NULL OR c.deleted_at IS NULL AND c.restricted_at IS NULL) AND p.restricted_at IS NULL
        AND EXISTS (SELECT FROM unnest($3::bigint[]) l WHERE NOT EXISTS (
            SELECT FROM notification n WHERE n.dedupe_key = 'call-waiting-' || b.id || '-' || b.tries || '-' || l))
    ORDER BY b.due_at, b.id LIMIT $4
"""
"""Of which one of the leads $3 was not told."""


async def tell_of_waiting_calls(*, now: datetime) -> int:
    """Who has waited for half an hour and belongs to nobody: the leads who are there are told, once, and once more after each try in
    vain; how many calls. Safe to run twice and at once: the notification's key names call, try and reader."""
    leads = await leads_on_duty(now)
    rows = await fetch(_WAITING, now - SOON, now - TOLD_FOR, list(leads), AT_ONCE)
    for row in rows:
        who = ", ".join(filter(None, (row.name, phone(row.number) if row.number else "")))
        for lead in leads:
            await notify(
                lead, Kind.CALL_WAITING, detail={"who": who}, link="/call-backs?view=free", now=now,
                dedupe_key=f"call-waiting-{row.id}-{row.tries}-{lead}",
            )  # fmt: skip
    return len(rows)
