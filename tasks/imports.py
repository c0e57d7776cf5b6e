"""Imports: working through one in slices, undoing one, finding those that were left behind, forgetting old ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.queue import enqueue
from crm.records import importing, imports, undoing

SLICE = 120.0
"""Seconds; then the next run goes on, so that no single one is cut off by the worker's limit."""


async def work_on_import(ctx: dict[str, Any], run_id: int) -> None:
    if await importing.work_on_import(run_id, now=datetime.now(UTC), seconds=SLICE):
        await enqueue("work_on_import", run_id)


async def undo_import(ctx: dict[str, Any], run_id: int) -> None:
    await undoing.undo_import(run_id, now=datetime.now(UTC))


async def sweep_imports(ctx: dict[str, Any]) -> None:
    await imports.sweep_imports(datetime.now(UTC))


async def forget_imports(ctx: dict[str, Any]) -> None:
    await imports.forget_imports(datetime.now(UTC))
