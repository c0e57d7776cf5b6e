"""Telling the officers of a night: only if something went wrong, or more was held than the night before."""

from __future__ import annotations

from datetime import datetime

from crm.database import fetch, fetch_one
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.privacy.desk.filing import officers

_SUMS = """
    SELECT r.code, r.failed, (SELECT coalesce(sum(n::bigint), 0)::bigint FROM jsonb_each_text(r.held) AS h(why, n)) AS held,
        coalesce((SELECT sum(n::bigint) FROM retention_result b, jsonb_each_text(b.held) AS h(why, n) WHERE b.code = r.code
            AND b.run = (SELECT max(c.run) FROM retention_result c WHERE c.code = r.code AND c.run < r.run)), 0)::bigint AS held_before
    FROM retention_result r WHERE r.run = $1
"""


async def tell_officers(run_id: int, *, now: datetime) -> None:
    """In the caller's transaction. What is held night after night is told once; the report shows it every time."""
    rows = await fetch(_SUMS, run_id)
    failed = sum(1 for row in rows if row.failed)
    held = sum(row.held for row in rows if row.held > row.held_before)
    if not failed and not held:
        return
    night = await fetch_one("SELECT night_on FROM retention_run WHERE id = $1", run_id)
    assert night is not None
    kind, number = (Kind.RETENTION_FAILED, failed) if failed else (Kind.RETENTION_HELD, held)
    for officer in await officers():
        await notify(
            officer, kind, detail={"number": number}, link="/privacy/retention/runs", now=now,
            dedupe_key=f"retention {night.night_on} {officer}",
        )  # fmt: skip
