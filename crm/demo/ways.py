"""Ways of answering in the demo company: text blocks that stand in its answers, some of them changed, and simple questions that were
answered automatically in the months when level 0 was on;
customers have said how satisfied they were with both."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from crm.database import execute, fetch, fetch_one
from crm.demo.world import World
from crm.mail.placeholders import fixed_parts
from crm.surveys.answering import keep_answer
from crm.surveys.calling_back import Answering
from crm.surveys.forms import Given
from crm.surveys.queries import questions_of
from crm.tickets.blocks.catalogue import add_text_block
from crm.web.i18n import _, speaking


class Block(NamedTuple):
    """A text block as it stands in the answers; of `changes` such answers one was changed: `instead` of what stands in `part`."""

    topic: str
    name: str
    body: str
    changes: int = 0
    part: str = ""
    instead: str = ""


BLOCKS = (
    Block("product", "Muster unterwegs", "Die Muster sind unterwegs. Behalten Sie sie gern, bis Sie sich entschieden haben.",
          6, "bis Sie sich entschieden haben", "solange Sie möchten"),
    Block("product", "Farbkarte", "Es gibt 24 Farben. Die Karte schicken wir Ihnen zu, zwei Muster legen wir bei."),
    Block("delivery", "Teillieferung", "Das geht. Die Unterschränke kommen am {?Tag}, der Rest wie vereinbart."),
    Block("delivery", "Fronten neu bestellt",
          "Danke für die Fotos. Die Fronten sind neu bestellt, die alten nehmen wir beim Tausch mit.", 5, "Danke für die Fotos.",
          "Das ist ärgerlich, und danke für die Fotos."),
    Block("billing", "Mahnung aufheben",
          "Ihre Zahlung ist da, sie war falsch zugeordnet. Die Mahnung ist gegenstandslos. Bitte entschuldigen Sie.", 1,
          "Bitte entschuldigen Sie.", "Ich habe das heute selbst geprüft, es tut mir leid."),
    Block("billing", "Lohnkosten ausweisen", "Die neue Rechnung mit getrennter Lohnleistung hängt an."),
    Block("order", "Auftragsbestätigung nachreichen",
          "Sie lag bei uns im Ausgang. Bitte entschuldigen Sie, sie ist jetzt im Anhang."),
    Block("technical", "Auszug neu einsetzen",
          "Bitte lösen Sie die beiden blauen Hebel und setzen Sie ihn neu ein. Hilft das nicht, kommt am {?Tag} jemand.", 4,
          "Bitte lösen Sie", "Am schnellsten hilft das: Lösen Sie bitte"),
    Block("delivery", "Lieferfenster verschieben",
          "Ja, wir kommen zwischen {?von} und {?bis} Uhr. Der Fahrer ruft eine halbe Stunde vorher an."),
    Block("delivery", "Ware ist da", "Die Platte ist heute eingetroffen, wir liefern am {?Tag} zwischen {?von} und {?bis} Uhr."),
    Block("billing", "Rechnung umgeschrieben", "Ist umgeschrieben. Die alte Rechnung ist storniert."),
    Block("billing", "Skonto nachholen", "Stimmt, das holen wir nach. Ziehen Sie das Skonto bitte einfach ab."),
    Block("order", "Doppelt bestellt", "Eine ist storniert, es wird nur einmal abgebucht."),
    Block("technical", "Netzteil tauschen", "Das Netzteil ist defekt. Ein neues ist unterwegs, der Tausch ist kostenlos."),
    Block("product", "Nachweis beilegen", "Den Nachweis finden Sie im Anhang. Er gilt für alle Fronten aus Massivholz."),
)  # fmt: skip
"""The names speak German: the demo company answers in it."""

AUTOMATIC = {
    "Öffnungszeiten": "Wann haben Sie geöffnet?",
    "Öffnungszeiten zwischen den Feiertagen": "Wann haben Sie geöffnet?",
    "Alte Küche": "Nehmen Sie die alte Küche mit?",
    "Entsorgung der alten Küche": "Nehmen Sie die alte Küche mit?",
    "Pflege der Arbeitsplatte": "Wie pflege ich eine Arbeitsplatte aus Holz?",
    "Parken vor der Ausstellung": "Kann ich bei Ihnen parken?",
}
"""Subjects of enquiries, and the approved answers that fit them."""

# The first answer of each enquiry, where it is written: $1 the words of a text block.
_PUT_IN = """
    INSERT INTO answer_source (message, text_block, is_changed)
    SELECT m.id, $2, false FROM ticket_message m WHERE m.kind = 'reply' AND NOT m.is_automatic AND m.channel = 'email' AND m.text LIKE $1
