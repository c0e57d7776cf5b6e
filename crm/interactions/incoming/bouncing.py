"""A mail of ours came back: the message says so, its writer is told (of an automatic answer: a person
takes over), and an address that does not exist is marked."""

from __future__ import annotations

from datetime import datetime

from crm.database import execute, fetch_one, fetch_value
from crm.mail.automatic import Bounce
from crm.mail.parse import Message
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.tickets.answers.settling import take_over_if_unreached


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
        await _note_copy(bounce, mail.subject, now)
        return
    await execute(
        "UPDATE email_address SET returned_at = $2 WHERE lower(address) = lower($1) AND returned_at IS NULL",
        row.to_address,
        now,
    )
    told = await fetch_one(
        "SELECT k.id, m.is_automatic, k.subject, c.name AS customer, coalesce(m.by_user, k.assignee) AS who FROM ticket_message m "
        "JOIN ticket k ON k.id = m.ticket JOIN customer c ON c.id = k.customer "
        "WHERE m.outbox_id = $1 AND c.restricted_at IS NULL AND c.deleted_at IS NULL",
        row.id,
    )
    if told is None or (told.is_automatic and await take_over_if_unreached(told.id, now=now)):
        return
    if told.who is not None:
        await notify(
            told.who, Kind.MAIL_FAILED, detail={"subject": row.subject, "customer": told.customer}, link=f"/tickets/{told.id}",
            now=now, dedupe_key=f"bounce {row.id}",
        )  # fmt: skip


async def _note_copy(bounce: Bounce, subject: str, now: datetime) -> None:
    """A copy came back: that address alone is marked; the addressee has the message."""
    address = await fetch_value(
        "UPDATE outbox_copy y SET returned_at = $3, error = $4 FROM outbox_message x WHERE x.id = y.message AND x.message_id = $1 "
        "AND lower(y.address) = $2 AND y.sent_at IS NOT NULL AND y.returned_at IS NULL RETURNING y.address",
        bounce.message_id, bounce.recipient, now, f"{bounce.status} {subject}".strip()[:500],
    )  # fmt: skip
    if address is not None:
        await execute(
            "UPDATE email_address SET returned_at = $2 WHERE lower(address) = lower($1) AND returned_at IS NULL",
            address, now,
        )  # fmt: skip
