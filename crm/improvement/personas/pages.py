"""The pages of personas: all of them, one on a page with the figures of its segment, its form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.lists.views import views_of
from crm.database import HIGHEST_ID, Row
from crm.errors import Conflict, Invalid
from crm.improvement.intended.queries import intended_of
from crm.improvement.intended.rules import Segment
from crm.improvement.intended.tables import SegmentKind
from crm.improvement.personas import queries
from crm.improvement.personas.actions import PersonaData, change_persona, data_of, delete_persona, describe_persona
from crm.improvement.personas.words import HINTS, LABELS, PARTS
from crm.reports import metric_words
from crm.reports.metrics import METRICS
from crm.reports.segments import answers_of_segment
from crm.surveys.rates import rate_of
from crm.surveys.showing import rate_text
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, page, see_other

P = Permission
YEAR = timedelta(days=365)
DONE = {
    "described": N_("The persona is saved."),
    "changed": N_("The persona is saved."),
    "deleted": N_("The persona is deleted."),
}


@get("/personas", permission=P.MEASURES_VIEW)
async def list_personas(request: StaffRequest) -> Response[str]:
    return await page(request, "personas/index.html", rows=await queries.personas(), flashes=flashes(request, DONE))


@get("/personas/new", permission=P.MEASURES_EDIT)
async def new_persona(request: StaffRequest) -> Response[str]:
    return await _form(request, None, {}, {})


@post("/personas", permission=P.MEASURES_EDIT, status_code=303)
async def create_persona(request: StaffRequest) -> Response[Any]:
    now, values = datetime.now(UTC), dict(await request.form())

    async def do() -> str:
        return f"/personas/{await describe_persona(PersonaData.parse(values), request.user, now=now)}?done=described"

    try:
        return see_other(request, await form_once(request, str(values.get("submission_id", ""))[:64], do, now=now))
    except Invalid as error:
        return await _form(request, None, values, error.errors)


@get("/personas/{persona_id:int}", permission=P.MEASURES_VIEW)
async def show_persona(request: StaffRequest, persona_id: FromPath[int]) -> Response[str]:
    """One page: who that is, and what the customers of its segment answered in the last twelve months."""
    persona, now = await queries.persona_for(persona_id), datetime.now(UTC)
    customers = await queries.segment_of(persona, now)
    answers = None if customers is None else await answers_of_segment(customers, start=now - YEAR, end=now)
    rate = None if customers is None else await rate_of(now - YEAR, now, customers)
    return await page(
        request, "personas/show.html", persona=persona, parts=PARTS, customers=customers, answers=answers, metrics=METRICS,
        rate=rate, rate_text=rate_text,
        figures=metric_words, intended=await intended_of(Segment(SegmentKind.PERSONA, persona_id)),
        flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/personas/{persona_id:int}/edit", permission=P.MEASURES_EDIT)
async def edit_persona(request: StaffRequest, persona_id: FromPath[int]) -> Response[str]:
    persona = await queries.persona_for(persona_id)
    values = {name: getattr(data_of(persona), name) for name in LABELS}
    return await _form(request, persona, {**values, "version": persona.version}, {})


@post("/personas/{persona_id:int}", permission=P.MEASURES_EDIT, status_code=303)
async def save_persona(request: StaffRequest, persona_id: FromPath[int]) -> Response[Any]:
    """Whoever saves second sees what the other one wrote."""
    persona, fields = await queries.persona_for(persona_id), Fields(dict(await request.form()))
    try:
        version = fields.number("version", low=1, high=HIGHEST_ID, required=True) or 0
        fields.check()
        data = PersonaData.parse(fields.values)
        await change_persona(persona_id, data, version, request.user, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, persona, fields.values, error.errors)
    except Conflict as conflict:
        return await _form(request, persona, {**fields.values, "version": conflict.version}, {}, conflict)
    return see_other(request, f"/personas/{persona_id}?done=changed")


@post("/personas/{persona_id:int}/deletion", permission=P.MEASURES_EDIT, status_code=303)
async def remove_persona(request: StaffRequest, persona_id: FromPath[int]) -> Response[Any]:
    await delete_persona(persona_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/personas?done=deleted")


async def _form(
    request: StaffRequest, persona: Row | None, values: Mapping[str, Any], errors: Mapping[str, str],
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    views = [(view.id, view.name) for view in await views_of(request.user) if view.team is not None]
    if persona is not None and persona["view"] is not None and persona["view"] not in dict(views):
        views.append((persona["view"], persona.view_name))
    if conflict is not None:
        names = {"": "–", **{str(view_id): name for view_id, name in views}}
        conflict = conflict.in_words(lambda field, value: names.get(value, value) if field == "view_id" else value)
    return await page(
        request, "personas/form.html", status=409 if conflict else 422 if errors else 200, persona=persona, values=values,
        errors=errors, conflict=conflict, labels={name: _(text) for name, text in LABELS.items()}, parts=PARTS,
        hints=HINTS, views=views,
    )  # fmt: skip


route_handlers = [
    list_personas, new_persona, create_persona, show_persona, edit_persona, save_persona, remove_persona,
]  # fmt: skip
