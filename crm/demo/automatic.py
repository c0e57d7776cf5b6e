"""Level 0 in the demo company: a question that was answered automatically, and one whose answer was not enough."""

from __future__ import annotations

from datetime import timedelta

from crm.database import execute, fetch
from crm.demo.world import World
from crm.tickets.answering import receive_message
from crm.tickets.answers.giving import Asker, open_and_answer
from crm.tickets.answers.settings import LevelZeroSettings, change_level_zero
from crm.tickets.opening import NewTicket

OPENED = 2
"""So many enquiries are opened here, which the story leaves out."""
_QUESTIONS = (
    ("Öffnungszeiten", "Haben Sie samstags geöffnet?"),
    ("Lieferzeit", "Wie lange dauert es von der Bestellung bis zur Lieferung?"),
)
_NOT_ENOUGH = (
    "Guten Tag,\n\ndanke, das war mir bekannt. Meine Küche habe ich aber schon vor elf Wochen bestellt. Können Sie bitte nachsehen, wo sie "
    "bleibt?"
)
# People with an address whose service level lets a first contact be answered at level 1, and who take automatic answers.
_ASKERS = """
    SELECT c.id AS customer, p.id AS person, e.address FROM customer c JOIN service_level s ON s.id = c.service_level
    JOIN affiliation a ON a.customer = c.id JOIN person p ON p.id = a.person AND p.restricted_at IS NULL
    JOIN LATERAL (SELECT address FROM email_address WHERE person = p.id AND returned_at IS NULL ORDER BY position, id LIMIT 1) e ON true
    WHERE c.kind = 'person' AND c.language = 'de' AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND NOT c.no_automatic_answers
        AND s.first_contact_level = 1 AND NOT EXISTS (SELECT FROM ticket k WHERE k.customer = c.id)
    ORDER BY c.id DESC LIMIT 12
"""


async def answer_automatically(world: World) -> None:
    """On the evening of the last working day, while level 0 was tried out; the second customer wrote back an hour later."""
    days, lead = world.days, world.staff.ids["lead"]
    evening = days.at(days.working_day(-1), 18, 40)
    await change_level_zero(LevelZeroSettings(True, 75, 7, True), by=lead, now=evening)
    possible = await fetch(_ASKERS)
    before = await fetch(
        "SELECT customer, interactions, last_contact_at FROM customer_figures WHERE customer = ANY($1)",
        [row.customer for row in possible],
    )
    askers = iter(possible)
    asked: list[int] = []
    for place, (subject, text) in enumerate(_QUESTIONS):
        at = evening + timedelta(minutes=15 * place)
        row = next(askers, None)
        if row is None:
            break
        new = NewTicket(row.customer, subject, text, channel="email", person_id=row.person)
        opened, is_answered = await open_and_answer(new, Asker(row.address), now=at)
        if is_answered:
            asked.append(opened.id)
        await execute(
            "UPDATE outbox_message x SET status = 'sent', attempts = 1, sent_at = $2, next_attempt_at = NULL "
            "FROM ticket_message m WHERE m.ticket = $1 AND x.id = m.outbox_id",
            opened.id, at + timedelta(seconds=20),
        )  # fmt: skip
    if len(asked) == len(_QUESTIONS):
        await receive_message(asked[-1], _NOT_ENOUGH, channel="email", by=None, now=evening + timedelta(hours=1))
    for row in before:  # the demo's figures count what was logged alone
        await execute(
            "UPDATE customer_figures SET interactions = $2, last_contact_at = $3 WHERE customer = $1",
            row.customer, row.interactions, row.last_contact_at,
        )  # fmt: skip
    await change_level_zero(LevelZeroSettings(False, 75, 7, True), by=lead, now=evening + timedelta(hours=2))
