"""Logging in and out: password, second factor, and the session that follows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.accounts import audit
from crm.accounts.current import SESSION_LIFETIME, token_hash
from crm.accounts.passwords import LONGEST, hash_password, is_outdated, password_fits
from crm.accounts.second_factor import use_code
from crm.accounts.throttling import account_key, begin_attempt, forget_attempts, forgive
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.web.i18n import N_, _

TIME_FOR_SECOND_FACTOR = timedelta(minutes=10)
WRONG = N_("E-mail address and password do not fit together. Check both, or set a new password.")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a log-in comes from, as the list of sessions shows it."""

    ip_address: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session's token, for the cookie. While the second factor is missing it opens nothing else."""

    token: str
    user_id: int
    second_factor_pending: bool


async def log_in(email: str, password: str, visitor: Visitor, *, now: datetime, old_token: str = "") -> LoggedIn:
    """Start a session under a new token (an old one of this browser ends, so none can be planted beforehand).

    Raises Invalid with one sentence for every wrong pair, known account or not, after the same time; TooManyAttempts
    while account or address must wait.
    """
    attempt = await begin_attempt(email, visitor.ip_address, now=now)
    row = await fetch_one(
        "SELECT id, email, password_hash, totp_confirmed_at FROM staff WHERE email = $1 AND deactivated_at IS NULL",
        account_key(email),
    )
    if not await password_fits(row.password_hash if row else None, password) or row is None:
        if row is not None:
            await audit.record("login.failed", "user", row.id, by=None, now=now)
        raise Invalid({"": _(WRONG)})
    renewed = await hash_password(password) if is_outdated(row.password_hash) and len(password) <= LONGEST else None
    pending = row.totp_confirmed_at is not None
    async with transaction():
        if renewed:
            await execute("UPDATE staff SET password_hash = $2 WHERE id = $1", row.id, renewed)
        await end_session_of_token(old_token)
        token, session_id = await _start_session(row.id, visitor, pending=pending, now=now)
        if pending:
            await forgive(attempt)
        else:
            await forget_attempts(email)
            await audit.record("login.done", "user", row.id, by=row.id, now=now, fields=_origin(session_id, visitor))
    return LoggedIn(token, row.id, pending)


async def _start_session(user_id: int, visitor: Visitor, *, pending: bool, now: datetime) -> tuple[str, int]:
    token = secrets.token_urlsafe(32)
    expires = now + (TIME_FOR_SECOND_FACTOR if pending else SESSION_LIFETIME)
    session_id = await fetch_value(
        'INSERT INTO login_session ("user", token_hash, created_at, seen_at, expires_at, user_agent, ip_address, '
        "second_factor_pending) VALUES ($1, $2, $3, $3, $4, $5, $6, $7) RETURNING id",
        user_id, token_hash(token), now, expires, visitor.user_agent[:300], visitor.ip_address[:45], pending,
    )  # fmt: skip
    return token, int(session_id)


def _origin(session_id: int, visitor: Visitor) -> dict[str, object]:
    return {
        "session": [None, session_id],
        "ip_address": [None, visitor.ip_address],
        "user_agent": [None, visitor.user_agent[:300]],
    }


async def waits_for_second_factor(token: str, now: datetime) -> bool:
    """True if this cookie belongs to someone whose password was right and whose code is still missing."""
    return bool(token) and await _pending(token, now) is not None


async def _pending(token: str, now: datetime) -> tuple[int, str] | None:
    row = await fetch_one(
        'SELECT u.id, u.email FROM login_session s JOIN staff u ON u.id = s."user" WHERE s.token_hash = $1 '
        "AND s.second_factor_pending AND s.expires_at > $2 AND u.deactivated_at IS NULL",
        token_hash(token), now,
    )  # fmt: skip
    return (row.id, row.email) if row else None


async def pass_second_factor(token: str, code: str, visitor: Visitor, *, now: datetime) -> LoggedIn:
    """The code of the app, or a recovery code, completes the log-in, under a new token again. A code works once.

    Raises NotFound if no log-in waits for it (any more), Invalid for a wrong code, TooManyAttempts after several.
    """
    found = await _pending(token, now)
    if found is None:
        raise NotFound()
    user_id, email = found
    await begin_attempt(email, visitor.ip_address, now=now)
    async with transaction():
        kind = await use_code(user_id, code, now=now)
        if kind:
            await end_session_of_token(token)
            new_token, session_id = await _start_session(user_id, visitor, pending=False, now=now)
            await forget_attempts(email)
            fields = {**_origin(session_id, visitor), "second_factor": [None, kind]}
            await audit.record("login.done", "user", user_id, by=user_id, now=now, fields=fields)
            return LoggedIn(new_token, user_id, second_factor_pending=False)
        await audit.record("login.failed", "user", user_id, by=None, now=now, fields={"second_factor": [None, "wrong"]})
    raise Invalid({"code": _("This code is not right, or it was used already. Wait for the next one and type it in.")})


async def end_session_of_token(token: str) -> None:
    """End the session with this token, if there is one."""
    if token:
        await execute("DELETE FROM login_session WHERE token_hash = $1", token_hash(token))


async def log_out(user_id: int, session_id: int, *, now: datetime) -> None:
    """End one session of this user's own. Raises NotFound if it is not theirs."""
    async with transaction():
        ended = await fetch_value(
            'DELETE FROM login_session WHERE id = $1 AND "user" = $2 RETURNING id', session_id, user_id
        )
        if ended is None:
            raise NotFound()
        await audit.record(
            "session.ended", "user", user_id, by=user_id, now=now, fields={"session": [session_id, None]}
        )


async def log_out_elsewhere(user_id: int, session_id: int | None, *, now: datetime) -> int:
    """End all sessions of this user but this one; answers how many."""
    async with transaction():
        ended = await fetch_value(
            'WITH gone AS (DELETE FROM login_session WHERE "user" = $1 AND id IS DISTINCT FROM $2 RETURNING 1) SELECT count(*) FROM gone',
            user_id, session_id,
        )  # fmt: skip
        await audit.record("session.ended", "user", user_id, by=user_id, now=now, fields={"sessions": [ended, 0]})
    return int(ended)