"""
_CHANGED = """
    UPDATE answer_source s SET is_changed = true FROM ticket_message m
    WHERE s.text_block = $1 AND m.id = s.message AND m.ticket % 7 < $2
"""
_REWORDED = """
    UPDATE ticket_message m SET text = replace(m.text, $2, $3) FROM answer_source s
    WHERE s.text_block = $1 AND s.is_changed AND m.id = s.message
"""
# Written and simple, answered once by a person and never again: $1 the subjects, $2 since when.
_SIMPLE = """
    SELECT k.id, k.subject, k.opened_at, k.solved_at, min(m.id) AS message, min(m.at) AS replied_at FROM ticket k
    JOIN ticket_message m ON m.ticket = k.id AND m.kind = 'reply'
    WHERE k.subject = ANY($1) AND k.channel IN ('email', 'web') AND k.status IN ('solved', 'closed') AND k.opened_at >= $2
        AND k.escalations = 0 AND k.language = 'de' AND k.merged_into IS NULL
        AND NOT EXISTS (SELECT FROM closure c WHERE c.ticket = k.id AND c.reopened_at IS NOT NULL)
    GROUP BY k.id HAVING count(*) = 1 ORDER BY k.id
"""
_ANSWERS = """
    SELECT a.id, v.number, v.title_de, v.text_de FROM approved_answer a
    JOIN answer_version v ON v.answer = a.id AND v.number = a.approved_version
"""
_WAS_AUTOMATIC = """
    WITH said AS (
        UPDATE ticket_message SET is_automatic = true, by_user = NULL, channel = 'email', text = $3, at = $4 WHERE id = $2 RETURNING id
    ), told AS (
        UPDATE ticket SET first_responded_at = NULL, first_response_due_at = greatest(first_response_due_at, solved_at),
            solution_due_at = greatest(solution_due_at, solved_at), first_breached_at = NULL, solution_breached_at = NULL WHERE id = $1
    )
    INSERT INTO automatic_answer (ticket, answer, number, language, score, words, message_id, at, settled_at)
    SELECT $1, $5, $6, 'de', 78 + $1 % 17, '[]', id, $4, $7 FROM said
"""
# It was not enough: the customer asked for a person ($6), who answered.
_A_PERSON_FOLLOWED = """
    WITH said AS (
        INSERT INTO ticket_message (ticket, kind, channel, text, at, is_automatic) VALUES ($1, 'reply', 'email', $2, $3, true) RETURNING id
    ), asked AS (
        INSERT INTO ticket_message (ticket, kind, channel, person_id, text, at)
        SELECT id, 'inbound', 'web', person, $7, $6 FROM ticket WHERE id = $1
    )
    INSERT INTO automatic_answer (ticket, answer, number, language, score, words, message_id, at, ended_at, ended_by)
    SELECT $1, $4, $5, 'de', 75 + $1 % 9, '[]', id, $3, $6, 'click' FROM said
