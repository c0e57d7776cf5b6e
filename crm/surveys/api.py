"""Surveys over the API: write one down, start, pause, end it, read results, keep answers from paper, and notes of interviews."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.queries import customer_for
from crm.errors import Invalid
from crm.surveys import queries
from crm.surveys.answering import type_in
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
from crm.surveys.forms import given_of, survey_of
from crm.surveys.interviews import delete_note, note_interview, note_of
from crm.surveys.queries import SurveyLine
from crm.surveys.results import Group
from crm.surveys.scales import MOST_QUESTIONS
from crm.touchpoints.statistics import Estimate
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import _, language, zone
from crm.web.parameters import Id

P = Permission


class QuestionIn(msgspec.Struct, forbid_unknown_fields=True):
    """`kind`: nps, csat, effort, yes_no or text; the first one has a scale, and without words the usual ones."""

    kind: str
    text_de: str = ""
    text_en: str = ""


class SurveyIn(msgspec.Struct, forbid_unknown_fields=True):
    """A survey. `audience`: customers or staff. `occasion`: none, ticket_solved, visit, delivered or ordered, after which customers are
    asked `days` later. `touchpoint` is a code. `low` left out: the usual one of the scale."""

    name: str
    questions: list[QuestionIn]
    audience: str = "customers"
    occasion: str = "none"
    touchpoint: str = ""
    days: int = 0
    is_anonymous: bool = False
    limit_days: int = 90
    valid_days: int = 30
    low: int | None = None
    at_night: bool = False
    intro_de: str = ""
    intro_en: str = ""


class SurveyChange(SurveyIn, forbid_unknown_fields=True, kw_only=True):
    """The whole survey as it shall be; `version` is the one that was read."""

    version: int


class Score(msgspec.Struct):
    """`value`: NPS in points, a mean of satisfaction or ease, the share of yes; `low` and `high` are its 95 % interval."""

    value: float
    answers: int
    low: float | None
    high: float | None
    is_uncertain: bool


class QuestionOut(msgspec.Struct):
    id: int
    kind: str
    text_de: str
    text_en: str


class SurveyOut(msgspec.Struct):
    """A survey with its response rate (`answered` of `asked`) and the score of its first question. `is_hidden`: it is anonymous and has
    fewer than five answers."""

    id: int
    name: str
    status: str
    audience: str
    occasion: str
    touchpoint: str | None
    days: int
    is_anonymous: bool
    limit_days: int
    valid_days: int
    low: int
    at_night: bool
    intro_de: str
    intro_en: str
    version: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    kind: str
    asked: int
    answered: int
    waiting: int
    response_rate: float | None
    score: Score | None
    answers: int | None
    is_hidden: bool
    questions: list[QuestionOut] = []


class SurveyPage(msgspec.Struct):
    items: list[SurveyOut]
    next: str | None


class GroupOut(msgspec.Struct):
    """A group of answers; `answers` is how often each answer was given. Nothing of a hidden one."""

    name: str
    score: Score | None
    answers: dict[int, int]
    is_hidden: bool


class QuestionResultOut(msgspec.Struct):
    question: QuestionOut
    version: int
    result: GroupOut
    texts: list[str]


class CommentOut(msgspec.Struct):
    text: str
    score: int | None
    at: datetime | None
    customer_id: int | None
    ticket_id: int | None


class ResultsOut(msgspec.Struct):
    """`months` are named by their first day. `left_out` says how many were not asked, by reason."""

    questions: list[QuestionResultOut]
    touchpoints: list[GroupOut]
    months: list[GroupOut]
    comments: list[CommentOut]
    left_out: dict[str, int]


class PaperAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """A filled-in sheet. `answers` in the order of the questions: a number, words, or null for none."""

    answers: list[int | str | None]
    answered_on: date | None = None
    customer_id: Id | None = None
    comment: str = ""


class Kept(msgspec.Struct):
    id: int


class Colleagues(msgspec.Struct, forbid_unknown_fields=True):
    user_ids: list[Id]


class AskedOut(msgspec.Struct):
    asked: int


class NoteIn(msgspec.Struct, forbid_unknown_fields=True):
    """What was said in an interview. `touchpoint` is a code, `speaker` customers or staff; left out, it was today."""

    touchpoint: str
    text: str
    speaker: str = "customers"
    said_on: date | None = None


class NoteOut(msgspec.Struct):
    id: int
    touchpoint: str
    speaker: str
    text: str
    said_on: date


class NotePage(msgspec.Struct):
    items: list[NoteOut]
    next: str | None


@get("/surveys", permission=P.SURVEYS_VIEW)
async def list_surveys(request: StaffRequest, cursor: FromQuery[str] = "") -> SurveyPage:
    """Those that go on first, without their questions."""
    lines, more = await queries.surveys(cursor or None)
    return SurveyPage([_out(line) for line in lines], more)


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
            QuestionResultOut(_question(one.question), one.question.version, _group("", one.total), one.texts)
            for one in found.questions
        ],
        [_group(name, group) for name, group in found.by_touchpoint],
        [_group(f"{group.key:%Y-%m-%d}", group) for group in found.by_month],
        [CommentOut(row.text, row.score, row.at, row.customer, row.ticket) for row in await queries.comments_of(line)],
        {row.reason: row.n for row in await queries.left_out_of(survey_id)},
    )


@post("/surveys", permission=P.SURVEYS_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[SurveyIn]) -> Response[bytes]:
    """A new draft."""
    now = datetime.now(UTC)

    async def do() -> SurveyOut:
        return await _read(await create_survey(survey_of(_fields(data)), by=request.user.id, now=now))

    return await created_once(request, do, now=now)


@put("/surveys/{survey_id:int}", permission=P.SURVEYS_EDIT)
async def change(request: StaffRequest, survey_id: FromPath[int], data: JSONBody[SurveyChange]) -> SurveyOut:
    """Change it; 409 if somebody else did meanwhile."""
    fields = _fields(data)
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
    now, line = datetime.now(UTC), await queries.survey_for(survey_id)
    questions = await queries.questions_of(survey_id, line.row.questions)
    if data.customer_id is not None:
        await customer_for(request.user, data.customer_id)
    fields = Fields(
        {"comment": data.comment, **{f"q{n}": "" if one is None else one for n, one in enumerate(data.answers)}}
    )
    given = given_of(fields, questions)
    if len(data.answers) > len(questions):
        fields.error("answers", _("There are not so many questions."))
    fields.check()

    async def do() -> Kept:
        return Kept(
            await type_in(
                survey_id, given, at_on=data.answered_on or local(now).date(), customer_id=data.customer_id, by=request.user.id, now=now
            )
        )  # fmt: skip

    return await created_once(request, do, now=now)


@get("/interviews", permission=P.SURVEYS_VIEW)
async def list_interviews(
    request: StaffRequest, touchpoint: FromQuery[str] = "", speaker: FromQuery[str] = "", cursor: FromQuery[str] = ""
) -> NotePage:
    """What was said in interviews, the newest first."""
    rows, more = await queries.interviews(
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


def _fields(data: SurveyIn) -> Fields:
    """As a form sends it: an empty text for nothing, 1 for true, and a row of fields for each question."""
    if not 1 <= len(data.questions) <= MOST_QUESTIONS:
        raise Invalid({"questions": _("A survey has one to ten questions.")})
    values: dict[str, Any] = msgspec.structs.asdict(data)
    values.pop("questions")
    for place, one in enumerate(data.questions):
        values |= {f"q{place}_kind": one.kind, f"q{place}_de": one.text_de, f"q{place}_en": one.text_en}
    return Fields(
        {name: "" if one is None or one is False else 1 if one is True else one for name, one in values.items()}
    )


async def _read(survey_id: int) -> SurveyOut:
    line = await queries.survey_for(survey_id)
    out = _out(line)
    out.questions = [_question(row) for row in await queries.questions_of(survey_id, line.row.questions)]
    return out


def _out(line: SurveyLine) -> SurveyOut:
    row = line.row
    return SurveyOut(
        row.id, row.name, row.status, row.audience, row.occasion, row.touchpoint_code, row.days, row.is_anonymous, row.limit_days,
        row.valid_days, row.low, row.at_night, row.intro_de, row.intro_en, row.version, row.created_at, row.started_at, row.ended_at,
        row.kind, line.rate.asked, line.rate.answered, line.waiting, line.rate.share, _score(line.score),
        None if line.is_hidden else line.answers, line.is_hidden,
    )  # fmt: skip


def _question(row: Any) -> QuestionOut:
    return QuestionOut(row.id, row.kind, row.text_de, row.text_en)


def _group(name: str, group: Group) -> GroupOut:
    return GroupOut(name, _score(group.score), dict(group.answers), group.is_hidden)


def _score(score: Estimate | None) -> Score | None:
    if score is None:
        return None
    low, high = score.interval or (None, None)
    return Score(score.value, score.n, low, high, score.is_uncertain)


router = Router(
    "/api/v1",
    tags=["surveys"],
    route_handlers=[
        list_surveys, read_survey, read_results, create, change, discard, start, pause, resume, end, ask_colleagues, keep_paper,
        list_interviews, create_note, remove_note,
    ],
)  # fmt: skip
