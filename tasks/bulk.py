"""Changes to many customers that a worker does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.records import bulk


async def run_bulk_change(ctx: dict[str, Any], bulk_id: int) -> None:
    """Go on with one that was asked for."""
    await bulk.run_bulk_change(bulk_id, now=datetime.now(UTC))


async def sweep_bulk_changes(ctx: dict[str, Any]) -> None:
    """Go on with what the queue lost."""
    await bulk.sweep_bulk_changes(now=datetime.now(UTC))
