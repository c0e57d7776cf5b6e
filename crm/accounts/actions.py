"""What happens to users and their API tokens: adding, changing, deactivating. Log-in has its own file, `logging_in.py`."""

from __future__ import annotations

import secrets
from datetime import datetime

from crm.accounts import audit
from crm.accounts.current import token_hash
from crm.accounts.passwords import hash_password
from crm.accounts.permissions import Role
from crm.accounts.tables import User
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.web.i18n import _


async def add_user(
    *, email: str, name: str = "", role: Role, by: int | None, now: datetime, password: str | None = None,
    language: str = "", team_id: int | None = None,
) -> int:  # fmt: skip
    """A new member of staff; answers the id. The e-mail address is the log-in, in lower case. Without a password they
    can log in only after an invitation. Raises Invalid if the address is taken."""
    address = email.strip().lower()
    password_hash = await hash_password(password) if password else ""
    async with transaction():
        row_id = await fetch_value(
            "INSERT INTO staff (email, name, role, team, language, theme, single_keys, password_hash, totp_secret, "
            "totp_last_step, created_at, version) VALUES ($1, $2, $3, $4, $5, 'system', true, $6, '', 0, $7, 1) "
            "ON CONFLICT (email) DO NOTHING RETURNING id",
            address, name.strip() or address.partition("@")[0], role.value, team_id, language, password_hash, now,
        )  # fmt: skip
        if row_id is None:
            raise Invalid({"email": _("There is already a user with this address.")})
        await audit.record(
            "user.added", "user", row_id, by=by, now=now,
            fields=audit.changes({}, {"email": address, "name": name.strip(), "role": role.value, "team": team_id}),
        )  # fmt: skip
    return int(row_id)


async def user_by_email(email: str) -> User:
    """The active user with this address. Raises NotFound."""
    user = await User.objects().where(User.email == email.strip().lower(), User.deactivated_at.is_null()).first()
    if user is None:
        raise NotFound(_("There is no active user with the address %(email)s.") % {"email": email})
    return user


async def issue_api_token(user_id: int, name: str, *, by: int | None, now: datetime) -> str:
    """A new API token of this user. This is the only time that it is readable: its hash is stored."""
    token = secrets.token_urlsafe(32)
    async with transaction():
        token_id = await fetch_value(
            'INSERT INTO api_token ("user", name, token_hash, created_at) VALUES ($1, $2, $3, $4) RETURNING id',
            user_id, name[:120], token_hash(token), now,
        )  # fmt: skip
        await audit.record(
            "token.issued",
            "user",
            user_id,
            by=by,
            now=now,
            fields={"token": [None, token_id], "name": [None, name[:120]]},
        )
    return token


async def revoke_api_token(user_id: int, token_id: int, *, by: int, now: datetime) -> None:
    """End a token of this user at once. Raises NotFound for one that is not theirs or has ended already."""
    async with transaction():
        row = await fetch_one(
            'UPDATE api_token SET revoked_at = $3 WHERE id = $2 AND "user" = $1 AND revoked_at IS NULL RETURNING name',
            user_id,
            token_id,
            now,
        )
        if row is None:
            raise NotFound()
        await audit.record(
            "token.revoked",
            "user",
            user_id,
            by=by,
            now=now,
            fields={"token": [token_id, None], "name": [row.name, None]},
        )


async def end_access(user_id: int, *, except_session: int | None = None, now: datetime, tokens: bool = False) -> None:
    """End the user's sessions but one, their open one-time links and, if asked, their API tokens; in the caller's
    transaction."""
    await execute('DELETE FROM login_session WHERE "user" = $1 AND id IS DISTINCT FROM $2', user_id, except_session)
    await execute('UPDATE one_time_link SET used_at = $2 WHERE "user" = $1 AND used_at IS NULL', user_id, now)
    if tokens:
        await execute('UPDATE api_token SET revoked_at = $2 WHERE "user" = $1 AND revoked_at IS NULL', user_id, now)
