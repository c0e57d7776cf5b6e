"""One enquiry that was forwarded to a manufacturer, who has answered: beside the customer's words, not among them."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import execute, fetch_one, transaction
from crm.tickets.answering import write_message
from crm.tickets.forwarding import Forward, forward
from crm.tickets.locking import lock_ticket
from crm.tickets.tables import OPEN_SQL, MessageKind

MAKER = "kundendienst@nordherd.example"
_QUESTION = "Guten Tag,\n\neiner unserer Kunden meldet diese Störung. Ist die Ursache bekannt, und gibt es ein Ersatzteil?\n\n> {said}"
_ANSWER = (
    "Guten Tag,\n\nder Fehler ist bekannt. Bitte tauschen Sie das Steuerteil (Teilenummer 4711-20). Die Kosten übernehmen wir.\n\n"
    "Mit freundlichen Grüßen\nJens Petersen, Werkskundendienst Nordherd"
)
_OPEN = f"""
    SELECT k.id, k.subject, k.assignee, (SELECT m.text FROM ticket_message m WHERE m.ticket = k.id AND m.kind = 'inbound'
        ORDER BY m.at, m.id LIMIT 1) AS said
    FROM ticket k JOIN customer c ON c.id = k.customer JOIN topic t ON t.id = k.topic
    WHERE t.code = 'technical' AND k.language = 'de' AND k.status IN {OPEN_SQL} AND k.assignee IS NOT NULL AND k.opened_at < $1
        AND c.restricted_at IS NULL AND c.deleted_at IS NULL
    ORDER BY k.opened_at DESC, k.id DESC LIMIT 1
"""


async def write_forwarded(end: datetime) -> None:
    """The newest technical fault that is older than a day; what was sent has left."""
    asked_at, answered_at = end - timedelta(hours=20), end - timedelta(hours=3)
    row = await fetch_one(_OPEN, asked_at)
    if row is None:
        return
    what = Forward(MAKER, None, row.subject, _QUESTION.format(said=row.said or row.subject))
    message_id = await forward(row.id, what, by=row.assignee, now=asked_at)
    await execute(
        "UPDATE outbox_message x SET status = 'sent', attempts = 1, sent_at = $2, next_attempt_at = NULL FROM ticket_message m "
        "WHERE m.id = $1 AND x.id = m.outbox_id",
        message_id, asked_at + timedelta(seconds=20),
    )  # fmt: skip
    async with transaction():
        ticket = await lock_ticket(row.id)
        answer_id = await write_message(ticket, MessageKind.OUTSIDE, _ANSWER, at=answered_at, by=None, channel="email")
        await execute("UPDATE ticket_message SET sender = $2 WHERE id = $1", answer_id, MAKER)
