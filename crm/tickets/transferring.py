"""Handing an enquiry to a person with a word for them."""

from __future__ import annotations

from datetime import datetime

from crm.database import transaction
from crm.tickets.answering import add_note
from crm.tickets.assigning import assign_ticket


async def transfer_ticket(ticket_id: int, user_id: int, note: str, *, by: int, now: datetime) -> None:
    """Assign it; the note, if there is one, stands in the conversation. Raises as assign_ticket does."""
    async with transaction():
        await assign_ticket(ticket_id, user_id, by=by, now=now)
        if note.strip():
            await add_note(ticket_id, note, by=by, now=now)
