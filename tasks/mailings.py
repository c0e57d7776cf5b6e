"""Mailings: handing over the next portion, and going on with what the queue lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.mailings import running


async def run_mailing(ctx: dict[str, Any], mailing_id: int) -> None:
    await running.run_mailing(mailing_id, now=datetime.now(UTC))


async def sweep_mailings(ctx: dict[str, Any]) -> None:
    await running.sweep_mailings(now=datetime.now(UTC))
