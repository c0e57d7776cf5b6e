"""What comes back: by a link, from staff who are logged in, typed in from paper. A low answer of a customer whom we know opens an enquiry
to call them back; who looks after them is told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from crm.accounts.audit import record
from crm.accounts.company import signing_secret
from crm.customers.merged import survivor_sql
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.surveys.actions import NewAnswer, record_answer, revise_answer, withdraw_answer
from crm.surveys.calling_back import Answering, call_back_if_low
from crm.surveys.forms import Given
from crm.surveys.links import read_survey_token
from crm.surveys.queries import invitation_named, questions_of, staff_invitation
from crm.surveys.results import HIDDEN_BELOW
from crm.surveys.scales import SCALES, is_low
from crm.surveys.tables import Audience, InvitationState, Metric, SurveyStatus
from crm.web.i18n import _, zone

EDITABLE = timedelta(hours=24)
"""So long whoever answered can change what they said."""


async def open_invitation(token: str, now: datetime) -> Row:
    """The invitation of a link that can be answered, or was less than 24 hours ago. NotFound alike for one that we did not make, that is
    over, that was answered anonymously, and where the customer is gone or restricted."""
    invitation_id = read_survey_token(token, await signing_secret())
    row = await invitation_named(invitation_id) if invitation_id is not None else None
    if row is None or row.user is not None or not is_open(row, now) or not await _is_theirs(row):
        raise NotFound()
    return row


async def was_answered_anonymously(token: str) -> bool:
    """Whether a link of ours led to an answer that nobody can change any more, since nothing leads to it: a second click."""
    invitation_id = read_survey_token(token, await signing_secret())
    row = await invitation_named(invitation_id) if invitation_id is not None else None
    return row is not None and row.user is None and row.is_anonymous and row.state == InvitationState.ANSWERED


async def did_answer_anonymously(survey_id: int, user_id: int) -> bool:
    """The same for a colleague."""
    row = await staff_invitation(survey_id, user_id)
    return row is not None and row.is_anonymous and row.state == InvitationState.ANSWERED


async def open_for_staff(survey_id: int, user_id: int, now: datetime) -> Row:
    """The invitation of a colleague that can be answered, or changed. Raises NotFound for any other."""
    row = await staff_invitation(survey_id, user_id)
    if row is None or not is_open(row, now):
        raise NotFound()
    return row


def is_open(row: Row, now: datetime) -> bool:
    """Whether an invitation can be answered now, or what was answered can be changed."""
    if row.state == InvitationState.SENT:
        return bool(now < row.expires_at)
    return bool(
        row.state == InvitationState.ANSWERED and row.answered_at is not None and now < row.answered_at + EDITABLE
    )


async def _is_theirs(row: Row) -> bool:
    return await fetch_one(_WHO, row.customer_id, row.person_id) is not None


# $1 customer, $2 person of the invitation: who they are today (the person, if they are still with this customer).
_WHO = f"""
    SELECT c.id AS customer_id, p.id AS person_id FROM customer o JOIN customer c ON c.id = {survivor_sql("customer", "o")}
    LEFT JOIN person q ON q.id = $2 LEFT JOIN person p ON p.id = {survivor_sql("person", "q")}
        AND EXISTS (SELECT FROM affiliation a WHERE a.person = p.id AND a.customer = c.id)
    WHERE o.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL AND p.erased_at IS NULL
