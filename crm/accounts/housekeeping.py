"""Rows that have done their work: expired sessions, counted log-in attempts, used links, remembered submissions."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import fetch_value, transaction

ATTEMPTS_KEPT = timedelta(days=1)
LINKS_KEPT = timedelta(days=7)
SUBMISSIONS_KEPT = timedelta(days=7)


async def forget_expired(*, now: datetime) -> int:
    """Delete what has expired, and answer how many rows that were. Safe to run twice and at the same time.

    Sessions go when they have expired, log-in attempts after a day, one-time links seven days after they were used or
    ran out, submissions (and with them the effect of a repeated Idempotency-Key) after seven days.
    """
    statements = (
        ("DELETE FROM login_session WHERE expires_at <= $1", now),
        ("DELETE FROM login_attempt WHERE at < $1", now - ATTEMPTS_KEPT),
        ("DELETE FROM one_time_link WHERE least(used_at, expires_at) < $1", now - LINKS_KEPT),
        ("DELETE FROM submission WHERE created_at < $1", now - SUBMISSIONS_KEPT),
    )
    forgotten = 0
    async with transaction():
        for delete, limit in statements:
            forgotten += await fetch_value(f"WITH gone AS ({delete} RETURNING 1) SELECT count(*) FROM gone", limit)
    return forgotten
