"""The outermost layer around the app: allowed hosts, the language of the request, security headers, counted statements."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from zoneinfo import ZoneInfo

from crm.database import Statements, counted
from crm.web.i18n import _, language, preferred_language, zone

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Asgi = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]


class Outer:
    """Wraps the Litestar app. Pages with personal data are never stored by browser or proxy."""

    def __init__(
        self, app: Asgi, *, time_zone: ZoneInfo, allowed_hosts: frozenset[str], is_https: bool, count_statements: bool
    ) -> None:
        self.app = app
        self.time_zone = time_zone
        self.allowed_hosts = allowed_hosts
        self.headers = list(_HEADERS)
        if is_https:
            self.headers.append((b"strict-transport-security", b"max-age=31536000"))
        self.count_statements = count_statements

    async def __call__(self, scope: Scope, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers_in = dict(scope["headers"])
        language.set(preferred_language(headers_in.get(b"accept-language", b"").decode("latin-1")))
        if not self._is_allowed(headers_in.get(b"host", b"").decode("latin-1")):
            await _refuse_host(send, self.headers)
            return
        zone.set(self.time_zone)
        statements = Statements()
        if self.count_statements:
            counted.set(statements)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                own = {name for name, _value in headers}
                if _may_be_framed(headers):
                    own.add(b"x-frame-options")
                headers.extend(each for each in self.headers if each[0] not in own)
                if not any(name == b"cache-control" for name, _value in headers):
                    headers.append((b"cache-control", b"no-store"))
                if self.count_statements:
                    headers.append((b"x-sql-statements", str(len(statements)).encode()))
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _is_allowed(self, host: str) -> bool:
        """Litestar's own check compares the port too, which would have to be listed for each host."""
        name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
        return "*" in self.allowed_hosts or name.lower() in self.allowed_hosts


def _may_be_framed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether an answer names websites that may show it in a frame: the older header knows no such names, and would forbid it."""
    return any(
        name == b"content-security-policy" and b"frame-ancestors 'self' http" in value for name, value in headers
    )


async def _refuse_host(send: Callable[[Message], Awaitable[None]], more: list[tuple[bytes, bytes]]) -> None:
    """A request for a name that this installation doesn't have: somebody else's page may be behind it."""
    words = _("This address is not set up for Nahbar. Ask your administrator to add it to CRM_ALLOWED_HOSTS.").encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(words)).encode()), *more]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": words})
