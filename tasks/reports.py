"""Reports: producing one that was asked for, finding those that were missed, asking for the month's own; what measures achieve."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.reports import actions, effects
from crm.reports.rollups import sweeping


async def produce_report(ctx: dict[str, Any], run_id: int) -> None:
    await actions.produce_report(run_id, now=datetime.now(UTC))


async def sweep_reports(ctx: dict[str, Any]) -> None:
    await actions.sweep_reports(datetime.now(UTC))


async def request_monthly_reports(ctx: dict[str, Any]) -> None:
    await actions.request_monthly_reports(datetime.now(UTC))


async def sweep_rollups(ctx: dict[str, Any]) -> None:
    await sweeping.sweep_rollups()


async def measure_effects(ctx: dict[str, Any]) -> None:
    await effects.measure_effects(datetime.now(UTC))
