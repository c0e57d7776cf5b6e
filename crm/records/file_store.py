"""Keeps an uploaded file in PostgreSQL while its import needs it, in parts of 1 MB, and gives it back as a file on disk."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from crm.database import copy_rows, fetch
from crm.records.reading import FileProblem

PART = 1_000_000
MOST_BYTES = 200_000_000
"""What may be uploaded. The command reads a file where it lies, of any size."""
_PARTS_AT_ONCE = 8


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def store_parts(run_id: int, path: Path) -> None:
    """Keep this file for the run, in the caller's transaction."""
    position = 0
    with path.open("rb") as file:
        while True:
            parts = await asyncio.to_thread(lambda: [part for _n in range(_PARTS_AT_ONCE) if (part := file.read(PART))])
            if not parts:
                return
            rows = [(run_id, place, part) for place, part in enumerate(parts, position)]
            await copy_rows("import_part", ("run", "position", "data"), rows)
            position += len(parts)


@asynccontextmanager
async def stored_copy(run_id: int) -> AsyncIterator[Path]:
    """The kept file as a file on disk, for as long as the block runs. Raises FileProblem if it is no longer kept."""
    with tempfile.TemporaryDirectory(prefix="nahbar-import-") as folder:
        path = Path(folder) / "file"
        position = 0
        with path.open("wb") as file:
            while parts := await fetch(
                "SELECT data FROM import_part WHERE run = $1 AND position >= $2 ORDER BY position LIMIT $3",
                run_id, position, _PARTS_AT_ONCE,
            ):  # fmt: skip
                position += len(parts)
                await asyncio.to_thread(file.writelines, [part.data for part in parts])
        if not position:
            raise FileProblem("file_gone")
        yield path


@asynccontextmanager
async def uploaded_copy(upload: Any) -> AsyncIterator[Path]:
    """An upload (litestar's) as a file on disk."""
    with tempfile.TemporaryDirectory(prefix="nahbar-import-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as file:
            while part := await upload.read(PART):
                await asyncio.to_thread(file.write, part)
        yield path
