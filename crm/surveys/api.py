"""Surveys over the API: write one down, start, pause, end it, read results, keep answers from paper, and notes of interviews."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.queries import customer_for
from crm.surveys import queries
from crm.surveys.answering import answer_invitation, open_for_staff, type_in
from crm.surveys.defining import (
    ask_staff,
    change_survey,
    create_survey,
    discard_survey,
    end_survey,
    pause_survey,
    resume_survey,
    start_survey,
)
from crm.surveys.forms import survey_of
from crm.surveys.interviews import delete_note, interview_notes, note_interview, note_of
from crm.surveys.shapes import (
    AskedOut,
    Colleagues,
    CommentOut,
    Kept,
    NoteIn,
    NoteOut,
    NotePage,
    PaperAnswer,
    QuestionResultOut,
    ResultsOut,
    StaffAnswer,
    SurveyChange,
    SurveyIn,
    SurveyOut,
    SurveyPage,
    fields_of,
    given_from,
    group_out,
    question_out,
    survey_out,
)
from crm.web.formats import local
from crm.web.i18n import language, zone

P = Permission


@get("/surveys", permission=P.SURVEYS_VIEW)
async def list_surveys(request: StaffRequest, cursor: FromQuery[str] = "") -> SurveyPage:
    """Those that go on first, without their questions."""
    lines, more = await queries.surveys(cursor or None)
    return SurveyPage([survey_out(line) for line in lines], more)


@get("/surveys/{survey_id:int}", permission=P.SURVEYS_VIEW)
async def read_survey(request: StaffRequest, survey_id: FromPath[int]) -> SurveyOut:
    return await _read(survey_id)


@get("/surveys/{survey_id:int}/results", permission=P.SURVEYS_VIEW)
async def read_results(request: StaffRequest, survey_id: FromPath[int]) -> ResultsOut:
    """Results per question, touchpoint and month, and the newest comments."""
    line = await queries.survey_for(survey_id)
    found = await queries.results_of(line, zone.get(), language.get())
    return ResultsOut(
        [
            QuestionResultOut(question_out(one.question), one.question.version, group_out("", one.total), one.texts)
            for one in found.questions
        ],
        [group_out(one.name, one.group, one.rate) for one in found.by_touchpoint],
        [group_out(f"{one.group.key:%Y-%m-%d}", one.group, one.rate) for one in found.by_month],
        [CommentOut(row.text, row.score, row.at, row.customer, row.ticket) for row in await queries.comments_of(line)],
        {row.reason: row.n for row in await queries.left_out_of(survey_id)},
    )


@post("/surveys", permission=P.SURVEYS_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[SurveyIn]) -> Response[bytes]:
    """A new draft."""
    now = datetime.now(UTC)

    async def do() -> SurveyOut:
        return await _read(await create_survey(survey_of(fields_of(data)), by=request.user.id, now=now))

    return await created_once(request, do, now=now)


@put("/surveys/{survey_id:int}", permission=P.SURVEYS_EDIT)
async def change(request: StaffRequest, survey_id: FromPath[int], data: JSONBody[SurveyChange]) -> SurveyOut:
    """Change it; 409 if somebody else did meanwhile."""
    fields = fields_of(data)
    version = fields.number("version", low=1, high=2**31 - 1, required=True) or 0
    await change_survey(survey_id, survey_of(fields), version, by=request.user.id, now=datetime.now(UTC))
    return await _read(survey_id)


@delete("/surveys/{survey_id:int}", permission=P.SURVEYS_EDIT)
async def discard(request: StaffRequest, survey_id: FromPath[int]) -> None:
    """Throw a draft away."""
    await discard_survey(survey_id, by=request.user.id, now=datetime.now(UTC))


@post("/surveys/{survey_id:int}/start", permission=P.SURVEYS_EDIT, status_code=200)
async def start(request: StaffRequest, survey_id: FromPath[int]) -> SurveyOut:
    """From now on people are asked."""
    await start_survey(survey_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(survey_id)


@post("/surveys/{survey_id:int}/pause", permission=P.SURVEYS_EDIT, status_code=200)
async def pause(request: StaffRequest, survey_id: FromPath[int]) -> SurveyOut:
    await pause_survey(survey_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(survey_id)


@post("/surveys/{survey_id:int}/resumption", permission=P.SURVEYS_EDIT, status_code=200)
async def resume(request: StaffRequest, survey_id: FromPath[int]) -> SurveyOut:
    await resume_survey(survey_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(survey_id)


@post("/surveys/{survey_id:int}/end", permission=P.SURVEYS_EDIT, status_code=200)
async def end(request: StaffRequest, survey_id: FromPath[int]) -> SurveyOut:
    """End it for good."""
    await end_survey(survey_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(survey_id)


@post("/surveys/{survey_id:int}/colleagues", permission=P.SURVEYS_EDIT, status_code=200)
async def ask_colleagues(request: StaffRequest, survey_id: FromPath[int], data: JSONBody[Colleagues]) -> AskedOut:
    """Ask these members of staff; whoever was asked before is not asked again."""
    return AskedOut(await ask_staff(survey_id, data.user_ids, by=request.user.id, now=datetime.now(UTC)))


@post("/surveys/{survey_id:int}/paper", permission=P.INTERACTIONS_LOG, status_code=201)
async def keep_paper(request: StaffRequest, survey_id: FromPath[int], data: JSONBody[PaperAnswer]) -> Response[bytes]:
    """Keep an answer that came on paper."""
    now, survey = datetime.now(UTC), await queries.survey_row(survey_id)
    questions = await queries.questions_of(survey_id, survey.questions)
    if data.customer_id is not None:
        await customer_for(request.user, data.customer_id)
    given = given_from(data.answers, data.comment, questions)

    async def do() -> Kept:
        return Kept(
            await type_in(
                survey_id, given, at_on=data.answered_on or local(now).date(), customer_id=data.customer_id, seen=survey.questions,
                by=request.user.id, now=now,
            )
        )  # fmt: skip

    return await created_once(request, do, now=now)


@post("/surveys/{survey_id:int}/answer", permission=P.SIGNED_IN, status_code=204)
async def answer(request: StaffRequest, survey_id: FromPath[int], data: JSONBody[StaffAnswer]) -> None:
    """Answer a survey among staff in which the user of the token was asked; within 24 hours sent again it changes the answer, unless
    the survey is anonymous."""
    now = datetime.now(UTC)
    row = await open_for_staff(survey_id, request.user.id, now)
    given = given_from(data.answers, data.comment, await queries.questions_of(row.survey, row.questions))
    await answer_invitation(row.id, given, now=now)


@get("/interviews", permission=P.SURVEYS_VIEW)
async def list_interviews(
    request: StaffRequest, touchpoint: FromQuery[str] = "", speaker: FromQuery[str] = "", cursor: FromQuery[str] = ""
) -> NotePage:
    """What was said in interviews, the newest first."""
    rows, more = await interview_notes(
        touchpoint.replace("\x00", "")[:40], speaker.replace("\x00", "")[:10], cursor or None, language.get()
    )
    return NotePage([NoteOut(row.id, row.code, row.speaker, row.text, row.said_on) for row in rows], more)


@post("/interviews", permission=P.INTERACTIONS_LOG, status_code=201)
async def create_note(request: StaffRequest, data: JSONBody[NoteIn]) -> Response[bytes]:
    now = datetime.now(UTC)
    values = {**msgspec.structs.asdict(data), "said_on": data.said_on.isoformat() if data.said_on else ""}

    async def do() -> Kept:
        return Kept(await note_interview(note_of(values), by=request.user.id, now=now))

    return await created_once(request, do, now=now)


@delete("/interviews/{note_id:int}", permission=P.SURVEYS_EDIT)
async def remove_note(request: StaffRequest, note_id: FromPath[int]) -> None:
    await delete_note(note_id, by=request.user.id, now=datetime.now(UTC))


async def _read(survey_id: int) -> SurveyOut:
    line = await queries.survey_for(survey_id)
    out = survey_out(line)
    out.questions = [question_out(row) for row in await queries.questions_of(survey_id, line.row.questions)]
    return out


router = Router(
    "/api/v1",
    tags=["surveys"],
    route_handlers=[
        list_surveys, read_survey, read_results, create, change, discard, start, pause, resume, end, ask_colleagues, keep_paper,
        answer,
        list_interviews, create_note, remove_note,
    ],
)  # fmt: skip
