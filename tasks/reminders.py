"""Delivering follow-ups when they are due."""

from datetime import UTC, datetime
from typing import Any

from crm.interactions.calls import waiting
from crm.interactions.mails import event_mails
from crm.reminders import actions, caused


async def deliver_reminder(ctx: dict[str, Any], reminder_id: int) -> None:
    """Deliver one reminder that is due now."""
    await actions.deliver_reminder(reminder_id, now=datetime.now(UTC))


async def sweep_reminders(ctx: dict[str, Any]) -> None:
    """Deliver what the queue lost."""
    await actions.sweep_reminders(now=datetime.now(UTC))


async def tell_of_waiting_calls(ctx: dict[str, Any]) -> None:
    """Calls that are nobody's."""
    await waiting.tell_of_waiting_calls(now=datetime.now(UTC))


async def follow_up(ctx: dict[str, Any]) -> None:
    """What comes of its own accord: before a contact rhythm ends, and some days after an event."""
    await caused.follow_up(now=datetime.now(UTC))
    await event_mails.send_event_mails(now=datetime.now(UTC))
