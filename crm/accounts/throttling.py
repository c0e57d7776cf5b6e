"""How guessing is slowed down: after some failures each further one makes the next attempt wait longer."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from crm.database import Lock, execute, fetch_one, fetch_value, take_lock, transaction
from crm.errors import TooMany
from crm.web.i18n import _, ngettext

FREE_PER_ACCOUNT = 5
FREE_PER_ADDRESS = 20  # an office stands behind one address
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)  # longer would let a stranger lock somebody out for good
FORGOTTEN_AFTER = timedelta(days=1)
ADDRESS_FORGOTTEN_AFTER = timedelta(hours=1)


class TooManyAttempts(TooMany):
    """Guessing is slowed down; `seconds` says for how long."""

    def __init__(self, seconds: int) -> None:
        super().__init__(_sentence(seconds))
        self.seconds = seconds


def wait_after(failures: int, free: int) -> timedelta:
    """How long after the last of so many failures nobody is heard: 30 s after the free ones, doubling up to 15 minutes."""
    if failures < free:
        return timedelta()
    doublings = min(failures - free, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def seconds_left(failures: int, last_at: datetime | None, free: int, now: datetime) -> int:
    """The whole seconds until the next attempt is heard; 0 if it is heard now."""
    wait = wait_after(failures, free)
    if last_at is None or not wait:
        return 0
    left = min(last_at + wait - now, wait)
    return max(0, math.ceil(left.total_seconds()))


def _sentence(seconds: int) -> str:
    if seconds <= 90:
        return ngettext(
            "Too many attempts. Please try again in one second.",
            "Too many attempts. Please try again in %(n)s seconds.",
            seconds,
        ) % {"n": seconds}
    return _("Too many attempts. Please try again in %(n)s minutes.") % {"n": -(-seconds // 60)}


async def begin_attempt(account: str, ip_address: str, *, now: datetime) -> int:
    """Count an attempt before it is judged, so that many at the same moment are not all heard. Answers its id, for
    `forgive`. Raises TooManyAttempts while this account or this address has to wait; such an attempt is not counted."""
    account = account_key(account)
    async with transaction():
        for key in sorted({f"account {account}", f"address {ip_address}"}):
            await take_lock(Lock.LOG_INS, key)
        row = await fetch_one(
            "SELECT count(*) FILTER (WHERE account = $1) AS of_account, max(at) FILTER (WHERE account = $1) AS last_of_account, "
            "count(*) FILTER (WHERE ip_address = $2 AND at > $4) AS of_address, max(at) FILTER (WHERE ip_address = $2) AS last_of_address "
            "FROM login_attempt WHERE (account = $1 OR (ip_address = $2 AND $2 <> '')) AND at > $3",
            account, ip_address, now - FORGOTTEN_AFTER, now - ADDRESS_FORGOTTEN_AFTER,
        )  # fmt: skip
        assert row is not None
        seconds = max(
            seconds_left(row.of_account, row.last_of_account, FREE_PER_ACCOUNT, now),
            seconds_left(row.of_address, row.last_of_address, FREE_PER_ADDRESS, now) if ip_address else 0,
        )
        if seconds:
            raise TooManyAttempts(seconds)
        return int(
            await fetch_value(
                "INSERT INTO login_attempt (account, ip_address, at) VALUES ($1, $2, $3) RETURNING id",
                account,
                ip_address,
                now,
            )
        )


async def forgive(attempt_id: int) -> None:
    """This attempt was right, but the log-in is not complete: earlier failures still count."""
    await execute("DELETE FROM login_attempt WHERE id = $1", attempt_id)


async def forget_attempts(account: str) -> None:
    """A complete log-in clears the account's failures."""
    await execute("DELETE FROM login_attempt WHERE account = $1", account_key(account))


def account_key(account: str) -> str:
    """An account as it is counted: whoever asks for it, in whatever case, known or not."""
    return account.strip().lower()[:254]
