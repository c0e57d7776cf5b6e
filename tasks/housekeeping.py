"""What is thrown away every night because nobody needs it any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.accounts import housekeeping


async def forget_expired(ctx: dict[str, Any]) -> None:
    """Expired sessions, old log-in attempts, used links and the memory of repeated submissions."""
    await housekeeping.forget_expired(now=datetime.now(UTC))
