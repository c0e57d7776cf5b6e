"""Keeping files: one row per content, in chunks of at most 1 MB; and throwing away what nobody refers to any more."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from crm.database import execute, fetch, fetch_value, transaction
from crm.files.references import REFERENCES

CHUNK = 1_000_000
UNUSED_KEPT = timedelta(days=1)
"""So long a content stays after it was stored last, whether something refers to it or not: whoever stores it refers to it
in the same transaction."""
AT_ONCE = 50

_STORED = """
    INSERT INTO stored_file (sha256, size, media_type, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (sha256) DO UPDATE SET created_at = greatest(stored_file.created_at, excluded.created_at)
    RETURNING id, xmax = 0 AS is_new
"""
# A content that is there already is touched. That locks its row against the housekeeping, which looks at the time again.
# A row that was just inserted has no xmax (PostgreSQL, system columns).


async def store_file(content: bytes, media_type: str, *, now: datetime) -> str:
    """Keep this content and answer its name, the SHA-256 in hexadecimal digits. The same content is kept once."""
    name = hashlib.sha256(content).hexdigest()
    async with transaction():
        (row,) = await fetch(_STORED, name, len(content), media_type[:120], now)
        if row.is_new:
            for position, start in enumerate(range(0, len(content), CHUNK)):
                await _write_chunk(row.id, position, content[start : start + CHUNK])
    return name


async def store_path(path: Path, media_type: str, *, now: datetime) -> str:
    """As store_file, for a file on the disk that is too large for memory."""
    name, size = await asyncio.to_thread(_digest, path)
    async with transaction():
        (row,) = await fetch(_STORED, name, size, media_type[:120], now)
        if row.is_new:
            position = 0
            async for data in _pieces(path):
                await _write_chunk(row.id, position, data)
                position += 1
    return name


async def _write_chunk(file_id: int, position: int, data: bytes) -> None:
    await execute("INSERT INTO file_chunk (file, position, data) VALUES ($1, $2, $3)", file_id, position, data)


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest(), path.stat().st_size


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as source:
        while data := await asyncio.to_thread(source.read, CHUNK):
            yield data


async def forget_unused_files(*, now: datetime) -> int:
    """Delete the contents that nothing refers to (see references.py) and that were not stored within the last day; how
    many. What is being stored at this moment is locked and therefore passed over. Safe to run twice and at once."""
    used = " AND ".join(
        f"NOT EXISTS (SELECT FROM {table} r WHERE r.{column} = f.sha256)" for table, column in REFERENCES
    )
    gone = 0
    while True:
        async with transaction():
            deleted: int = await fetch_value(
                "WITH unused AS (SELECT f.id FROM stored_file f WHERE f.created_at < $1 AND "
                f"{used} ORDER BY f.id LIMIT {AT_ONCE} FOR UPDATE OF f SKIP LOCKED), "
                "gone AS (DELETE FROM stored_file WHERE id IN (SELECT id FROM unused) RETURNING 1) SELECT count(*) FROM gone",
                now - UNUSED_KEPT,
            )  # fmt: skip
        gone += deleted
        if deleted < AT_ONCE:
            return gone
