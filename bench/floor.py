"""The floor: what the same answers cost without the program.

At its start each process lets the program answer every request once and notes what that took: the statements, the template
with its context, the rows that came to be. Then it serves the same paths bare: the same statements by asyncpg (without the
one that finds out who asks) and the same template by Jinja2; for a write the same rows in one transaction.
"""

from __future__ import annotations

import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import asyncpg
import httpx
import jinja2
import msgspec

from bench.data import Bench
from bench.load import Ask
from bench.rows import NewRows
from bench.scenarios import scenarios

WHO_ASKS = ("login_session", "api_token")
"""Statements on these tables are about the user, not about what is shown."""
TURNS = 7471010
"""The advisory lock for learning."""


@dataclass(slots=True)
class Noted:
    """What one answer took."""

    statements: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    template: jinja2.Template | None = None
    context: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""

    async def again(self, pool: asyncpg.Pool) -> bytes:
        async with pool.acquire() as connection:
            for sql, args in self.statements:
                await connection.fetch(sql, *args)
        return self.template.render(self.context).encode() if self.template else self.body


class Floor:
    """An ASGI app of one dictionary look-up per request."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.pool: asyncpg.Pool | None = None
        self.reads: dict[str, Noted] = {}
        self.writes: dict[str, NewRows] = {}

    async def prepare(self) -> None:
        from crm import database

        self.pool = await asyncpg.create_pool(os.environ["CRM_DATABASE_URL"], min_size=1, max_size=10, reset=_no_reset)
        await database.open_pool(2)
        async with self.pool.acquire() as turn:
            await turn.execute("SELECT pg_advisory_lock($1)", TURNS)
            await self._learn()
            await turn.execute("SELECT pg_advisory_unlock($1)", TURNS)
        await database.close_pool()

    async def _learn(self) -> None:
        """Watch the program answer each request; one process at a time, or each would take the other's rows for its own."""
        app = await _program()
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for scenario in scenarios(self.bench):
                if scenario.writes:
                    ask = scenario.asks[0]
                    self.writes[ask.path] = await NewRows.of(lambda ask=ask: _ask(client, ask), self.bench.customers)  # type: ignore[misc]
                else:
                    for ask in scenario.asks:
                        self.reads[ask.path] = await _note(client, ask)

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await self.prepare()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        assert self.pool is not None
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
            status, kind, body = 201, "application/json", await self.writes[scope["path"]].again(self.pool)
        else:
            query = scope["query_string"].decode()
            path = scope.get("raw_path", scope["path"].encode()).decode()
            noted = self.reads[path + (f"?{query}" if query and "?" not in path else "")]
            status, kind, body = 200, noted.content_type, await noted.again(self.pool)
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _no_reset(connection: asyncpg.Connection) -> None:
    """As in the program's pool: no round trip between two uses."""


async def _program() -> Any:
    from crm.app import create_app, prepare

    app = create_app()
    await prepare(app.app)
    return app


async def _ask(client: httpx.AsyncClient, ask: Ask) -> httpx.Response:
    headers = dict(ask.headers) | ({"content-type": "application/json"} if ask.body else {})
    response = await client.request(ask.method, ask.path, headers=headers, content=ask.body)
    if response.status_code >= 300:
        raise RuntimeError(f"{ask.method} {ask.path} answered {response.status_code}: {response.text[:300]}")
    return response


async def _note(client: httpx.AsyncClient, ask: Ask) -> Noted:
    """Let the program answer, and watch."""
    from crm import database

    noted = Noted()
    fetch, render = asyncpg.Connection.fetch, jinja2.Template.render

    async def watched_fetch(self: asyncpg.Connection, sql: str, *args: Any, **options: Any) -> Any:
        if not any(table in sql for table in WHO_ASKS):
            noted.statements.append((sql, args))
        return await fetch(self, sql, *args, **options)

    def watched_render(self: jinja2.Template, *args: Any, **context: Any) -> str:
        noted.template, noted.context = self, dict(*args, **context)
        return render(self, *args, **context)

    watched = database.PooledConnection
    with patch.object(watched, "fetch", watched_fetch), patch.object(jinja2.Template, "render", watched_render):
        response = await _ask(client, ask)
    noted.body, noted.content_type = response.content, response.headers["content-type"]
    return noted


def application() -> Any:
    """What granian serves; the bench's facts come through the environment."""
    random.seed(os.getpid())
    return Floor(msgspec.json.decode(os.environ["NAHBAR_BENCH"], type=Bench))
