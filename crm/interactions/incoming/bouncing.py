"""A mail of ours came back: the message says so, its writer is told, and an address that does not exist is marked."""

from __future__ import annotations

from datetime import datetime

from crm.database import execute, fetch_one
from crm.mail.parse import Message
from crm.notifications.actions import notify
from crm.notifications.sentences import Kind


async def note_bounce(mail: Message, *, now: datetime) -> None:
    """Note on the message that it did not arrive (RFC 3464). Only a report about a message that we sent to that very address
    marks it: anybody can write a report."""
    bounce = mail.bounce
    if bounce is None or not bounce.is_lasting:
        return
    row = await fetch_one(
        "UPDATE outbox_message SET status = 'failed', error = $2 WHERE message_id = $1 AND status IN ('sent', 'sending') "
        "AND ($3 = '' OR lower(to_address) = $3) RETURNING id, to_address, subject",
        bounce.message_id, f"{bounce.status} {mail.subject}".strip()[:500], bounce.recipient,
    )  # fmt: skip
    if row is None:
        return
    await execute(
        "UPDATE email_address SET returned_at = $2 WHERE lower(address) = lower($1) AND returned_at IS NULL",
        row.to_address,
        now,
    )
    told = await fetch_one(
        "SELECT k.id, k.subject, c.name AS customer, coalesce(m.by_user, k.assignee) AS who FROM ticket_message m "
        "JOIN ticket k ON k.id = m.ticket JOIN customer c ON c.id = k.customer "
        "WHERE m.outbox_id = $1 AND c.restricted_at IS NULL AND c.deleted_at IS NULL",
        row.id,
    )
    if told is not None and told.who is not None:
        await notify(
            told.who, Kind.MAIL_FAILED, detail={"subject": row.subject, "customer": told.customer}, link=f"/tickets/{told.id}",
            now=now, dedupe_key=f"bounce {row.id}",
        )  # fmt: skip
