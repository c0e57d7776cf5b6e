"""Exports: making one that was asked for, finding those that were missed, letting go of old files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.records import exports


async def produce_export(ctx: dict[str, Any], run_id: int) -> None:
    await exports.produce_export(run_id, now=datetime.now(UTC))


async def sweep_exports(ctx: dict[str, Any]) -> None:
    await exports.sweep_exports(now=datetime.now(UTC))


async def forget_old_exports(ctx: dict[str, Any]) -> None:
    await exports.forget_old_exports(now=datetime.now(UTC))
