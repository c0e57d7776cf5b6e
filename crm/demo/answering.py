"""The approved answers of the demo company. They stand on its FAQ page; level 0 is off by now."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import execute
from crm.demo.texts.approved import ANSWERS, Approved
from crm.demo.world import World
from crm.tickets.answers.keeping import AnswerText, Use, approve_answer, draft_answer
from crm.tickets.answers.settings import LevelZeroSettings, change_level_zero

UNAPPROVED = "Kosten Beratung und Planung etwas?"
RUNS_OUT = "Bieten Sie eine Finanzierung an?"
NOT_AUTOMATIC = ("Wie lange ist die Garantie?", "In welchem Umkreis liefern und montieren Sie?")


async def write_answers(world: World) -> None:
    """A dozen answers in both languages, one that waits for approval and one that runs out soon, and opinions of readers."""
    lead, agent, end = world.staff.ids["lead"], world.staff.ids["agent"], world.days.end
    for place, answer in enumerate(ANSWERS):
        await _write(answer, place, agent, lead, end)
    await change_level_zero(LevelZeroSettings(False, 75, 7, True), by=lead, now=end - timedelta(days=30))


async def _write(answer: Approved, place: int, agent: int, lead: int, end: datetime) -> None:
    drafted = end - timedelta(days=70 - place)
    expires_on = (end + timedelta(days=12)).date() if answer.title_de == RUNS_OUT else None
    text = AnswerText(expires_on=expires_on, **answer._asdict())
    answer_id = await draft_answer(text, by=agent, now=drafted)
    if answer.title_de == UNAPPROVED:
        return
    use = Use(is_published=True, is_automatic=answer.title_de not in NOT_AUTOMATIC)
    await approve_answer(answer_id, 1, use, by=lead, now=drafted + timedelta(days=1))
    await execute(
        "UPDATE approved_answer SET helped = $2, did_not_help = $3, inserted = $4 WHERE id = $1",
        answer_id, 4 + place * 7 % 23, place * 5 % 4, place * 3 % 8,
    )  # fmt: skip
