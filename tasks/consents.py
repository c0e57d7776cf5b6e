"""The consent ledger's nightly verification."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.notifications import ledger_watch


async def watch_ledger(ctx: dict[str, Any]) -> None:
    await ledger_watch.watch_ledger(now=datetime.now(UTC))
