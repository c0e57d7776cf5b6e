"""Surveys: whom it is time to ask."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.surveys import inviting


async def sweep_surveys(ctx: dict[str, Any]) -> None:
    """Note what has happened, ask whom it is time to ask, end what was not answered in time."""
    await inviting.sweep_surveys(now=datetime.now(UTC))
