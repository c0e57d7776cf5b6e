"""Before an approved answer runs out, whoever approved it is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.permissions import Role
from crm.accounts.queries import staff_of
from crm.database import execute, fetch, transaction
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.tickets.answers.queries import today

BEFORE = timedelta(days=14)

_SOON = """
    SELECT a.id, v.expires_on, coalesce(nullif(v.title_de, ''), v.title_en) AS title, u.id AS approver
    FROM approved_answer a JOIN answer_version v ON v.answer = a.id AND v.number = a.approved_version
    LEFT JOIN staff u ON u.id = v.approved_by AND u.deactivated_at IS NULL
    WHERE a.retired_at IS NULL AND v.expires_on BETWEEN $1 AND $2 AND a.reminded_for IS DISTINCT FROM v.expires_on
    ORDER BY v.expires_on, a.id
"""


async def remind_of_expiring_answers(*, now: datetime) -> int:
    """Tell of what runs out within 14 days, once for each last day; the leads where the approver has left. How many answers."""
    rows = await fetch(_SOON, today(now), today(now) + BEFORE)
    for row in rows:
        async with transaction():
            for reader in [row.approver] if row.approver else await staff_of(Role.LEAD):
                await notify(
                    reader, Kind.ANSWER_EXPIRES, detail={"title": row.title, "on": row.expires_on.isoformat()},
                    link=f"/answers/{row.id}", now=now, dedupe_key=f"answer-expires-{row.id}-{row.expires_on}-{reader}",
                )  # fmt: skip
            await execute("UPDATE approved_answer SET reminded_for = $2 WHERE id = $1", row.id, row.expires_on)
    return len(rows)
