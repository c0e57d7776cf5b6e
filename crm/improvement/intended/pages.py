"""The pages of intended journeys: all of them, one with its steps and its history, its form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.action_words import action_name, actor_name
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.queries import audit_lines
from crm.accounts.submissions import form_once
from crm.customers.lists.views import views_of
from crm.customers.queries import staff_options
from crm.customers.words import CHANNELS
from crm.database import HIGHEST_ID, Row
from crm.errors import Conflict, Invalid
from crm.improvement.intended import actions, queries
from crm.improvement.intended.assistant import QUESTIONS
from crm.improvement.intended.drafts import drafts_of
from crm.improvement.intended.forms import journey_of, shown_aim, values_of
from crm.improvement.intended.queries import Intended, intended_for
from crm.improvement.intended.rules import PERSONA
from crm.improvement.intended.tables import SegmentKind
from crm.improvement.intended.words import LABELS, told
from crm.improvement.personas.queries import personas
from crm.web.forms import Fields
from crm.web.i18n import N_, _, language, local_name
from crm.web.render import flashes, page, see_other

P = Permission
HISTORY = 20
DONE = {
    "planned": N_("The intended journey is saved."), "changed": N_("The intended journey is saved."),
    "moved": N_("The order is saved."), "deleted": N_("The intended journey is deleted."),
}  # fmt: skip


@get("/journey/intended", permission=P.MEASURES_VIEW)
async def list_intended(request: StaffRequest) -> Response[str]:
    return await page(
        request, "intended/index.html", rows=await queries.intended_journeys(), is_seen=await _is_seen(request),
        drafts=await drafts_of(request.user.id) if request.user.may(P.MEASURES_EDIT) else [], questions=QUESTIONS,
        flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/journey/intended/new", permission=P.MEASURES_EDIT)
async def new_intended(request: StaffRequest) -> Response[str]:
    """With `segment` it is for these customers."""
    fields = Fields(request.query_params)
    return await _form(request, None, {"segment": fields.text("segment", limit=40)}, {})


@post("/journey/intended", permission=P.MEASURES_EDIT, status_code=303)
async def create_intended(request: StaffRequest) -> Response[Any]:
    now, values = datetime.now(UTC), dict(await request.form())

    async def do() -> str:
        data = journey_of(values, await queries.places(), language.get())
        return f"/journey/intended/{await actions.plan_journey(data, request.user, now=now)}?done=planned"

    try:
        return see_other(request, await form_once(request, str(values.get("submission_id", ""))[:64], do, now=now))
    except Invalid as error:
        return await _form(request, None, values, error.errors)


@get("/journey/intended/{intended_id:int}", permission=P.MEASURES_VIEW)
async def show_intended(request: StaffRequest, intended_id: FromPath[int]) -> Response[str]:
    """The steps in their order, and who changed what when."""
    intended = await intended_for(intended_id)
    names, staff = {place.code: local_name(place) for place in await queries.places()}, dict(await staff_options())
    names |= {step.code: local_name(step) for step in intended.steps}
    lines = [
        (line.at, actor_name(line.actor, line.action), action_name(line.action), told(line.fields or {}, names, staff))
        for line in await audit_lines(kind="intended_journey", subject_id=intended.id, limit=HISTORY)
    ]
    return await page(
        request, "intended/show.html", intended=intended, channels=CHANNELS, history=lines, shown_aim=shown_aim,
        is_seen=await _is_seen(request), flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/journey/intended/{intended_id:int}/edit", permission=P.MEASURES_EDIT)
async def edit_intended(request: StaffRequest, intended_id: FromPath[int]) -> Response[str]:
    intended = await intended_for(intended_id)
    return await _form(request, intended, values_of(intended), {})


@post("/journey/intended/{intended_id:int}", permission=P.MEASURES_EDIT, status_code=303)
async def save_intended(request: StaffRequest, intended_id: FromPath[int]) -> Response[Any]:
    """Whoever saves second sees what the other one wrote."""
    intended, fields = await intended_for(intended_id), Fields(dict(await request.form()))
    try:
        version = _version(fields)
        data = journey_of(fields.values, await queries.places(), language.get())
        await actions.change_journey(intended_id, data, version, request.user, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, intended, fields.values, error.errors)
    except Conflict as conflict:
        return await _form(request, intended, {**fields.values, "version": conflict.version}, {}, conflict)
    return see_other(request, f"/journey/intended/{intended_id}?done=changed")


@post("/journey/intended/{intended_id:int}/order", permission=P.MEASURES_EDIT, status_code=303)
async def move_step(request: StaffRequest, intended_id: FromPath[int]) -> Response[Any]:
    """One touchpoint a place further up or down."""
    fields = Fields(dict(await request.form()))
    version, touchpoint = _version(fields), fields.text("touchpoint", limit=60)
    by = -1 if fields.one_of("direction", ("up", "down"), "up") == "up" else 1
    fields.check()
    await actions.move_step(intended_id, touchpoint, by, version, request.user, now=datetime.now(UTC))
    return see_other(request, f"/journey/intended/{intended_id}?done=moved")


@post("/journey/intended/{intended_id:int}/deletion", permission=P.MEASURES_EDIT, status_code=303)
async def remove_intended(request: StaffRequest, intended_id: FromPath[int]) -> Response[Any]:
    await actions.delete_journey(intended_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/journey/intended?done=deleted")


def _version(fields: Fields) -> int:
    version = fields.number("version", low=1, high=HIGHEST_ID, required=True) or 0
    fields.check()
    return version


async def _is_seen(request: StaffRequest) -> Any:
    """Whether this user can look at the journey of these customers: a saved view is one's own or the team's."""
    seen = {view.id for view in await views_of(request.user)}

    def check(intended: Intended) -> bool:
        if intended.kind is SegmentKind.VIEW:
            return intended.segment is not None and intended.segment.id in seen
        return intended.has_customers

    return check


async def _form(
    request: StaffRequest, intended: Intended | None, values: Mapping[str, Any], errors: Mapping[str, str],
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    places = await queries.places()
    segments = await segment_choices(request, intended)
    if conflict is not None:
        names = dict(segments["flat"])
        conflict = conflict.in_words(lambda field, value: _shown(field, value, places, names))
    planned = [place for place in places if values.get(f"was_{place.code}")]
    planned.sort(key=lambda place: _number(values[f"was_{place.code}"]))
    staff = await staff_options()
    left = (
        []
        if intended is None
        else [(one.responsible_id, one.responsible_name) for one in intended.steps if one.has_left]
    )
    codes = {place.code for place in planned}
    return await page(
        request, "intended/form.html", status=409 if conflict else 422 if errors else 200, intended=intended, values=values,
        errors=errors, conflict=conflict, labels=field_labels(places), planned=planned,
        others=[place for place in places if place.code not in codes and place.state != "retired"],
        segments=segments["choices"], staff=[*staff, *dict.fromkeys(left)], channels=CHANNELS,
    )  # fmt: skip


def _number(value: Any) -> int:
    text = str(value)
    return int(text[:6]) if text.isascii() and text[:6].isdecimal() else 0


def field_labels(places: list[Row]) -> dict[str, str]:
    labels = {name: _(text) for name, text in LABELS.items()}
    parts = {"place": _("place"), "aim": _("satisfaction aimed at"), "who": _("responsible"), "note": _("note")}
    for place in places:
        labels |= {f"{part}_{place.code}": f"{local_name(place)}, {words}" for part, words in parts.items()}
    return labels


async def segment_choices(request: StaffRequest, intended: Intended | None = None) -> dict[str, Any]:
    """Whose journey it can be: everybody's, that of a view that the team shares, or of a persona. What was chosen stays on offer."""
    views = [(str(view.id), view.name) for view in await views_of(request.user) if view.team is not None]
    typical = [(f"{PERSONA}{one.id}", one.name) for one in await personas()]
    if intended is not None and intended.segment and intended.segment.code not in dict([("", ""), *views, *typical]):
        views.append((intended.segment.code, intended.segment_name))
    groups = [(_("Saved views of the team"), views), (_("Personas"), typical)]
    gone = [("gone", _("gone: choose anew"))] if intended is not None and intended.segment is None else []
    choices = [("", _("All customers")), *gone, *(group for group in groups if group[1])]
    return {"choices": choices, "flat": [("", _("All customers")), *views, *typical]}


def _shown(field: str, value: str, places: list[Row], segments: Mapping[str, str]) -> str:
    """Touchpoints and segments by their names."""
    if field == "segment":
        return segments.get(value, value)
    if field == "steps":
        names = {place.code: local_name(place) for place in places}
        return " → ".join(names.get(code, code) for code in value.split(" → "))
    return value


route_handlers = [
    list_intended, new_intended, create_intended, show_intended, edit_intended, save_intended, move_step, remove_intended,
]  # fmt: skip
