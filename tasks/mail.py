"""Mail that is to leave: one message when the queue asks for it, and a sweep for what was missed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.consents import sending
from crm.interactions.mails.telling import tell_writers


async def send_message(ctx: dict[str, Any], outbox_id: int) -> None:
    await sending.send_message(outbox_id, now=datetime.now(UTC))
    await tell_writers(datetime.now(UTC), outbox_id)


async def sweep_outbox(ctx: dict[str, Any]) -> None:
    await sending.sweep_outbox(datetime.now(UTC))
    await tell_writers(datetime.now(UTC))
