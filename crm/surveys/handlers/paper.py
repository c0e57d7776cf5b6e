"""Answers on paper, typed in as a list: a line for each sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.database import Row, transaction
from crm.errors import Invalid, NotFound
from crm.surveys.answering import type_in
from crm.surveys.forms import Given, given_of
from crm.surveys.queries import customers_numbered, questions_of, survey_row
from crm.surveys.scales import ALL_SCALES
from crm.surveys.tables import Audience, SurveyStatus
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {"typed": N_("The answers are kept. Here are the next sheets.")}
SHEETS = 10


@dataclass(frozen=True, slots=True)
class Sheet:
    """One filled-in sheet. `customer` is a number as it is typed, empty for an unknown one."""

    given: Given
    at_on: date
    customer: str


def sheets_of(fields: Fields, questions: Sequence[Row], *, today: date) -> list[Sheet]:
    """The lines in which something stands. Raises Invalid with every error, each beside its field."""
    found = []
    for place in range(SHEETS):
        prefix = f"r{place}_"
        own = Fields(
            {name.removeprefix(prefix): value for name, value in fields.values.items() if name.startswith(prefix)}
        )
        if not any(str(value).strip() for name, value in own.values.items() if name != "on"):
            continue
        given, at_on = given_of(own, questions), own.on("on") or today
        if at_on > today:
            own.error("on", _("An answer cannot lie in the future."))
        found.append(Sheet(given, at_on, own.text("customer", limit=40)))
        for name, sentence in own.errors.items():
            fields.error(prefix + name, sentence)
    if not found:
        fields.error("", _("Type in at least one answer."))
    fields.check()
    return found


@get("/surveys/{survey_id:int}/paper", permission=P.INTERACTIONS_LOG)
async def list_paper(request: StaffRequest, survey_id: FromPath[int]) -> Response[str]:
    """Empty sheets of today, or of the day of those before: a stack of paper is mostly of one day."""
    today = local(datetime.now(UTC)).date()
    asked = Fields(request.query_params).on("on")
    day = f"{asked if asked is not None and asked <= today else today:%Y-%m-%d}"
    return await _form(request, survey_id, {f"r{place}_on": day for place in range(SHEETS)}, {})


@post("/surveys/{survey_id:int}/paper", permission=P.INTERACTIONS_LOG, status_code=303)
async def save_paper(request: StaffRequest, survey_id: FromPath[int]) -> Response[Any]:
    """All of them or none; then back to the results, or on with the next ten."""
    now, me = datetime.now(UTC), request.user.id
    survey = await survey_row(survey_id)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        seen = fields.number("questions", low=1, high=2**31 - 1) or survey.questions
        sheets = sheets_of(fields, await questions_of(survey_id, seen), today=local(now).date())
        known = await _customers(fields, sheets)
        async with transaction():
            for sheet in sheets:
                await type_in(
                    survey_id, sheet.given, at_on=sheet.at_on, customer_id=known.get(sheet.customer), seen=seen, by=me, now=now
                )  # fmt: skip
        if fields.flag("more"):
            return f"/surveys/{survey_id}/paper?{urlencode({'done': 'typed', 'on': sheets[-1].at_on.isoformat()})}"
        return f"/surveys/{survey_id}?done=typed"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id", limit=64), do, now=now))
    except Invalid as error:
        return await _form(request, survey_id, fields.values, error.errors)


async def _customers(fields: Fields, sheets: Sequence[Sheet]) -> dict[str, int]:
    known = await customers_numbered([sheet.customer for sheet in sheets if sheet.customer])
    for place in range(SHEETS):
        number = " ".join(str(fields.values.get(f"r{place}_customer", "")).replace("\x00", "").split())
        if number and number not in known:
            fields.error(f"r{place}_customer", _("There is no customer with this number."))
    fields.check()
    return known


async def _form(
    request: StaffRequest, survey_id: int, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    survey = await survey_row(survey_id)
    if survey.audience == Audience.STAFF or survey.status == SurveyStatus.DRAFT:
        raise NotFound()
    return await page(
        request, "surveys/paper.html", status=422 if errors else 200, survey=survey, values=values, errors=errors, sheets=range(SHEETS),
        questions=await questions_of(survey_id, survey.questions), scales=ALL_SCALES, flashes=flashes(request, DONE),
    )  # fmt: skip


handlers = [list_paper, save_paper]
