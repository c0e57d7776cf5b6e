"""What a supervisor asks: is the process alive, and can it serve?"""

from __future__ import annotations

from typing import Any

import asyncpg
from litestar import Response, Router, get

from crm.accounts.permissions import Permission
from crm.migrations import pending
from crm.queue import queue_answers


@get("/health", permission=Permission.PUBLIC)
async def health() -> dict[str, str]:
    """Alive. Asks nothing of anybody."""
    return {"status": "ok"}


@get("/ready", permission=Permission.PUBLIC)
async def ready() -> Response[dict[str, Any]]:
    """200 when the database and the queue answer and no migration is pending; else 503 with what is missing."""
    missing = []
    try:
        if await pending():
            missing.append("migrations")
    except (asyncpg.PostgresError, OSError):
        missing.append("database")
    if not await queue_answers():
        missing.append("queue")
    return Response(
        {"status": "unready" if missing else "ready", "missing": missing}, status_code=503 if missing else 200
    )


router = Router("", route_handlers=[health, ready])