"""


async def answer_invitation(invitation_id: int, given: Given, *, now: datetime) -> None:
    """Keep what somebody answered by their link, or (as staff) logged in; within 24 hours they can change it. Safe to send twice: the
    row is held, and the second one changes the first. Raises NotFound once it is over."""
    async with transaction():
        row = await invitation_named(invitation_id, lock=True)
        if row is None or not is_open(row, now):
            raise NotFound()
        questions = await questions_of(row.survey, row.questions)
        survey = await fetch_one("SELECT * FROM survey WHERE id = $1", row.survey)
        assert survey is not None
        answering = await _from_invitation(row, survey, questions)
        if row.state == InvitationState.ANSWERED:
            await _answer_anew(row.response, answering, given, now=now)
            return
        response_id = await keep_answer(answering, given, at=now, now=now)
        # of an anonymous survey nothing leads from the person to the answer, not even the minute
        await execute(
            "UPDATE survey_invitation SET state = 'answered', answered_at = $2, response = $3 WHERE id = $1",
            invitation_id, None if survey.is_anonymous else now, None if survey.is_anonymous else response_id,
        )  # fmt: skip


async def _from_invitation(row: Row, survey: Row, questions: Sequence[Row]) -> Answering:
    code = await fetch_value("SELECT code FROM touchpoint WHERE id = $1", row.touchpoint) if row.touchpoint else ""
    if survey.audience == Audience.STAFF:
        by = None if survey.is_anonymous else row.user
        return Answering(survey, questions, "staff", code, by=by)
    if survey.is_anonymous:
        return Answering(survey, questions, "link", code)
    who = await fetch_one(_WHO, row.customer_id, row.person_id)
    if who is None:
        raise NotFound()
    return Answering(survey, questions, "link", code, who.customer_id, who.person_id, row.ticket_id)


async def type_in(
    survey_id: int, given: Given, *, at_on: date, customer_id: int | None, touchpoint: str = "", seen: int | None = None, by: int,
    now: datetime,
) -> int:  # fmt: skip
    """Keep an answer that came on paper; the id of the response. `seen` is the version of the questions that it answers.

    Raises RuleBroken for a draft and for a survey among staff, Invalid for a day to come and if the questions are others by now."""
    async with transaction():
        survey = await fetch_one("SELECT * FROM survey WHERE id = $1 FOR NO KEY UPDATE", survey_id)
        if survey is None:
            raise NotFound()
        if survey.status == SurveyStatus.DRAFT:
            raise RuleBroken(_("Start the survey first; then answers can be typed in."))
        if survey.audience == Audience.STAFF:
            raise RuleBroken(_("Staff answer for themselves, after logging in. Only customers' answers come on paper."))
        if seen is not None and seen != survey.questions:
            raise Invalid(
                {
                    "": _(
                        "The questions were changed meanwhile. Compare your entries with the new ones and send them again."
                    )
                }
            )
        today = now.astimezone(zone.get()).date()
        if at_on > today:
            raise Invalid({"at_on": _("An answer cannot lie in the future.")})
        at = now if at_on == today else datetime.combine(at_on, time(12), zone.get())
        code = touchpoint or (
            await fetch_value("SELECT code FROM touchpoint WHERE id = $1", survey.touchpoint)
            if survey.touchpoint
            else ""
        )
        questions = await questions_of(survey_id, survey.questions)
        whose = None if survey.is_anonymous else customer_id
        answering = Answering(survey, questions, "paper", code, whose, by=by)
        response_id = await keep_answer(answering, given, at=at, now=now)
        await record("survey.paper_typed", "survey", survey_id, by=by, now=now)
        return response_id


async def keep_answer(answering: Answering, given: Given, *, at: datetime, now: datetime) -> int:
    """A filled-in survey of customers or staff, in the caller's transaction; the id of the response."""
    survey = answering.survey
    if survey.is_anonymous:
        # Those of one survey take turns, since each counts the others. Before the row that refers to the survey, and not FOR UPDATE:
        # two that wrote theirs already would wait for each other.
        await execute("SELECT FROM survey WHERE id = $1 FOR NO KEY UPDATE", survey.id)
    shown_at = _day_of(at) if survey.is_anonymous else at
    response_id = int(
        await fetch_value(
            "INSERT INTO survey_response (survey, questions, source, touchpoint, at, by_user) "
            "VALUES ($1, (SELECT version FROM survey_question WHERE id = $2), $3, (SELECT id FROM touchpoint WHERE code = $4), $5, $6) "
            "RETURNING id",
            survey.id, answering.questions[0].id, answering.source, answering.touchpoint, shown_at, answering.by,
        )
    )  # fmt: skip
    if survey.audience == Audience.STAFF or survey.is_anonymous:
        await _write_replies(response_id, answering.questions, given, with_scales=True, with_comment=True)
        if survey.audience == Audience.CUSTOMERS:
            await _release(response_id)
        return response_id
    knows = await call_back_if_low(response_id, answering, given, at=at, now=now)
    for one in answering.questions:
        if one.kind in SCALES and one.position in given.scores:
            await record_answer(
                _new_answer(answering, response_id, one, given, knows), at=at, by=answering.by, now=now
            )  # fmt: skip
    await _write_replies(response_id, answering.questions, given, with_scales=False, with_comment=False)
    return response_id


def _new_answer(answering: Answering, response_id: int, question: Row, given: Given, knows: int | None) -> NewAnswer:
    """The first question has the comment, and only it can be a low answer: one alarm for one filled-in survey."""
    score, is_first = given.scores[question.position], question.position == 0
    return NewAnswer(
        Metric(question.kind), score, answering.touchpoint, answering.customer_id, answering.person_id, answering.ticket_id,
        given.comment if is_first else "", answering.survey.id, question.id, response_id,
        is_first and is_low(score, answering.survey.low), knows,
    )  # fmt: skip


