"""Enquiries in the background: offering those that wait for somebody, watching over promises."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.tickets import assigning, statuses, watching


async def offer_waiting_tickets(ctx: dict[str, Any]) -> None:
    """Somebody may be free now."""
    await assigning.offer_waiting_tickets(now=datetime.now(UTC))


async def sweep_promises(ctx: dict[str, Any]) -> None:
    """Warn before a promise is missed and tell when it is; bring back what was put back until now."""
    now = datetime.now(UTC)
    await statuses.resume_postponed(now=now)
    await watching.sweep_promises(now=now)
