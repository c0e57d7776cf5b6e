"""Keeping files: one row per content, in chunks of at most 1 MB."""

from __future__ import annotations

import hashlib
from datetime import datetime

from crm.database import execute, fetch_value, transaction

CHUNK = 1_000_000


async def store_file(content: bytes, media_type: str, *, now: datetime) -> str:
    """Keep this content and answer its name, the SHA-256 in hexadecimal digits. The same content is kept once."""
    name = hashlib.sha256(content).hexdigest()
    async with transaction():
        file_id = await fetch_value(
            "INSERT INTO stored_file (sha256, size, media_type, created_at) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (sha256) DO NOTHING RETURNING id",
            name, len(content), media_type[:120], now,
        )  # fmt: skip
        if file_id is not None:
            for position, start in enumerate(range(0, len(content), CHUNK)):
                await execute(
                    "INSERT INTO file_chunk (file, position, data) VALUES ($1, $2, $3)",
                    file_id,
                    position,
                    content[start : start + CHUNK],
                )
    return name
