"""The user of the moment: who is logged in, by which session or token, and the language they read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from crm.accounts.permissions import Permission, Role, role_may
from crm.database import Row, execute, fetch_one
from crm.errors import Forbidden, NotFound
from crm.web.i18n import _, language, wished_language

SESSION_COOKIE = "nahbar_session"
SESSION_LIFETIME = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
ASKED_BY_THE_PAGE = ("/notifications/stream", "/notifications/count")
"""What a page asks for by itself, which does not say that anybody sits before it."""


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """What handlers and templates know about the person at the screen. `session_id` is None with an API token."""

    id: int
    name: str
    email: str
    role: Role
    language: str
    theme: str
    single_keys: bool
    team_id: int | None
    session_id: int | None

    def may(self, permission: Permission) -> bool:
        return role_may(self.role, permission)

    def can(self, code: str) -> bool:
        """For templates: the permission by its code, e.g. `me.can('customers.edit')`."""
        return role_may(self.role, Permission(code))

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


StaffRequest = Request[CurrentUser, str | None, State]
"""A request of somebody who is logged in: `request.user` is a CurrentUser."""


def token_hash(token: str) -> bytes:
    """What is stored of a session's or link's token (SHA-256: the token itself is 256 random bits)."""
    return hashlib.sha256(token.encode()).digest()


_USER = "u.id, u.name, u.email, u.role, u.language, u.theme, u.single_keys, u.team"
_BY_SESSION = f"""
    SELECT {_USER}, s.id AS session_id, s.seen_at FROM login_session s JOIN staff u ON u.id = s."user"
    WHERE s.token_hash = $1 AND s.expires_at > $2 AND NOT s.second_factor_pending AND u.deactivated_at IS NULL
"""
_BY_TOKEN = f"""
    SELECT {_USER}, NULL::bigint AS session_id, t.id AS token_id, t.used_at AS seen_at
    FROM api_token t JOIN staff u ON u.id = t."user"
    WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND u.deactivated_at IS NULL
"""


def _user(row: Row) -> CurrentUser:
    return CurrentUser(
        id=row.id, name=row.name, email=row.email, role=Role(row.role), language=row.language, theme=row.theme,
        single_keys=row.single_keys, team_id=row.team, session_id=row.session_id,
    )  # fmt: skip


async def user_of_session(token: str, now: datetime, *, in_use: bool = True) -> CurrentUser | None:
    """Who is logged in with this session cookie; notes every five minutes that the session is in use."""
    row = await fetch_one(_BY_SESSION, token_hash(token), now)
    if row is None:
        return None
    if in_use and now - row.seen_at > SEEN_EVERY:
        await execute("UPDATE login_session SET seen_at = $2 WHERE id = $1", row.session_id, now)
    return _user(row)


async def user_of_token(token: str, now: datetime) -> CurrentUser | None:
    """Whose API token this is."""
    row = await fetch_one(_BY_TOKEN, token_hash(token))
    if row is None:
        return None
    if row.seen_at is None or now - row.seen_at > SEEN_EVERY:
        await execute("UPDATE api_token SET used_at = $2 WHERE id = $1", row.token_id, now)
    return _user(row)


class Authentication(AbstractAuthenticationMiddleware):
    """Finds the current user: by bearer token under /api, by session cookie elsewhere, never by both."""

    async def authenticate_request(self, connection: ASGIConnection) -> AuthenticationResult:  # type: ignore[type-arg]
        now = datetime.now(UTC)
        user = None
        if connection.url.path.startswith("/api/"):
            scheme, _sep, token = connection.headers.get("authorization", "").partition(" ")
            if scheme.lower() == "bearer" and token:
                user = await user_of_token(token.strip(), now)
        elif cookie := connection.cookies.get(SESSION_COOKIE):
            user = await user_of_session(cookie, now, in_use=connection.url.path not in ASKED_BY_THE_PAGE)
        if user and user.language and not _asks_for_a_language(connection):
            language.set(user.language)
        return AuthenticationResult(user=user, auth=None)


def _asks_for_a_language(connection: ASGIConnection) -> bool:  # type: ignore[type-arg]
    """A program says by Accept-Language what it wants to read, whoever its token belongs to; one that names neither of our
    languages is no wish. A browser says it always, so that on pages the profile of the user counts."""
    wish = wished_language(connection.headers.get("accept-language", ""))
    return connection.url.path.startswith("/api/") and wish is not None


async def check_permission(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """The one guard: denies what no route has declared. What a role may not see is 404, what it may not do is 403.
    A number in the address that no record can have is a record that isn't there. It waits for nothing, but a guard that is
    not async runs in a thread, which costs more than the guard."""
    permission = handler.opt.get("permission")
    if connection.scope.get("method") == "OPTIONS":  # answered by Litestar with the methods alone, before any log-in
        return
    if any(isinstance(value, int) and abs(value) >= 2**63 for value in connection.path_params.values()):
        raise NotFound()
    if permission == Permission.PUBLIC:
        return
    user: CurrentUser | None = connection.user
    if user is None:
        raise NotAuthorizedException()
    if not isinstance(permission, Permission):
        raise Forbidden()
    if not user.may(permission):
        if connection.scope.get("method") in ("GET", "HEAD"):
            raise NotFound()
        raise Forbidden(_("Your role may not do this. Ask someone who may, or your administrator."))
