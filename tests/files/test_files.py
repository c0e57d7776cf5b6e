"""Files: kept once, whole, in chunks, and known by what they are rather than by their name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crm.database import execute, fetch_value
from crm.errors import NotFound
from crm.files.actions import CHUNK, forget_unused_files, store_file, store_path
from crm.files.kinds import image_type
from crm.files.queries import chunks_of, file_named
from crm.files.references import REFERENCES
from crm.piccolo_app import APP_CONFIG

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


async def test_a_file_on_the_disk_is_kept_like_any_other(db: None, tmp_path: Path) -> None:
    content = b"0123456789" * (CHUNK // 4)
    (tmp_path / "large").write_bytes(content)
    name = await store_path(tmp_path / "large", "text/csv", now=NOW)
    assert name == await store_file(content, "text/csv", now=NOW)
    pieces = [piece async for piece in chunks_of(name)]
    assert [len(piece) for piece in pieces] == [CHUNK, CHUNK, CHUNK // 2]
    assert b"".join(pieces) == content
    assert [piece async for piece in chunks_of("0" * 64)] == []


async def test_what_somebody_refers_to_stays(db: None) -> None:
    logo, report, nobodys = [await store_file(text, "image/png", now=NOW) for text in (b"logo", b"report", b"old")]
    await execute("UPDATE company SET logo_hash = $1", logo)
    await execute(
        "INSERT INTO report_run (month, scope, language, status, pdf_hash) VALUES ($1, 'x', 'de', 'ready', $2)",
        NOW.date(), report,
    )  # fmt: skip
    fresh = await store_file(b"fresh", "image/png", now=NOW + timedelta(days=9))
    assert await forget_unused_files(now=NOW + timedelta(days=9, hours=1)) == 1
    for name in (logo, report, fresh):
        assert (await file_named(name)).content
    with pytest.raises(NotFound):
        await file_named(nobodys)


NO_FILES = {
    ("stored_file", "sha256"),
    ("consent_event", "address_key"),
    ("export_run", "sha256"),
    ("duplicate_pair", "fingerprint"),
    ("import_run", "file_sha256"),  # kept in parts of its own while the import runs
    ("import_mapping", "header_key"),
    ("address_origin", "address_key"),
    ("erasure", "fingerprint"),
    ("erasure_mention", "digest"),
    ("processing_record", "digest"),
    ("retention_rule", "approved"),
    ("suppression_entry", "key"),
}
"""Columns as long as a SHA-256 that do not refer to a stored file."""


def test_every_column_that_may_name_a_file_is_known_to_the_housekeeping() -> None:
    found = {
        (table._meta.tablename, column._meta.db_column_name)
        for table in APP_CONFIG.table_classes
        for column in table._meta.columns
        if getattr(column, "length", None) == 64 or "sha256" in column._meta.name
    }
    assert found - NO_FILES == set(REFERENCES)


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
