"""Portfolios that were promised to a colleague from a day on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.reminders import portfolio_handover


async def run_due_handovers(ctx: dict[str, Any]) -> None:
    """Hand over what has its day."""
    await portfolio_handover.run_due_handovers(now=datetime.now(UTC))
