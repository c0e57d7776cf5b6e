"""Which approved answers suit what a customer wrote last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.database import fetch_one
from crm.tickets.answers.queries import matcher_of, served

LEAST_SCORE = 35
MOST = 4

_ASKED = """
    SELECT k.language, k.subject, left(m.text, 3000) AS text FROM ticket k
    JOIN LATERAL (SELECT i.text FROM ticket_message i WHERE i.ticket = k.id AND i.kind = 'inbound' ORDER BY i.at DESC, i.id DESC LIMIT 1) m
        ON true
    WHERE k.id = $1
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer with its text in the language of the enquiry, and the words by which it was found."""

    id: int
    title: str
    text: str
    words: tuple[str, ...]


async def suggestions_for(ticket_id: int, now: datetime) -> list[Suggestion]:
    """The answers that fit best, also those that are never given automatically; a person decides."""
    asked = await fetch_one(_ASKED, ticket_id)
    if asked is None:
        return []
    rows = {row.id: row for row in await served(asked.language, now)}
    fitting = matcher_of(rows.values(), asked.language).verdict(asked.text, asked.subject).candidates
    return [
        Suggestion(one.answer_id, rows[one.answer_id].title, rows[one.answer_id].text, one.words)
        for one in fitting[:MOST]
        if one.score >= LEAST_SCORE
    ]
