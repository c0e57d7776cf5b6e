"""To which of our addresses the customer answers: that of the letter box by which the enquiry came, as long as it is in use."""

from __future__ import annotations

from crm.database import fetch_one
from crm.mail.message import COMPANY, Answers


async def answers_for(ticket_id: int) -> Answers:
    """Where an answer to a mail about this enquiry goes, and from which address the mail leaves: the box's own if an administrator
    allowed that, since the mail server must take it as a sender."""
    row = await fetch_one(
        "SELECT b.address, b.is_sender FROM ticket k JOIN letter_box b ON b.id = k.letter_box "
        "WHERE k.id = $1 AND b.is_active AND b.address <> ''",
        ticket_id,
    )
    if row is None:
        return COMPANY
    return Answers(from_address=row.address) if row.is_sender else Answers(reply_to=row.address)