"""
# What was answered so in the last year, and nobody has said how satisfied they are; two of three of them.
_UNSAID = """
    SELECT k.id, k.customer, k.person, k.solved_at, x.ticket IS NOT NULL AS was_automatic FROM ticket k
    JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    JOIN person p ON p.id = k.person AND p.restricted_at IS NULL AND p.erased_at IS NULL
    LEFT JOIN automatic_answer x ON x.ticket = k.id
    WHERE k.solved_at >= $1 AND k.solved_at < $2 AND k.id % 3 > 0 AND (x.ticket IS NOT NULL OR EXISTS (
            SELECT FROM answer_source s JOIN ticket_message m ON m.id = s.message WHERE m.ticket = k.id))
        AND NOT EXISTS (SELECT FROM survey_answer a WHERE a.ticket = k.id) ORDER BY k.id LIMIT 120
"""
_ANSWERED = """
    INSERT INTO survey_invitation (survey, event, customer_id, person_id, ticket_id, language, questions, state, due_at, sent_at,
        expires_at, answered_at, response)
    VALUES ($1, 'ticket ' || $2::bigint, $3, $4, $2, 'de', 1, 'answered', $5::timestamptz, $5, $5::timestamptz + interval '30 days', $6, $7)
    ON CONFLICT (survey, event) DO UPDATE SET state = 'answered', reason = '', sent_at = excluded.sent_at,
        expires_at = excluded.expires_at, answered_at = excluded.answered_at, response = excluded.response
"""
SAID = {True: (3, 4, 3, 5, 3, 4, 4, 3), False: (5, 4, 4, 5, 3, 5, 4, 4, 5)}
"""How satisfied customers were with automatic answers, and with text blocks; one after the other."""
LATELY = timedelta(days=365)


async def write_ways(world: World) -> None:
    """After the enquiries and the approved answers are there."""
    lead = world.staff.ids["lead"]
    for block in BLOCKS:
        values = {"topic": block.topic, "name_de": block.name, "name_en": "", "body_de": block.body, "body_en": ""}
        block_id = await add_text_block(values, by=lead, now=world.now - LATELY)
        await execute(_PUT_IN, f"{'%'.join(fixed_parts(block.body))}%", block_id)
        if block.changes:
            await execute(_CHANGED, block_id, block.changes)
            await execute(_REWORDED, block_id, block.part, block.instead)
    await _answer_automatically(world)
    await _say_how_it_was(world)


async def _answer_automatically(world: World) -> None:
    answers = {row.title_de: row for row in await fetch(_ANSWERS)}
    for row in await fetch(_SIMPLE, list(AUTOMATIC), world.now - LATELY):
        answer = answers.get(AUTOMATIC[row.subject])
        if answer is None:
            continue
        at = row.opened_at + timedelta(seconds=20 + row.id % 25)
        with speaking("de"):
            text = f"{_('This answer was sent automatically.')}\n\n{answer.text_de}"
        asked = at + (row.replied_at - at) / 3
        if row.id % 4 == 0 and asked > at:
            with speaking("de"):
                wish = _("I would like to talk to a person.")
            await execute(_A_PERSON_FOLLOWED, row.id, text, at, answer.id, answer.number, asked, wish)
            continue
        await execute(_WAS_AUTOMATIC, row.id, row.message, text, at, answer.id, answer.number, row.solved_at)


async def _say_how_it_was(world: World) -> None:
    survey = await fetch_one("SELECT * FROM survey WHERE occasion = 'ticket_solved' ORDER BY id LIMIT 1")
    if survey is None:
        return
    questions, day = await questions_of(survey.id, survey.questions), timedelta(days=1)
    for row in await fetch(_UNSAID, world.now - LATELY, world.now - 3 * day):
        scores = SAID[row.was_automatic]
        answering = Answering(survey, questions, "link", "email_service", row.customer, row.person, row.id)
        asked, said = row.solved_at + day, row.solved_at + day + timedelta(hours=3)
        response = await keep_answer(answering, Given({0: scores[row.id % len(scores)]}, {}), at=said, now=said)
        await execute(_ANSWERED, survey.id, row.id, row.customer, row.person, asked, said, response)
