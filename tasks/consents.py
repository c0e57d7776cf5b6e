"""What the night does with the consent ledger: it notes what has run out, and verifies the chain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.consents import expiring
from crm.notifications import ledger_watch


async def watch_ledger(ctx: dict[str, Any]) -> None:
    await ledger_watch.watch_ledger(now=datetime.now(UTC))


async def expire_consents(ctx: dict[str, Any]) -> None:
    await expiring.expire_consents(now=datetime.now(UTC))
