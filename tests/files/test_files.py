"""Files: kept once, whole, in chunks, and known by what they are rather than by their name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.database import fetch_value
from crm.errors import NotFound
from crm.files.actions import store_file
from crm.files.kinds import image_type
from crm.files.queries import file_named

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_a_large_file_comes_back_whole(db: None) -> None:
    content = bytes(range(256)) * 10_000
    name = await store_file(content, "image/png", now=NOW)
    assert (await file_named(name)).content == content
    assert await fetch_value("SELECT count(*) FROM file_chunk") == 3
    assert await fetch_value("SELECT max(length(data)) FROM file_chunk") == 1_000_000


async def test_the_same_content_is_kept_once(db: None) -> None:
    first, second = [await store_file(b"x", "image/png", now=NOW) for _n in range(2)]
    assert first == second
    assert await fetch_value("SELECT count(*) FROM stored_file WHERE sha256 = $1", first) == 1


@pytest.mark.parametrize("name", ["", "x", "\x00", "0" * 64, "x" * 1000])
async def test_what_is_not_there_is_not_found(db: None, name: str) -> None:
    with pytest.raises(NotFound):
        await file_named(name)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPrest", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVE", ""),
        (b"<svg/>", ""),
        (b"", ""),
    ],
)
def test_pictures_are_known_by_their_first_bytes(content: bytes, kind: str) -> None:
    assert image_type(content) == kind
