"""Mail that is to leave: one message when the queue asks for it, and a sweep for what was missed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.consents import sending
from crm.interactions.incoming import receiving
from crm.interactions.mails import intake, polling
from crm.interactions.mails.telling import tell_writers
from crm.interactions.web_forms import sending as web_forms
from crm.tickets.following import tell_status_changes


async def send_message(ctx: dict[str, Any], outbox_id: int) -> None:
    await sending.send_message(outbox_id, now=datetime.now(UTC))
    await tell_writers(datetime.now(UTC), outbox_id)


async def sweep_outbox(ctx: dict[str, Any]) -> None:
    await tell_status_changes(now=datetime.now(UTC))
    await sending.sweep_outbox(datetime.now(UTC))
    await tell_writers(datetime.now(UTC))


async def file_logged_mail(ctx: dict[str, Any], mail_id: int) -> None:
    await intake.file_logged_mail(mail_id, now=datetime.now(UTC))


async def file_incoming_mail(ctx: dict[str, Any], mail_id: int) -> None:
    await receiving.file_incoming_mail(mail_id, now=datetime.now(UTC))


async def poll_letter_boxes(ctx: dict[str, Any]) -> None:
    await polling.poll_letter_boxes(datetime.now(UTC))
    await intake.sweep_logged_mails(datetime.now(UTC))
    await receiving.sweep_incoming(datetime.now(UTC))


async def forget_settled_mails(ctx: dict[str, Any]) -> None:
    await intake.forget_settled_mails(now=datetime.now(UTC))
    await receiving.forget_incoming(now=datetime.now(UTC))
    await web_forms.forget_attempts(now=datetime.now(UTC))
