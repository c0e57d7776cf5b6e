"""Answers by mail as they happen: one with documents and a copy to the customer's tradesman, who adds something; one that came back."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.customers.documents import NewDocument, attach_document
from crm.database import Row, execute, fetch, transaction
from crm.mail.message import Copy
from crm.tickets.answering import reply, write_message
from crm.tickets.copies import keep_recipients
from crm.tickets.locking import lock_ticket
from crm.tickets.tables import OPEN_SQL, MessageKind

FITTER = Copy("werkstatt@holz-brandl.example", "Schreinerei Brandl")
FORMER = Copy("buero@kuechenplanung-ott.example", "Küchenplanung Ott")
_PAPERS = {
    "Aufstellung zur Rechnung.txt": "Anpassung an der Wand: 4 Stunden zu 68 EUR, Kleinteile 24 EUR, Anfahrt 84 EUR.",
    "Aufmass.txt": "Linke Wand 598 mm, rechte Wand 602 mm, Höhe 2.480 mm.",
    "Auftrag.txt": "Auftrag mit Nachtrag: Anpassung nach Aufwand, in Absprache mit der Schreinerei.",
}
_ANSWER = (
    "Guten Tag,\n\nanbei die Aufstellung zur Rechnung mit Aufmaß und Auftrag. Die Schreinerei bekommt alles in Kopie, sie hat die "
    "Anpassung ausgeführt. Melden Sie sich bitte, wenn etwas offen bleibt.\n\nMit freundlichen Grüßen"
)
_ADDED = (
    "Guten Tag,\n\ndie vier Stunden stimmen: Die linke Wand war schief, deshalb mussten wir den Hochschrank anpassen. Das Foto davon "
    "schicke ich gern nach.\n\nAlois Brandl, Schreinerei Brandl"
)
_RETURNED = "Guten Tag,\n\nIhre Unterlagen sind fertig. Wohin dürfen wir sie schicken?\n\nMit freundlichen Grüßen"

# The newest enquiries of people with an address that nobody has answered, the forwarded one left out.
_OPEN = f"""
    SELECT k.id, k.customer, k.assignee, m.id AS message_id FROM ticket k JOIN customer c ON c.id = k.customer
    JOIN topic t ON t.id = k.topic
    JOIN LATERAL (SELECT min(m.id) AS id FROM ticket_message m WHERE m.ticket = k.id AND m.kind = 'inbound') m ON m.id IS NOT NULL
    WHERE k.language = 'de' AND k.status IN {OPEN_SQL} AND k.assignee IS NOT NULL AND k.opened_at < $1
        AND c.restricted_at IS NULL AND c.deleted_at IS NULL AND EXISTS (SELECT FROM email_address e WHERE e.person = k.person)
        AND NOT EXISTS (SELECT FROM ticket_message o WHERE o.ticket = k.id AND o.kind <> 'inbound')
    ORDER BY (t.code = 'billing') DESC, (k.channel = 'email') DESC, k.opened_at DESC, k.id DESC LIMIT 2
"""


async def write_mailed(end: datetime) -> None:
    """The two newest enquiries that are older than an afternoon, about an invoice if there is one."""
    rows = await fetch(_OPEN, end - timedelta(hours=9))
    if len(rows) < 2:
        return
    customers = [row.customer for row in rows]
    before = await fetch(
        "SELECT customer, interactions, last_contact_at FROM customer_figures WHERE customer = ANY($1)", customers
    )
    await _answered_with_copies(rows[0], end)
    await _came_back(rows[1], end)
    for row in before:  # the demo's figures count what was logged alone, as those of its other answers do
        await execute(
            "UPDATE customer_figures SET interactions = $2, last_contact_at = $3 WHERE customer = $1",
            row.customer, row.interactions, row.last_contact_at,
        )  # fmt: skip


async def _answered_with_copies(ticket: Row, end: datetime) -> None:
    written_at, added_at = end - timedelta(hours=8), end - timedelta(hours=6)
    await execute(
        "UPDATE ticket_message SET mail_id = $2 WHERE id = $1",
        ticket.message_id,
        f"<demo-{ticket.message_id}@post.example>",
    )
    await keep_recipients(ticket.message_id, [], [FITTER, FORMER], besides=())
    papers = []
    for name, text in _PAPERS.items():
        paper = NewDocument(name, text.encode(), "text/plain")
        papers.append((await attach_document(ticket.customer, paper, by=ticket.assignee, now=written_at)).document_id)
    written = await reply(
        ticket.id, _ANSWER, by=ticket.assignee, now=written_at, document_ids=papers, cc=[FITTER.address, FORMER.address]
    )
    await _left(written.outbox_id, written_at)
    await execute(
        "UPDATE outbox_copy SET sent_at = $2, returned_at = CASE WHEN address = $3 THEN $2::timestamptz + interval '1 minute' END, "
        "error = CASE WHEN address = $3 THEN '5.1.1 Unzustellbar' ELSE '' END WHERE message = $1",
        written.outbox_id, written_at + timedelta(seconds=20), FORMER.address,
    )  # fmt: skip
    async with transaction():
        locked = await lock_ticket(ticket.id)
        added = await write_message(locked, MessageKind.OUTSIDE, _ADDED, at=added_at, by=None, channel="email")
        await execute("UPDATE ticket_message SET sender = $2 WHERE id = $1", added, FITTER.address)


async def _came_back(ticket: Row, end: datetime) -> None:
    written_at = end - timedelta(hours=7)
    written = await reply(ticket.id, _RETURNED, by=ticket.assignee, now=written_at)
    await _left(written.outbox_id, written_at)
    await execute(
        "UPDATE outbox_message SET status = 'failed', error = '5.1.1 Unzustellbar: Empfänger unbekannt' WHERE id = $1",
        written.outbox_id,
    )
    await execute(
        "UPDATE email_address e SET returned_at = $2 FROM outbox_message x WHERE x.id = $1 AND lower(e.address) = lower(x.to_address)",
        written.outbox_id, written_at + timedelta(minutes=1),
    )  # fmt: skip


async def _left(outbox_id: int | None, at: datetime) -> None:
    await execute(
        "UPDATE outbox_message SET status = 'sent', attempts = 1, sent_at = $2, next_attempt_at = NULL WHERE id = $1",
        outbox_id, at + timedelta(seconds=20),
    )  # fmt: skip
