"""A browser without a screen: cookies, CSRF, htmx, and the API with a token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from crm.accounts.current import SESSION_COOKIE, token_hash
from crm.accounts.tables import User
from crm.database import execute


class Browser:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.token = ""

    async def log_in(self, user: User) -> Browser:
        """Start a session for the user (the log-in page has tests of its own), and get an API token for `api`."""
        now = datetime.now(UTC)
        session, self.token = uuid4().hex, uuid4().hex
        await execute(
            'INSERT INTO login_session ("user", token_hash, created_at, seen_at, expires_at, user_agent, ip_address, '
            "second_factor_pending) VALUES ($1, $2, $3, $3, $4, 'tests', '', false)",
            user.id, token_hash(session), now, now + timedelta(days=1),
        )  # fmt: skip
        await execute(
            'INSERT INTO api_token ("user", name, token_hash, created_at) VALUES ($1, $2, $3, $4)',
            user.id, "tests", token_hash(self.token), now,
        )  # fmt: skip
        self.client.cookies.clear()
        self.client.cookies.set(SESSION_COOKIE, session)
        return self

    async def get(self, path: str, *, htmx: bool = False, **keywords: Any) -> httpx.Response:
        headers = {"hx-request": "true"} if htmx else {}
        return await self.client.get(path, headers={**headers, **keywords.pop("headers", {})}, **keywords)

    async def post(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        htmx: bool = False,
        method: str = "POST",
        **keywords: Any,
    ) -> httpx.Response:
        """Send a form as a page does: with the CSRF token, and as htmx if asked."""
        if "nahbar_csrf" not in self.client.cookies:
            await self.client.get("/login")
        headers = {"x-csrftoken": self.client.cookies.get("nahbar_csrf", "")}
        if htmx:
            headers["hx-request"] = "true"
        return await self.client.request(method, path, data=data or {}, headers=headers, **keywords)

    async def api(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """A call of /api/v1 with the user's token."""
        return await self.client.request(
            method, f"/api/v1{path}", json=json, headers={"authorization": f"Bearer {self.token}", **headers}
        )
