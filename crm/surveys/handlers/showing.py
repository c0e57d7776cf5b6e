"""The list of surveys and one with its results; start, pause, end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.history import METRICS
from crm.errors import Invalid
from crm.surveys import queries, words
from crm.surveys.defining import ask_staff, discard_survey, end_survey, pause_survey, resume_survey, start_survey
from crm.surveys.handlers.answering import DONE as ANSWERED
from crm.surveys.showing import interval_text, rate_text, score_text
from crm.surveys.tables import Audience, SurveyStatus
from crm.web.i18n import N_, _, language, word, zone
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    **ANSWERED,
    "drafted": N_("The draft is saved. Nobody is asked yet."),
    "changed": N_("The survey is saved."),
    "started": N_("The survey is running. Whoever may be asked is asked from now on."),
    "paused": N_("The survey is paused. Whoever was asked can still answer."),
    "resumed": N_("The survey goes on."),
    "ended": N_("The survey has ended. Its answers stay."),
    "discarded": N_("The draft is thrown away."),
    "asked": N_("Your colleagues are told."),
    "typed": N_("The answers are kept."),
}


@get("/surveys", permission=P.SURVEYS_VIEW)
async def list_surveys(request: StaffRequest, cursor: FromQuery[str] = "") -> Response[str]:
    """Those that go on first, each with its response rate and score."""
    lines, more = await queries.surveys(cursor or None)
    return await page(
        request, "surveys/index.html", lines=lines, mine=await queries.open_to(request.user.id, datetime.now(UTC)),
        more=f"/surveys?cursor={more}" if more else "", words=words, word=word,
        score_text=score_text, rate_text=rate_text, interval_text=interval_text, flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/surveys/{survey_id:int}", permission=P.SURVEYS_VIEW)
async def show_survey(request: StaffRequest, survey_id: FromPath[int]) -> Response[str]:
    """A survey: score and response rate, results per question, touchpoint and month, comments."""
    return await _page(request, survey_id)


async def _page(
    request: StaffRequest, survey_id: int, *, errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:
    line = await queries.survey_for(survey_id)
    is_draft = line.row.status == SurveyStatus.DRAFT
    is_staff = line.row.audience == Audience.STAFF
    colleagues = await queries.staff_to_ask(survey_id) if is_staff and line.row.status == SurveyStatus.RUNNING else []
    return await page(
        request, "surveys/show.html", status=status, line=line, survey=line.row, words=words, word=word, errors=errors or {},
        questions=await queries.questions_of(survey_id, line.row.questions) if is_draft else [],
        results=None if is_draft or line.is_hidden else await queries.results_of(line, zone.get(), language.get()),
        comments=[] if is_draft else await queries.comments_of(line),
        left_out=[] if is_draft or is_staff else await queries.left_out_of(survey_id),
        colleagues=colleagues, open=[(one.id, one.name) for one in colleagues if not one.is_asked],
        score_text=score_text, rate_text=rate_text, interval_text=interval_text, answer_text=answer_text,
        flashes=flashes(request, DONE),
    )  # fmt: skip


@post("/surveys/{survey_id:int}/start", permission=P.SURVEYS_EDIT, status_code=303)
async def start(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    await start_survey(survey_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/surveys/{survey_id}?done=started")


@post("/surveys/{survey_id:int}/pause", permission=P.SURVEYS_EDIT, status_code=303)
async def pause(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    await pause_survey(survey_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/surveys/{survey_id}?done=paused")


@post("/surveys/{survey_id:int}/resumption", permission=P.SURVEYS_EDIT, status_code=303)
async def resume(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    await resume_survey(survey_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/surveys/{survey_id}?done=resumed")


@post("/surveys/{survey_id:int}/end", permission=P.SURVEYS_EDIT, status_code=303)
async def end(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    await end_survey(survey_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/surveys/{survey_id}?done=ended")


@post("/surveys/{survey_id:int}/deletion", permission=P.SURVEYS_EDIT, status_code=303)
async def discard(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    await discard_survey(survey_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/surveys?done=discarded")


@post("/surveys/{survey_id:int}/colleagues", permission=P.SURVEYS_EDIT, status_code=303)
async def ask_colleagues(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    """Ask the chosen members of staff."""
    chosen = (await request.form()).getall("user_ids", [])
    ids = [int(one) for one in chosen if isinstance(one, str) and one.isascii() and one.isdigit() and len(one) < 19]
    try:
        await ask_staff(survey_id, ids, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _page(request, survey_id, errors=error.errors, status=422)
    return see_other(request, f"/surveys/{survey_id}?done=asked")


def answer_text(kind: str, score: int) -> str:
    """A single answer in words."""
    if kind == "yes_no":
        return _("yes") if score else _("no")
    return word(METRICS, kind) % {"score": score}


handlers = [list_surveys, show_survey, start, pause, resume, end, discard, ask_colleagues]
