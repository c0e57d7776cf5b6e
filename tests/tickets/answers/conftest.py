"""The answers of the kitchen company, approved, and level 0 switched on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest

from crm.database import execute, fetch_value
from crm.tickets.answers.keeping import AnswerText, Use, approve_answer, draft_answer
from crm.tickets.answers.settings import LevelZeroSettings, change_level_zero
from tests.tickets.conftest import NOW, Desk, desk, round_the_clock

__all__ = ["desk", "round_the_clock"]

OPENING = AnswerText(
    "general", None, "Wann haben Sie geöffnet?", "When are you open?", "Wie sind Ihre Öffnungszeiten?\nHaben Sie samstags geöffnet?",
    "What are your opening hours?", "Montags bis freitags von 9 bis 18 Uhr.", "Monday to Friday from 9 to 18.",
)  # fmt: skip
OLD_KITCHEN = AnswerText(
    "delivery", None, "Nehmen Sie die alte Küche mit?", "", "Entsorgen Sie die alte Küche?", "", "Ja, für 250 Euro."
)
USED = Use(is_published=True, is_automatic=True)


@dataclass(frozen=True)
class Answers:
    """Level 0 is on at 75 percent."""

    desk: Desk
    opening: int
    old_kitchen: int


async def approved(text: AnswerText, by: int, now: datetime = NOW, use: Use = USED) -> int:
    answer = await draft_answer(text, by=by, now=now)
    await approve_answer(answer, 1, use, by=by, now=now)
    return answer


async def switch(*, is_on: bool = True, threshold: int = 75, is_faq_public: bool = True, by: int) -> None:
    await change_level_zero(LevelZeroSettings(is_on, threshold, 7, is_faq_public), by=by, now=NOW)


@pytest.fixture
async def answers(desk: Desk) -> Answers:
    eva = desk.cast.eva.id
    await switch(by=eva)
    await execute("UPDATE customer SET service_level = (SELECT id FROM service_level WHERE code = 'basis')")
    return Answers(desk, await approved(OPENING, eva), await approved(OLD_KITCHEN, eva))


async def automatic(ticket_id: int, column: str = "id") -> object:
    return await fetch_value(f"SELECT {column} FROM automatic_answer WHERE ticket = $1", ticket_id)


async def mailed(ticket_id: int, status: str = "sent") -> str:
    """What became of the automatic answer; its Message-ID."""
    found = await fetch_value(
        "UPDATE outbox_message SET status = $2 WHERE id = (SELECT m.outbox_id FROM automatic_answer x JOIN ticket_message m "
        "ON m.id = x.message_id WHERE x.ticket = $1) RETURNING message_id",
        ticket_id, status,
    )  # fmt: skip
    return str(found)
