"""Who works on an import: one at a time, for as long as it says so, and what is done beside it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from datetime import datetime, timedelta

import structlog

from crm.database import Row, execute, fetch_one, transaction
from crm.records.tables import RunStatus
from crm.records.targets import ImportKind

log = structlog.get_logger()

STALE = timedelta(minutes=1)
"""Whoever has not written for so long has died; another one goes on."""
BEAT = 20.0
"""Seconds after which whoever is at it says so again: reading a long workbook alone takes more than a minute."""
TIDY = 2.0
LOCKED = "500ms"
PENDING_KB = 65_536
"""What new customers bring for the index of the search waits in a list that PostgreSQL puts in order when it is full, while the
writer waits. Every two seconds another connection does that instead, so that the list stays short for whoever searches."""


async def claim(run_id: int, now: datetime) -> Row | None:
    """Compare and set: whoever gets the row works on it."""
    return await fetch_one(
        "UPDATE import_run SET claimed_at = clock_timestamp(), problem = '{}', started_at = coalesce(started_at, $2) "
        "WHERE id = $1 AND status IN ('checking', 'running') AND (claimed_at IS NULL OR claimed_at < clock_timestamp() - $3::interval) "
        "RETURNING *",
        run_id, now, STALE,
    )  # fmt: skip


@asynccontextmanager
async def held(run: Row) -> AsyncIterator[None]:
    """Nobody takes the import over while the block runs, however long a step of it lasts."""

    async def beat() -> None:
        await execute(
            "UPDATE import_run SET claimed_at = clock_timestamp() WHERE id = $1 AND status = $2 AND claimed_at IS NOT NULL",
            run.id, run.status,
        )  # fmt: skip

    is_filling = run.kind == ImportKind.CUSTOMERS and run.status == RunStatus.RUNNING
    # Outside any transaction of the caller: a context of their own.
    tasks = [asyncio.create_task(_every(BEAT, beat), context=Context())]
    if is_filling:
        tasks.append(asyncio.create_task(_every(TIDY, tidy_up), context=Context()))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if is_filling:
            await asyncio.create_task(_tried(tidy_up), context=Context())


async def tidy_up() -> None:
    """Put in order what waits for the index of the search; whoever holds the table for something bigger is not waited for."""
    async with transaction():
        await execute("SELECT set_config('lock_timeout', $1, true)", LOCKED)
        await execute("SELECT gin_clean_pending_list('ix_customer_search')")


async def _every(seconds: float, step: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await _tried(step)


async def _tried(step: Callable[[], Awaitable[None]]) -> None:
    """A step that fails is told, and tried again the next time: the import itself says what is wrong with the database."""
    try:
        await step()
    except Exception as problem:
        log.warning("import_step_failed", step=step.__name__, problem=str(problem))
