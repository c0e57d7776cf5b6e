"""Writing a survey down, changing it, and how mail and page will look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import MediaType, Response, get, post
from litestar.params import FromPath, FromQuery
from markupsafe import Markup

from crm.accounts.company import company
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.salutation import salutation
from crm.database import Row
from crm.errors import Conflict, Invalid
from crm.interactions.mails.handlers import PREVIEW_POLICY
from crm.surveys import words
from crm.surveys.defining import change_survey, create_survey
from crm.surveys.forms import survey_of, values_of
from crm.surveys.inviting import Letter, invitation_mail
from crm.surveys.queries import questions_of, survey_row, touchpoint_options
from crm.surveys.scales import MOST_QUESTIONS
from crm.surveys.showing import ends_of, scale_of
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, language, speaking, word
from crm.web.render import page, see_other
from crm.web.render import text as rendered

P = Permission


@get("/surveys/new", permission=P.SURVEYS_EDIT)
async def new_survey(request: StaffRequest) -> Response[str]:
    values = {
        "audience": "customers",
        "occasion": "ticket_solved",
        "q0_kind": "csat",
        "limit_days": 90,
        "valid_days": 30,
        "days": 0,
    }
    return await _form(request, None, values, {})


@post("/surveys", permission=P.SURVEYS_EDIT, status_code=303)
async def draft_survey(request: StaffRequest) -> Response[Any]:
    now, fields = datetime.now(UTC), Fields(dict(await request.form()))

    async def do() -> str:
        return f"/surveys/{await create_survey(survey_of(fields), by=request.user.id, now=now)}?done=drafted"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id", limit=64), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors)


@get("/surveys/{survey_id:int}/edit", permission=P.SURVEYS_EDIT)
async def edit_survey(request: StaffRequest, survey_id: FromPath[int]) -> Response[str]:
    survey = await survey_row(survey_id)
    return await _form(request, survey, values_of(survey, await questions_of(survey_id, survey.questions)), {})


@post("/surveys/{survey_id:int}", permission=P.SURVEYS_EDIT, status_code=303)
async def save_survey(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    now, survey = datetime.now(UTC), await survey_row(survey_id)
    fields = Fields(dict(await request.form()))
    try:
        version = fields.number("version", low=1, high=2**31 - 1, required=True) or 0
        await change_survey(survey_id, survey_of(fields), version, by=request.user.id, now=now)
    except Conflict as error:
        return await _form(request, survey, {**fields.values, "version": error.version}, {}, conflict=error)
    except Invalid as error:
        return await _form(request, survey, fields.values, error.errors)
    return see_other(request, f"/surveys/{survey_id}?done=changed")


async def _form(
    request: StaffRequest, survey: Row | None, values: Mapping[str, Any], errors: Mapping[str, str],
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    labels = {name: word(words.LABELS, name) for name in words.LABELS}
    return await page(
        request, "surveys/form.html", status=409 if conflict else 422 if errors else 200, survey=survey, values=values,
        errors=errors, labels=labels, conflict=conflict, words=words, places=range(MOST_QUESTIONS),
        touchpoints=await touchpoint_options(language.get(), (survey.touchpoint_code or "") if survey else ""),
        occasions=[(str(one), word(words.OCCASIONS, one)) for one in words.OCCASIONS],
        audiences=[(str(one), word(words.AUDIENCES, one)) for one in words.AUDIENCES],
        kinds=[(str(one), word(words.KINDS, one)) for one in words.KINDS],
        scales=[(str(one), word(words.KINDS, one)) for one in words.NEEDS_SCALE],
    )  # fmt: skip


@get("/surveys/{survey_id:int}/preview", permission=P.SURVEYS_VIEW)
async def show_preview(request: StaffRequest, survey_id: FromPath[int], spoken: FromQuery[str] = "") -> Response[str]:
    """The mail and the answer page, as they will look."""
    survey = await survey_row(survey_id)
    code = spoken if spoken in LANGUAGES else language.get()
    questions = await questions_of(survey_id, survey.questions)
    with speaking(code):
        shown = rendered(
            "surveys/_questions.html",
            questions=questions,
            values={},
            errors={},
            spoken=code,
            scale=scale_of,
            ends=ends_of,
        )
    return await page(
        request, "surveys/preview.html", survey=survey, spoken=code,
        shown=Markup(shown),  # noqa: S704 - our own template, escaped where it was rendered
        languages=[("de", "Deutsch"), ("en", "English")],
    )  # fmt: skip


@get("/surveys/{survey_id:int}/preview/mail", permission=P.SURVEYS_VIEW)
async def preview_mail(request: StaffRequest, survey_id: FromPath[int], spoken: FromQuery[str] = "") -> Response[str]:
    """The mail to somebody without a name, for the frame of the preview."""
    survey = await survey_row(survey_id)
    code = spoken if spoken in LANGUAGES else language.get()
    letter = Letter(code, salutation(None, code), survey[f"intro_{code}"], "", survey.valid_days, "/survey/thanks")
    mail = invitation_mail(letter, await questions_of(survey_id, survey.questions), (await company()).name)
    headers = {"content-security-policy": PREVIEW_POLICY, "x-frame-options": "SAMEORIGIN"}
    return Response(mail.html, media_type=MediaType.HTML, headers=headers)


handlers = [new_survey, draft_survey, edit_survey, save_survey, show_preview, preview_mail]
