"""Sending a file of a copy: piece by piece, never kept on the way, never opened in the browser."""

from __future__ import annotations

from litestar.response import Stream

from crm.database import Row
from crm.files.names import disposition
from crm.files.queries import chunks_of

HEADERS = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
}


def stored(file: Row) -> Stream:
    """The stored file (a row of access_file)."""
    headers = {**HEADERS, "content-disposition": disposition(file.name), "content-length": str(file.size)}
    return Stream(chunks_of(file.sha256), media_type=file.media_type, headers=headers)
