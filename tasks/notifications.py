"""Mailing what has gathered for somebody."""

from datetime import UTC, datetime
from typing import Any

from crm.notifications import mailing


async def sweep_notification_mails(ctx: dict[str, Any]) -> None:
    """Mail what is due, and what a worker that died has left."""
    await mailing.sweep_notification_mails(now=datetime.now(UTC))
