"""The only contact of this package with arq: nudge the queue about rows that are already written."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from redis.exceptions import RedisError

from crm import database

log = structlog.get_logger()

_pool: ArqRedis | None = None

pack, unpack = msgspec.json.encode, msgspec.json.decode
"""Jobs are JSON, for the program and its workers alike: arq's default, pickle, would run what a stranger puts in."""


def redis_settings(url: str | None = None) -> RedisSettings:
    """Where Valkey is: `redis://...` or `unix:///path/to.sock` (CRM_REDIS_URL)."""
    where = url or os.environ.get("CRM_REDIS_URL", "redis://localhost:6379")
    if where.startswith("unix://"):
        settings = RedisSettings(unix_socket_path=where.removeprefix("unix://").partition("?")[0])
    else:
        settings = RedisSettings.from_dsn(where)
    settings.conn_retries, settings.conn_timeout = 1, 2
    return settings


async def open_queue() -> None:
    """Connect this process to the queue. Without it everything still works, later: a sweep finds what is due."""
    global _pool
    if _pool is None:
        _pool = await create_pool(redis_settings(), job_serializer=pack, job_deserializer=unpack)


async def close_queue() -> None:
    global _pool
    if _pool is not None:
        await _pool.aclose()
        _pool = None


async def queue_answers() -> bool:
    """True if Valkey answers a ping."""
    try:
        await open_queue()
        assert _pool is not None
        return bool(await _pool.ping())
    except (RedisError, OSError):
        return False


async def enqueue(name: str, *ids: int, at: datetime | None = None) -> None:
    """Ask a worker to run the task `name` with `ids`, after the running transaction has committed, not before `at`.

    Never raises: PostgreSQL is the truth, and what the queue loses the task's own sweep finds.
    """

    async def nudge() -> None:
        await _nudge(name, *ids, at=at)

    if not database.after_commit(nudge):
        await nudge()


async def _nudge(name: str, *ids: Any, at: datetime | None) -> None:
    try:
        await open_queue()
        assert _pool is not None
        # what was due long ago is due now: arq would count its time to live from then, and Valkey refuses one below zero
        later = at if at is not None and at > datetime.now(UTC) else None
        await _pool.enqueue_job(name, *ids, _defer_until=later)
    except (RedisError, OSError) as error:
        log.warning("queue_unreachable", task=name, ids=ids, error=str(error))
