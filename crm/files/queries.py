"""Reading files back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from crm.database import fetch, fetch_value
from crm.errors import NotFound


@dataclass(frozen=True, slots=True)
class File:
    """A whole file: its bytes, and what kind they are."""

    sha256: str
    media_type: str
    content: bytes


async def file_named(sha256: str) -> File:
    """The file with this name. Raises NotFound."""
    rows = await fetch(
        "SELECT f.media_type, c.data FROM stored_file f LEFT JOIN file_chunk c ON c.file = f.id WHERE f.sha256 = $1 "
        "ORDER BY c.position",
        sha256[:64].replace("\x00", ""),
    )
    if not rows:
        raise NotFound()
    return File(sha256, rows[0].media_type, b"".join(row.data for row in rows if row.data is not None))


async def chunks_of(sha256: str) -> AsyncIterator[bytes]:
    """The bytes of a file piece by piece, for sending it without holding it in memory. One that is not there has none."""
    position = 0
    while data := await fetch_value(
        "SELECT c.data FROM file_chunk c JOIN stored_file f ON f.id = c.file WHERE f.sha256 = $1 AND c.position = $2",
        sha256, position,
    ):  # fmt: skip
        yield data
        position += 1
