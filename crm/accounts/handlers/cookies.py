"""The session cookie, and where a log-in came from and leads to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response

from crm.accounts.current import SESSION_COOKIE, SESSION_LIFETIME
from crm.accounts.logging_in import Visitor
from crm.settings import Settings

AnyRequest = Request[Any, Any, Any]


def visitor_of(request: AnyRequest) -> Visitor:
    """Address and browser of a request; the address is the client's own behind a trusted proxy."""
    return Visitor(
        ip_address=(request.client.host if request.client else "")[:45],
        user_agent=request.headers.get("user-agent", "").replace("\x00", "")[:300],
    )


def session_token(request: AnyRequest) -> str:
    return request.cookies.get(SESSION_COOKIE, "")


def with_session(response: Response[Any], request: AnyRequest, token: str) -> Response[Any]:
    """The answer, with the session cookie: out of reach for scripts, not sent along from other sites, and over HTTPS
    only where people use HTTPS."""
    settings: Settings = request.app.state.settings
    response.set_cookie(
        SESSION_COOKIE, token, max_age=int(SESSION_LIFETIME.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=settings.secure_cookies,
    )  # fmt: skip
    return response


def without_session(response: Response[Any]) -> Response[Any]:
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def local_path(wanted: object) -> str:
    """Where to go after the log-in: a path of this site, never another address; else the start page."""
    path = str(wanted or "")
    if not path.startswith("/") or path.startswith(("//", "/\\", "/login", "/logout")) or len(path) > 2000:
        return "/"
    if "\\" in path or any(not character.isprintable() for character in path):
        return "/"
    parts = urlsplit(path)
    return "/" if parts.scheme or parts.netloc else path
