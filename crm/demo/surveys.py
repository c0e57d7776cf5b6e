"""Surveys of the demo company: one after each solved enquiry, one some weeks after the delivery, an anonymous one with too few answers
to show, one among colleagues, and what was said in interviews."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.demo.world import World
from crm.surveys.answering import keep_answer
from crm.surveys.calling_back import Answering
from crm.surveys.defining import ask_staff, create_survey, start_survey
from crm.surveys.forms import Given, Question, SurveyData
from crm.surveys.queries import questions_of
from crm.surveys.tables import Audience, Occasion, QuestionKind

MOST = 4000
"""Answers of a survey: of a large demo company the latest."""

_SOLVED = Question(
    QuestionKind.CSAT, "Wie zufrieden sind Sie damit, wie wir Ihre Anfrage gelöst haben?",
    "How satisfied are you with how we solved your enquiry?",
)  # fmt: skip
_RECOMMEND = Question(
    QuestionKind.NPS, "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", "How likely are you to recommend us?"
)  # fmt: skip
_SHOWROOM = Question(
    QuestionKind.CSAT, "Wie hat Ihnen unsere Ausstellung gefallen?", "How did you like our showroom?"
)  # fmt: skip
_MISSED = Question(QuestionKind.TEXT, "Was haben Sie vermisst?", "What did you miss?")
_HOTLINE = Question(
    QuestionKind.CSAT, "Wie gut sind unsere Kunden an der Hotline aufgehoben?", "How well are our customers looked after on the hotline?"
)  # fmt: skip

# The answers that there are become those of the survey: each with its response and its invitation.
_ADOPT = f"""
    WITH taken AS (
        SELECT a.id, a.touchpoint, a.at, a.customer, a.person, a.ticket, row_number() OVER (ORDER BY a.at DESC, a.id) AS n
        FROM survey_answer a WHERE a.metric = $2 AND a.at >= $3 AND ($4 = (a.ticket IS NOT NULL)) ORDER BY a.at DESC, a.id LIMIT {MOST}
    ), numbered AS (
        SELECT t.*, (SELECT coalesce(max(id), 0) FROM survey_response) + n AS response FROM taken t
    ), responses AS (
        INSERT INTO survey_response (id, survey, questions, source, touchpoint, at)
        SELECT response, $1, 1, 'link', touchpoint, at FROM numbered
    ), invitations AS (
        INSERT INTO survey_invitation (survey, event, customer_id, person_id, ticket_id, touchpoint, address, language, questions, state,
            reason, due_at, sent_at, expires_at, answered_at, response)
        SELECT $1, CASE WHEN ticket IS NULL THEN 'answer ' || id ELSE 'ticket ' || ticket END, customer, person, ticket,
            coalesce((SELECT v.touchpoint FROM survey v WHERE v.id = $1), touchpoint), '', 'de', 1, 'answered', '',
            at - interval '1 day', at - interval '1 day', at + interval '29 days', at, response
        FROM numbered ORDER BY n ON CONFLICT DO NOTHING
    )
    UPDATE survey_answer a SET survey = $1, response = n.response,
        question = (SELECT id FROM survey_question q WHERE q.survey = $1 AND q.position = 0) FROM numbered n WHERE a.id = n.id
"""
# Of ten others whom something happened to, some did not answer, some may not be asked, some had been asked a short while ago.
_OTHERS = """
    INSERT INTO survey_invitation (survey, event, customer_id, person_id, ticket_id, touchpoint, address, language, questions, state,
        reason, due_at, sent_at, expires_at)
    SELECT $1, x.event, x.customer, x.person, x.ticket, coalesce($2, x.touchpoint), '', 'de', 1,
        CASE WHEN x.n % 10 >= 6 THEN 'left_out' WHEN x.at < $3::timestamptz - interval '30 days' THEN 'expired' ELSE 'sent' END,
        CASE WHEN x.n % 10 < 6 THEN '' WHEN x.n % 10 < 8 THEN 'no_basis' ELSE 'asked_lately' END,
        x.at, CASE WHEN x.n % 10 < 6 THEN x.at END, CASE WHEN x.n % 10 < 6 THEN x.at + interval '30 days' END
    FROM ({events}) x ON CONFLICT (survey, event) DO NOTHING