def _day_of(at: datetime) -> datetime:
    """The day alone, as its first moment: nobody can tell by the minute whose answer it is."""
    day = at.astimezone(zone.get()).date()
    return datetime.combine(day, time(0), zone.get())


async def _write_replies(
    response_id: int, questions: Sequence[Row], given: Given, *, with_scales: bool, with_comment: bool
) -> None:
    rows = [
        (one.id, given.scores.get(one.position), given.texts.get(one.position, ""))
        for one in questions
        if (one.position in given.scores or one.position in given.texts) and (with_scales or one.kind not in SCALES)
    ]
    if with_comment and given.comment:
        rows.append((None, None, given.comment))
    if rows:
        await execute(
            "INSERT INTO survey_reply (response, question, score, text, is_released) "
            "SELECT $1, q, s, t, false FROM unnest($2::bigint[], $3::int[], $4::text[]) AS x(q, s, t)",
            response_id, *map(list, zip(*rows, strict=True)),
        )  # fmt: skip


# The anonymous answers of the same survey, touchpoint and month as this one: all to a kind of question, once enough have answered it.
# Each is dated to the first day of its month (so that no choice of days cuts a group in two), and in no order that tells which belong
# together.
_RELEASE = f"""
    WITH mine AS (SELECT r.survey, r.touchpoint, date_trunc('month', r.at AT TIME ZONE $2) AS month FROM survey_response r WHERE r.id = $1),
    said AS (
        SELECT y.id, r.id AS response, q.kind, q.id AS question, r.survey, r.touchpoint, m.month AT TIME ZONE $2 AS at
        FROM mine m JOIN survey_response r ON r.survey = m.survey AND r.touchpoint IS NOT DISTINCT FROM m.touchpoint
            AND date_trunc('month', r.at AT TIME ZONE $2) = m.month
        JOIN survey_reply y ON y.response = r.id AND y.score IS NOT NULL
        JOIN survey_question q ON q.id = y.question AND q.kind IN ('nps', 'csat', 'effort')
    ),
    enough AS (SELECT kind FROM said GROUP BY kind HAVING count(DISTINCT response) >= {HIDDEN_BELOW}),
    released AS (
        UPDATE survey_reply y SET is_released = true FROM said s JOIN enough USING (kind) WHERE y.id = s.id AND NOT y.is_released
        RETURNING s.kind, y.score, s.survey, s.touchpoint, s.at, s.question
    )
    INSERT INTO survey_answer (touchpoint, metric, score, comment, at, survey, question)
    SELECT touchpoint, kind, score, '', at, survey, question FROM released ORDER BY kind, score
"""


async def _release(response_id: int) -> None:
    """Anonymous answers stand among all answers of customers as soon as five people of a month at a touchpoint have given one to this kind
    of question, and not before: then no figure anywhere rests on a smaller group of them. Without words, day and anybody's name."""
    await execute(_RELEASE, response_id, zone.get().key)


async def _answer_anew(response_id: int | None, answering: Answering, given: Given, *, now: datetime) -> None:
    if response_id is None:
        raise NotFound()
    await execute("UPDATE survey_response SET changed_at = $2 WHERE id = $1", response_id, now)
    is_staff = answering.survey.audience == Audience.STAFF
    await execute("DELETE FROM survey_reply WHERE response = $1", response_id)
    await _write_replies(response_id, answering.questions, given, with_scales=is_staff, with_comment=is_staff)
    if is_staff:
        return
    response = await fetch_one("SELECT at, ticket FROM survey_response WHERE id = $1", response_id)
    assert response is not None
    knows = None
    if response.ticket is None:
        knows = await call_back_if_low(response_id, answering, given, at=response.at, now=now)
    kept = {
        row.question: row.id
        for row in await fetch("SELECT id, question FROM survey_answer WHERE response = $1", response_id)
    }
    for one in answering.questions:
        if one.kind not in SCALES:
            continue
        if one.position not in given.scores:
            if one.id in kept:
                await withdraw_answer(kept[one.id])
            continue
        new = _new_answer(answering, response_id, one, given, knows)
        if one.id in kept:
            await revise_answer(kept[one.id], new.score, new.comment, is_low=new.is_low, knows=knows, now=now)
        else:
            await record_answer(new, at=response.at, by=answering.by, now=now)
