"""Files that people want to import, an import from beginning to end; and the customers of the tests of customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.database import Row, decoded, fetch, fetch_one
from crm.records.importing import work_on_import
from crm.records.imports import Settings, assign_columns, check_import, receive_import, start_import
from crm.records.tables import Rule
from crm.records.targets import ImportKind
from tests.customers.conftest import customers

__all__ = ["customers"]

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of this text or these bytes."""

    def write(content: str | bytes, name: str = "kunden.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


async def bring_in(
    path: Path, *, rule: Rule = Rule.SKIP, kind: ImportKind = ImportKind.CUSTOMERS, by: int | None = None, trial: bool = False,
    now: datetime = NOW,
) -> int:  # fmt: skip
    """Import a file as it is recognised; the run's id."""
    run_id = await receive_import(path, path.name, kind, by=by, now=now)
    run = await run_of(run_id)
    await assign_columns(run_id, Settings(tuple(decoded(run.mapping)), rule, run.source), by=by, now=now)
    if trial:
        await check_import(run_id, now=now)
    else:
        await start_import(run_id, now=now)
    assert not await work_on_import(run_id, now=now)
    return run_id


async def run_of(run_id: int) -> Row:
    run = await fetch_one("SELECT * FROM import_run WHERE id = $1", run_id)
    assert run is not None
    return run


async def counts_of(run_id: int) -> dict[str, int]:
    found: dict[str, int] = decoded((await run_of(run_id)).counts)
    return found


async def lines_of(run_id: int) -> list[Row]:
    return await fetch("SELECT * FROM import_row WHERE run = $1 ORDER BY is_trial, line", run_id)


def errors_of(row: Row, language: str = "de") -> dict[str, str]:
    found: dict[str, str] = decoded(row.detail)["errors"][language]
    return found
