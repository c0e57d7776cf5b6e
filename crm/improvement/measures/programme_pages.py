"""The pages that start the four-week programme."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.errors import Invalid
from crm.improvement.measures import words
from crm.improvement.measures.forms import parse_programme
from crm.improvement.measures.pages import offers
from crm.improvement.measures.programme import start_programme
from crm.improvement.measures.rules import STRETCHES, next_monday
from crm.reports import metric_words
from crm.web.formats import local, num
from crm.web.i18n import _, language
from crm.web.render import page, see_other

P = Permission


@get("/measures/programme", permission=P.MEASURES_EDIT)
async def new_programme(request: StaffRequest) -> Response[str]:
    today = local(datetime.now(UTC)).date()
    values = {
        "starts_on": next_monday(today).isoformat(),
        "owner_id": request.user.id,
        "metric": "csat",
        "target": num(4.5),
        "reminds": "1",
    }
    return await _programme_form(request, values, {})


@post("/measures/programme", permission=P.MEASURES_EDIT, status_code=303)
async def create_programme(request: StaffRequest) -> Response[Any]:
    now, values = datetime.now(UTC), dict(await request.form())

    async def do() -> str:
        data = parse_programme(values, metric_words.target_bounds(), today=local(now).date(), language=language.get())
        return f"/measures?programme_id={await start_programme(data, by=request.user.id, now=now)}&done=programme"

    try:
        return see_other(request, await form_once(request, str(values.get("submission_id", ""))[:64], do, now=now))
    except Invalid as error:
        return await _programme_form(request, values, error.errors)


async def _programme_form(request: StaffRequest, values: Mapping[str, Any], errors: Mapping[str, str]) -> Response[str]:
    return await page(
        request, "measures/programme.html", status=422 if errors else 200, values=values, errors=errors, words=words,
        stretches=STRETCHES, labels={name: _(text) for name, text in words.PROGRAMME_LABELS.items()}, **await offers(),
    )  # fmt: skip


route_handlers = [new_programme, create_programme]
