"""Attributes and scores in the background: what must go goes at night, and all scores are computed anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.profiles import forgetting, scoring


async def forget_attributes(ctx: dict[str, Any]) -> None:
    """Values whose basis has ended or whose time is over."""
    await forgetting.forget_attributes(now=datetime.now(UTC))


async def compute_scores(ctx: dict[str, Any], run_id: int) -> None:
    """One computation that somebody, or the night, has asked for."""
    await scoring.compute_scores(run_id, now=datetime.now(UTC))


async def request_nightly_scores(ctx: dict[str, Any]) -> None:
    await scoring.request_nightly_scores(now=datetime.now(UTC))


async def sweep_scores(ctx: dict[str, Any]) -> None:
    """Find what the queue lost."""
    await scoring.sweep_scores(now=datetime.now(UTC))
