"""What belongs together in the demo company: two enquiries that are one, two that are linked, one that was given back, one that
somebody wants to be reminded of; and which products solved enquiries were about."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import execute, fetch, fetch_one, fetch_value
from crm.reminders.actions import set_reminder
from crm.tickets.escalating import escalate, give_back
from crm.tickets.linking import link_tickets
from crm.tickets.merging import merge_tickets
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.tables import OPEN_SQL

_TRIED = "Rechnung und Lieferschein verglichen: Die Menge stimmt, der Preis nicht. Den Rahmenvertrag sehe ich nicht."
_KNOWN = "Der Rahmenvertrag gilt: 4 % Nachlass ab 10 Stück, die Buchhaltung schreibt eine Gutschrift. Es fehlt nur noch die Antwort."
_OPEN = f"""
    SELECT k.id, k.customer, k.person, k.subject, k.topic, k.assignee, t.code FROM ticket k JOIN topic t ON t.id = k.topic
    JOIN customer c ON c.id = k.customer AND c.restricted_at IS NULL AND c.deleted_at IS NULL
    WHERE k.status IN {OPEN_SQL} AND k.assignee IS NOT NULL AND k.language = 'de' AND k.merged_into IS NULL
        AND k.kind = 'question' AND k.opened_at < $1
    ORDER BY k.opened_at DESC, k.id DESC LIMIT 12
"""
_PRODUCTS = """
    UPDATE closure l SET product = x.product FROM (
        SELECT DISTINCT ON (l.id) l.id, i.product FROM closure l JOIN ticket k ON k.id = l.ticket
        JOIN customer_order o ON o.customer = k.customer AND o.ordered_on < k.opened_at::date
        JOIN order_item i ON i.customer_order = o.id AND i.product IS NOT NULL
        WHERE l.cause IN ('defect', 'operation', 'damage', 'missing_information') AND l.at > $1
        ORDER BY l.id, o.ordered_on DESC, o.id DESC, i.id) x
    WHERE x.id = l.id
"""
OPENED = 2
"""So many enquiries are opened here, which the story leaves out."""

PRODUCTS_SINCE = timedelta(days=240)
"""Since then solving an enquiry asks for the product, in the demo company."""


async def put_together(evening: datetime, end: datetime) -> None:
    """From the newest open enquiries, each for one thing; `evening` is when the last working day of the story closes."""
    await execute(_PRODUCTS, end - PRODUCTS_SINCE)
    rows = await fetch(_OPEN, evening)
    if len(rows) < 4:
        return
    asked, one, other, kept = rows[:4]
    await _give_back(evening)
    again = NewTicket(asked.customer, asked.subject, "Ich habe noch nichts gehört. Können Sie mir schon etwas sagen?",
        topic=asked.code, person_id=asked.person, channel="email")  # fmt: skip
    second = await open_ticket(again, by=asked.assignee, now=evening + timedelta(minutes=20))
    await merge_tickets(second.id, asked.id, by=asked.assignee, now=evening + timedelta(minutes=30))
    await link_tickets(one.id, other.id, by=one.assignee, now=evening - timedelta(hours=1))
    await set_reminder(
        user_id=kept.assignee, customer_id=kept.customer, text="Beim Werk nachfragen, ob der Termin hält", by=kept.assignee, now=end,
        due_at=end + timedelta(days=1, hours=9), ticket_id=kept.id,
    )  # fmt: skip


async def _give_back(evening: datetime) -> None:
    """A question about an invoice went up, and comes down again with what is known."""
    new = await fetch_one(
        "SELECT k.customer, k.person, k.assignee FROM ticket k JOIN topic t ON t.id = k.topic AND t.code = 'billing' "
        "JOIN customer c ON c.id = k.customer AND c.restricted_at IS NULL AND c.deleted_at IS NULL "
        "WHERE k.assignee IS NOT NULL AND k.language = 'de' ORDER BY k.opened_at DESC, k.id DESC LIMIT 1"
    )
    if new is None:
        return
    opened = await open_ticket(
        NewTicket(new.customer, "Preis auf der Rechnung", "Der Preis auf der Rechnung ist höher als vereinbart. Bitte prüfen.",
            topic="billing", person_id=new.person), by=new.assignee, now=evening,
    )  # fmt: skip
    first = await fetch_value("SELECT assignee FROM ticket WHERE id = $1", opened.id)
    await escalate(opened.id, _TRIED, by=first or new.assignee, now=evening + timedelta(minutes=8))
    second = await fetch_value("SELECT assignee FROM ticket WHERE id = $1", opened.id)
    if await fetch_value("SELECT escalations FROM ticket WHERE id = $1", opened.id):
        await give_back(opened.id, _KNOWN, by=second or new.assignee, now=evening + timedelta(minutes=15))
