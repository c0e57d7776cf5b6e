"""Passwords and the one-time links that lead to them: invitation, forgotten password, change."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm.accounts import audit
from crm.accounts.actions import end_access
from crm.accounts.current import token_hash
from crm.accounts.passwords import hash_password, password_fits, problem_with
from crm.accounts.throttling import begin_attempt, forget_attempts, forgive
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.web.i18n import _


class LinkKind(StrEnum):
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105


VALID_FOR = {LinkKind.INVITATION: timedelta(days=7), LinkKind.PASSWORD: timedelta(hours=2)}
LINKS_PER_HOUR = 3


@dataclass(frozen=True, slots=True)
class Link:
    """A link that still works, and whose it is. `token` is known only when the link has just been made."""

    user_id: int
    name: str
    email: str
    language: str
    kind: LinkKind
    expires_at: datetime
    token: str = ""


async def make_link(user_id: int, kind: LinkKind, *, by: int | None, now: datetime) -> Link:
    """A one-time link for an active user; a newer one of the same kind ends the older ones. Raises NotFound."""
    token = secrets.token_urlsafe(32)
    expires = now + VALID_FOR[kind]
    async with transaction():
        row = await fetch_one(
            "SELECT name, email, language FROM staff WHERE id = $1 AND deactivated_at IS NULL", user_id
        )
        if row is None:
            raise NotFound()
        await execute(
            'UPDATE one_time_link SET used_at = $3 WHERE "user" = $1 AND kind = $2 AND used_at IS NULL',
            user_id,
            kind.value,
            now,
        )
        await execute(
            'INSERT INTO one_time_link ("user", kind, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)',
            user_id, kind.value, token_hash(token), now, expires,
        )  # fmt: skip
        await audit.record(f"link.{kind.value}", "user", user_id, by=by, now=now)
    return Link(user_id, row.name, row.email, row.language, kind, expires, token)


async def request_password_link(email: str, *, now: datetime) -> Link | None:
    """A link for whoever has forgotten the password; None if nobody active has this address, or if three were asked for
    within the hour (so that nobody's letter box is flooded)."""
    row = await fetch_one(
        'SELECT u.id, (SELECT count(*) FROM one_time_link l WHERE l."user" = u.id '
        "AND l.kind = 'password' AND l.created_at > $2) AS recent "
        "FROM staff u WHERE u.email = $1 AND u.deactivated_at IS NULL",
        email.strip().lower(), now - timedelta(hours=1),
    )  # fmt: skip
    if row is None or row.recent >= LINKS_PER_HOUR:
        return None
    return await make_link(row.id, LinkKind.PASSWORD, by=None, now=now)


async def link_for(token: str, now: datetime) -> Link:
    """The link with this token. Raises NotFound if it was used, has expired, or never was."""
    row = await fetch_one(
        'SELECT l.kind, l.expires_at, u.id, u.name, u.email, u.language FROM one_time_link l JOIN staff u ON u.id = l."user" '
        "WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND u.deactivated_at IS NULL",
        token_hash(token), now,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    return Link(row.id, row.name, row.email, row.language, LinkKind(row.kind), row.expires_at)


async def set_password_by_link(token: str, password: str, repeated: str, *, now: datetime) -> int:
    """The new password of the link's owner; the link is used up, and all sessions of before end. Answers the user's id.
    Raises NotFound (also for the second of two at the same moment) and Invalid."""
    link = await link_for(token, now)
    await _demand_good(password, repeated, link.email, link.name)
    password_hash = await hash_password(password)
    async with transaction():
        used = await fetch_value(
            "UPDATE one_time_link SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL RETURNING id",
            token_hash(token),
            now,
        )
        if used is None:
            raise NotFound()
        await execute("UPDATE staff SET password_hash = $2 WHERE id = $1", link.user_id, password_hash)
        await end_access(link.user_id, now=now)
        await forget_attempts(link.email)
        await audit.record(
            "password.set", "user", link.user_id, by=link.user_id, now=now, fields={"link": [None, link.kind.value]}
        )
    return link.user_id


async def change_password(
    user_id: int,
    current: str,
    password: str,
    repeated: str,
    *,
    session_id: int | None,
    ip_address: str = "",
    now: datetime,
) -> None:
    """A new password in exchange for the current one; sessions elsewhere and open links end. Wrong current passwords
    count as failed log-ins. Raises Invalid with all errors, TooManyAttempts."""
    email, name = await demand_password(user_id, current, ip_address=ip_address, now=now, field="current")
    await _demand_good(password, repeated, email, name)
    if password == current:
        raise Invalid({"password": _("This is the password that you have already.")})
    password_hash = await hash_password(password)
    async with transaction():
        await execute("UPDATE staff SET password_hash = $2 WHERE id = $1", user_id, password_hash)
        await end_access(user_id, except_session=session_id, now=now)
        await audit.record("password.changed", "user", user_id, by=user_id, now=now)


async def demand_password(
    user_id: int, password: str, *, ip_address: str, now: datetime, field: str = "password"
) -> tuple[str, str]:
    """Be sure that it is really this user who sits at the screen; answers e-mail address and name. Raises Invalid for a
    wrong password, TooManyAttempts after several."""
    row = await fetch_one("SELECT email, name, password_hash FROM staff WHERE id = $1", user_id)
    if row is None:
        raise NotFound()
    if not row.password_hash:
        raise RuleBroken(_("You have no password yet. Ask for a link with “Forgotten your password?”."))
    attempt = await begin_attempt(row.email, ip_address, now=now)
    if not await password_fits(row.password_hash, password):
        raise Invalid({field: _("This is not your current password.")})
    await forgive(attempt)
    return row.email, row.name


async def _demand_good(password: str, repeated: str, *known: str) -> None:
    company = await fetch_value("SELECT name FROM company")
    errors = {}
    if problem := problem_with(password, *known, company or ""):
        errors["password"] = problem
    elif repeated != password:
        errors["repeated"] = _("The two passwords differ. Please type the second one again.")
    if errors:
        raise Invalid(errors)
