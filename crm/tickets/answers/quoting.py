"""A good reply on an enquiry, with the question that it answered: what an approved answer can begin with."""

from __future__ import annotations

from crm.database import Row, fetch_one

_REPLY = """
    SELECT m.ticket, m.text, k.subject, k.language, t.code AS topic,
        (SELECT i.text FROM ticket_message i WHERE i.ticket = m.ticket AND i.kind = 'inbound' AND i.at < m.at
            ORDER BY i.at DESC, i.id DESC LIMIT 1) AS question
    FROM ticket_message m JOIN ticket k ON k.id = m.ticket LEFT JOIN topic t ON t.id = k.topic
    WHERE m.id = $1 AND m.kind = 'reply' AND NOT m.is_automatic
"""


async def text_of_reply(message_id: int) -> Row | None:
    """The reply with its enquiry (`ticket`: the caller asks whether this user may see it), or None if it is none."""
    return await fetch_one(_REPLY, message_id)