"""
_TICKETS = f"""
    SELECT 'ticket ' || k.id AS event, k.customer, k.person, k.id AS ticket, k.solved_at AS at, k.id AS n,
        (SELECT i.touchpoint FROM interaction i WHERE i.ticket = k.id ORDER BY i.at, i.id LIMIT 1) AS touchpoint FROM ticket k
    WHERE k.status IN ('solved', 'closed') AND k.solved_at >= $4 AND k.solved_at < $3 ORDER BY k.solved_at DESC LIMIT {MOST}"""
_ORDERS = f"""
    SELECT 'order ' || o.id AS event, o.customer, NULL::bigint AS person, NULL::bigint AS ticket,
        (o.delivered_on + 14) + time '10:00' AS at, o.id AS n, NULL::bigint AS touchpoint FROM customer_order o
    WHERE o.delivered_on + 14 >= $4::timestamptz::date AND o.delivered_on + 14 < $3::timestamptz::date
    ORDER BY o.delivered_on DESC LIMIT {MOST}"""
_NOTES = (
    ("hotline", "customers", "Ich rufe nur an, wenn es wirklich eilt. Dann will ich nicht zehn Minuten Musik hören."),
    (
        "hotline",
        "staff",
        "Montags vor zehn kommen wir nicht nach. Ein Rückruf zur festen Zeit würde beiden Seiten helfen.",
    ),
    ("invoice", "customers", "Die neue Rechnung verstehe ich. Die alte musste mir mein Schwager erklären."),
    ("order_status", "customers", "Ein Satz pro Woche hätte gereicht: Ihre Küche steht jetzt in der Lackiererei."),
    ("order_status", "staff", "Wir wissen selbst oft nicht, wie weit die Fertigung ist, und müssen erst nachfragen."),
)


def _data(name: str, occasion: Occasion, question: Question, *more: Question, **changed: object) -> SurveyData:
    values: dict[str, object] = {
        "audience": Audience.CUSTOMERS, "touchpoint": "", "days": 0, "is_anonymous": False, "limit_days": 90, "valid_days": 30,
        "low": 6 if question.kind is QuestionKind.NPS else 2, "at_night": False, "intro_de": "", "intro_en": "",
    }  # fmt: skip
    return SurveyData(name=name, occasion=occasion, questions=(question, *more), **{**values, **changed})  # type: ignore[arg-type]


async def write_surveys(world: World) -> None:
    """After the answers and the enquiries are there."""
    lead, now = world.staff.ids["lead"], world.now
    year, half = now - timedelta(days=365), now - timedelta(days=180)
    await execute("SELECT setval('survey_id_seq', coalesce(max(id), 0) + 1, false) FROM survey")
    solved = await _running(_data("Nach jeder erledigten Anfrage", Occasion.TICKET_SOLVED, _SOLVED, days=1), lead, year)
    recommend = await _running(
        _data("Weiterempfehlung, zwei Wochen nach der Lieferung", Occasion.DELIVERED, _RECOMMEND, touchpoint="delivery", days=14),
        lead, half,
    )  # fmt: skip
    await execute(_ADOPT, solved, "csat", year, True)
    await execute(_ADOPT, recommend, "nps", half, False)
    await execute("SELECT setval('survey_response_id_seq', coalesce(max(id), 0) + 1, false) FROM survey_response")
    await execute(_OTHERS.format(events=_TICKETS), solved, None, now, year)
    delivery = await fetch_value("SELECT id FROM touchpoint WHERE code = 'delivery'")
    await execute(_OTHERS.format(events=_ORDERS), recommend, delivery, now, half)
    await _write_small_ones(lead, world.staff.ids["agent"], now)
    await _write_notes(lead, now)


async def _running(data: SurveyData, lead: int, since: datetime) -> int:
    survey_id = await create_survey(data, by=lead, now=since)
    await start_survey(survey_id, by=lead, now=since)
    return survey_id


async def _row(survey_id: int) -> Row:
    row = await fetch_one("SELECT * FROM survey WHERE id = $1", survey_id)
    assert row is not None
    return row


async def _write_small_ones(lead: int, not_yet: int, now: datetime) -> None:
    """The anonymous one about the showroom with three sheets of paper, and one among colleagues: all but one have answered."""
    showroom = await _running(
        _data("Ausstellung, anonym", Occasion.NONE, _SHOWROOM, _MISSED, touchpoint="showroom", is_anonymous=True), lead,
        now - timedelta(days=12),
    )  # fmt: skip
    questions = await questions_of(showroom, 1)
    for days, score, missed in ((9, 5, ""), (6, 4, "Mehr Armaturen zum Anfassen."), (3, 3, "")):
        at = now - timedelta(days=days)
        survey = await _row(showroom)
        texts = {1: missed} if missed else {}
        await keep_answer(
            Answering(survey, questions, "paper", "showroom", by=lead), Given({0: score}, texts), at=at, now=now
        )
    colleagues = await _running(
        _data("Wie sehen wir unsere Hotline?", Occasion.NONE, _HOTLINE, audience=Audience.STAFF, touchpoint="hotline"), lead,
        now - timedelta(days=5),
    )  # fmt: skip
    agents = [
        row.id
        for row in await fetch("SELECT id FROM staff WHERE role = 'agent' AND deactivated_at IS NULL ORDER BY id")
    ]
    await ask_staff(colleagues, agents, by=lead, now=now - timedelta(days=5))
    await execute(
        "UPDATE notification SET read_at = at + interval '2 hours', mail_at = NULL WHERE kind = 'survey_asked'"
    )
    for score, agent in zip((4, 5, 3, 4, 4, 5), [one for one in agents if one != not_yet], strict=False):
        await _colleague_answers(colleagues, agent, score, now - timedelta(days=4))


async def _colleague_answers(survey_id: int, user_id: int, score: int, at: datetime) -> None:
    questions = await questions_of(survey_id, 1)
    response = await keep_answer(
        Answering(await _row(survey_id), questions, "staff", "hotline", by=user_id),
        Given({0: score}, {}),
        at=at,
        now=at,
    )
    await execute(
        "UPDATE survey_invitation SET state = 'answered', answered_at = $3, response = $4 WHERE survey = $1 AND \"user\" = $2",
        survey_id, user_id, at, response,
    )  # fmt: skip


async def _write_notes(lead: int, now: datetime) -> None:
    for days, (touchpoint, speaker, text) in enumerate(_NOTES, 8):
        await execute(
            "INSERT INTO interview_note (touchpoint, speaker, said_on, text, by_user, created_at) "
            "SELECT id, $2, $3, $4, $5, $6 FROM touchpoint WHERE code = $1",
            touchpoint, speaker, (now - timedelta(days=days)).date(), text, lead, now - timedelta(days=days),
        )  # fmt: skip
