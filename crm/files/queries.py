"""Reading files back."""

from __future__ import annotations

from dataclasses import dataclass

from crm.database import fetch, fetch_one
from crm.errors import NotFound


@dataclass(frozen=True, slots=True)
class File:
    """A whole file: its bytes, and what kind they are."""

    sha256: str
    media_type: str
    content: bytes


async def file_named(sha256: str) -> File:
    """The file with this name. Raises NotFound."""
    row = await fetch_one(
        "SELECT id, media_type, size FROM stored_file WHERE sha256 = $1", sha256[:64].replace("\x00", "")
    )
    if row is None:
        raise NotFound()
    chunks = await fetch("SELECT data FROM file_chunk WHERE file = $1 ORDER BY position", row.id)
    return File(sha256, row.media_type, b"".join(bytes(chunk.data) for chunk in chunks))
