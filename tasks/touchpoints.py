"""Guides in the background: whoever looks after one hears when it is due for review."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.touchpoints.guides import reviewing


async def remind_of_guide_reviews(ctx: dict[str, Any]) -> None:
    await reviewing.remind_of_guide_reviews(now=datetime.now(UTC))
