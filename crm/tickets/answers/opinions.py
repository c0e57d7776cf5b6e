"""What readers of the FAQ page and agents make of an answer: counts, and nothing about who."""

from __future__ import annotations

from datetime import datetime

from crm.database import HIGHEST_ID, execute, fetch_value
from crm.errors import NotFound
from crm.tickets.answers.queries import SERVED, today


async def count_opinion(answer_id: int, *, helped: bool, now: datetime) -> None:
    """One more whom the answer helped, or did not. Raises NotFound for what does not stand on the page."""
    column = "helped" if helped else "did_not_help"
    counted = await fetch_value(
        f"UPDATE approved_answer a SET {column} = {column} + 1 FROM answer_version v WHERE a.id = $1 AND a.is_published "
        f"AND v.answer = a.id AND v.number = a.approved_version AND {SERVED.format(today='$2')} RETURNING a.id",
        answer_id if 0 < answer_id <= HIGHEST_ID else 0, today(now),
    )  # fmt: skip
    if counted is None:
        raise NotFound()


async def count_inserted(sent: str) -> None:
    """An agent has answered with the answer of this id, as the form says it; nothing for what is none."""
    answer_id = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else 0
    if not 0 < answer_id <= HIGHEST_ID:
        return
    await execute("UPDATE approved_answer SET inserted = inserted + 1 WHERE id = $1", answer_id)
