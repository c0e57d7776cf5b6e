"""The page on which a customer answers: a signed link, no log-in, no cookie, no script. And the same for staff, who are logged in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import MediaType, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from crm.accounts.company import company
from crm.accounts.current import StaffRequest
from crm.accounts.handlers.cookies import AnyRequest
from crm.accounts.permissions import Permission
from crm.database import Row
from crm.errors import NotFound
from crm.surveys.answering import (
    EDITABLE,
    answer_invitation,
    did_answer_anonymously,
    open_for_staff,
    open_invitation,
    was_answered_anonymously,
)
from crm.surveys.forms import given_of
from crm.surveys.queries import given_before, questions_of, survey_row
from crm.surveys.showing import ends_of, scale_of
from crm.surveys.tables import InvitationState
from crm.web.formats import clock, day
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, N_, language, speaking
from crm.web.render import flashes, page, see_other
from crm.web.render import text as rendered

P = Permission
HEADERS = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow", "cache-control": "no-store"}
DONE = {"answered": N_("Your answer is kept. Thank you.")}


@get("/survey/thanks", permission=P.PUBLIC)
async def thank(request: AnyRequest) -> Response[Any]:
    """After an anonymous answer: nothing here knows whose it was."""
    return await _closed(_spoken(request, ""), "/survey/thanks", is_done=True)


@get("/survey/{token:str}", permission=P.PUBLIC)
async def show_answer(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Looking changes nothing: mail programs open links to check them. What was chosen in the mail is chosen here."""
    try:
        row = await open_invitation(token, datetime.now(UTC))
    except NotFound:
        return await _closed(_spoken(request, ""), "/survey/thanks")
    values = await _before(row)
    if chosen := request.query_params.get("answer", ""):
        values["q0"] = chosen[:2]
    return await _page(request, token, row, values)


@post("/survey/{token:str}", permission=P.PUBLIC, status_code=303)
async def send_answer(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    now = datetime.now(UTC)
    try:
        row = await open_invitation(token, now)
        spoken = _spoken(request, row.language)
        with speaking(spoken):
            fields = Fields(dict(await request.form()))
            given = given_of(fields, await questions_of(row.survey, row.questions))
        if fields.errors:
            return await _page(request, token, row, fields.values, errors=fields.errors, status=422)
        await answer_invitation(row.id, given, now=now)
    except NotFound:
        spoken = _spoken(request, "")
        return _thanks(spoken) if await was_answered_anonymously(token) else await _closed(spoken, "/survey/thanks")
    if row.is_anonymous:
        return _thanks(spoken)
    return Redirect(
        f"/survey/{token}?{urlencode({'lang': spoken, 'done': 'answered'})}", status_code=303, headers=HEADERS
    )


def _thanks(spoken: str) -> Response[Any]:
    return Redirect(f"/survey/thanks?{urlencode({'lang': spoken})}", status_code=303, headers=HEADERS)


async def _before(row: Row) -> dict[str, Any]:
    if row.response is None:
        return {}
    scores, texts, comment = await given_before(row.response)
    return {**{f"q{place}": value for place, value in (scores | texts).items()}, "comment": comment}


async def _page(
    request: AnyRequest, token: str, row: Row, values: Mapping[str, Any], *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response[Any]:  # fmt: skip
    spoken = _spoken(request, row.language)
    was_answered = row.state == InvitationState.ANSWERED
    questions = await questions_of(row.survey, row.questions)
    with speaking(spoken):
        until = row.answered_at + EDITABLE if was_answered else None
        return await _answered(
            "answer.html", spoken, f"/survey/{token}", status, questions=questions, values=values, errors=errors or {},
            intro=row[f"intro_{spoken}"], is_anonymous=row.is_anonymous, was_answered=was_answered,
            is_done=was_answered and request.query_params.get("done") == "answered" and not errors,
            until=f"{day(until)}, {clock(until)}" if until else "", scale=scale_of, ends=ends_of,
        )  # fmt: skip


async def _closed(spoken: str, here: str, *, is_done: bool = False) -> Response[Any]:
    """One answer for every link that leads nowhere."""
    with speaking(spoken):
        return await _answered("gone.html", spoken, here, 200 if is_done else 404, is_done=is_done)


async def _answered(template: str, spoken: str, here: str, status: int, **context: Any) -> Response[Any]:
    body = rendered(f"surveys/{template}", firm=await company(), spoken=spoken, here=here, **context)
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=HEADERS)


def _spoken(request: AnyRequest, own: str) -> str:
    """The language that was chosen on the page, else the reader's, else that of the browser."""
    wished = request.query_params.get("lang", "")
    if wished in LANGUAGES:
        return wished
    return own if own in LANGUAGES else language.get()


@get("/surveys/{survey_id:int}/answer", permission=P.SIGNED_IN)
async def show_for_staff(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    """The survey as a colleague answers it who was asked."""
    row = await open_for_staff(survey_id, request.user.id, datetime.now(UTC))
    return await _staff_page(request, row, await _before(row))


@post("/surveys/{survey_id:int}/answer", permission=P.SIGNED_IN, status_code=303)
async def answer_as_staff(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    now = datetime.now(UTC)
    try:
        row = await open_for_staff(survey_id, request.user.id, now)
        fields = Fields(dict(await request.form()))
        given = given_of(fields, await questions_of(row.survey, row.questions))
        if fields.errors:
            return await _staff_page(request, row, fields.values, errors=fields.errors, status=422)
        await answer_invitation(row.id, given, now=now)
    except NotFound:
        if await did_answer_anonymously(survey_id, request.user.id):
            return see_other(request, "/surveys?done=answered")
        raise
    return see_other(
        request, "/surveys?done=answered" if row.is_anonymous else f"/surveys/{survey_id}/answer?done=answered"
    )


async def _staff_page(
    request: StaffRequest, row: Row, values: Mapping[str, Any], *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response[Any]:  # fmt: skip
    return await page(
        request, "surveys/staff_answer.html", status=status, survey=await survey_row(row.survey),
        questions=await questions_of(row.survey, row.questions),
        values=values, errors=errors or {}, spoken="de" if language.get() == "de" else "en", scale=scale_of, ends=ends_of,
        was_answered=row.state == InvitationState.ANSWERED, flashes=flashes(request, DONE),
    )  # fmt: skip


handlers = [thank, show_answer, send_answer, show_for_staff, answer_as_staff]
