"""What happens to customers by the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.customers import deleting


async def end_deletions(ctx: dict[str, Any]) -> None:
    """Customers who were deleted more than 30 days ago can no longer be restored."""
    await deleting.end_deletions(now=datetime.now(UTC))
