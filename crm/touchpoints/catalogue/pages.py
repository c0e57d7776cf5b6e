"""The pages on which a lead keeps the touchpoints: add, change, put in order, retire and take into use again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.words import CHANNELS
from crm.errors import Conflict, Invalid, RuleBroken
from crm.interactions.reasons import contact_reasons
from crm.touchpoints.catalogue.editing import change_touchpoint, create_touchpoint
from crm.touchpoints.catalogue.forms import FIRST, UNCHANGED, USUAL_TARGET, parse_touchpoint, typed_values
from crm.touchpoints.catalogue.ordering import move_touchpoint
from crm.touchpoints.catalogue.queries import Kept, form_choices, kept_touchpoints, phases, touchpoint_for
from crm.touchpoints.catalogue.retiring import retire_touchpoint, use_touchpoint
from crm.touchpoints.catalogue.rules import descendants
from crm.touchpoints.catalogue.words import LABELS, STATES
from crm.touchpoints.guides.queries import guides
from crm.touchpoints.tables import TouchpointState
from crm.web.forms import Fields
from crm.web.i18n import N_, _, language, local_name
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "created": N_("The touchpoint is saved."), "saved": N_("The touchpoint is saved."),
    "retired": N_("The touchpoint is retired: it is no longer offered; its contacts keep it."),
    "used": N_("The touchpoint is in use."), "moved": N_("The new order is saved."),
}  # fmt: skip
NEW = {"is_direct": "1", "importance": "3", "target": USUAL_TARGET, "state": "active", "after": UNCHANGED}


@get("/touchpoints/new", permission=P.CATALOGUES_EDIT)
async def new_touchpoint(request: StaffRequest) -> Response[str]:
    query = Fields(request.query_params)
    return await _form(request, None, {**NEW, "phase": query.text("phase", limit=40)}, {})


@post("/touchpoints", permission=P.CATALOGUES_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        data, after = parse_touchpoint(fields, await _moments())
        return f"/touchpoints/{await create_touchpoint(data, after, by=request.user.id, now=now)}?done=created"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors)


@get("/touchpoints/{code:str}/edit", permission=P.CATALOGUES_EDIT)
async def edit_touchpoint(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    kept = await touchpoint_for(code)
    return await _form(request, kept, typed_values(kept), {})


@post("/touchpoints/{code:str}", permission=P.CATALOGUES_EDIT, status_code=303)
async def save_touchpoint(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    kept = await touchpoint_for(code)
    fields = Fields(dict(await request.form()))
    where = f"/touchpoints/{kept.row.code}"
    try:
        version = fields.number("version", low=0, high=2**31 - 1, required=True)
        data, after = parse_touchpoint(fields, await _moments())
        await change_touchpoint(code, data, after, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, kept, fields.values, error.errors)
    except RuleBroken as broken:
        return await _form(request, kept, fields.values, {"": broken.sentence})
    except Conflict as conflict:
        return await page(
            request, "orders/conflict.html", status=409, crumb=(_("Touchpoints"), "/touchpoints"), name=local_name(kept.row),
            action=where, show_url=where, rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**fields.values, "version": conflict.version},
        )  # fmt: skip
    return see_other(request, f"{where}?done=saved")


@get("/touchpoints/{code:str}/retirement", permission=P.CATALOGUES_EDIT)
async def ask_retirement(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    return await _retirement(request, await touchpoint_for(code), {})


@post("/touchpoints/{code:str}/retirement", permission=P.CATALOGUES_EDIT, status_code=303)
async def retire(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    kept = await touchpoint_for(code)
    fields = Fields(dict(await request.form()))
    try:
        replacement = fields.text("replacement", limit=40)
        fields.check()
        await retire_touchpoint(code, replacement, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _retirement(request, kept, error.errors)
    return see_other(request, f"/touchpoints/{kept.row.code}?done=retired")


@post("/touchpoints/{code:str}/use", permission=P.CATALOGUES_EDIT, status_code=303)
async def use(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    """A planned one begins, a retired one comes back."""
    kept = await touchpoint_for(code)
    await use_touchpoint(code, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/touchpoints/{kept.row.code}?done=used")


@get("/touchpoints/order", permission=P.CATALOGUES_EDIT)
async def show_order(request: StaffRequest) -> Response[str]:
    """All touchpoints that are not retired, each with buttons that move it."""
    return await page(
        request, "touchpoints/order.html", phases=await phases(retired=False), kept=await kept_touchpoints(states=["planned", "active"]),
        flashes=flashes(request, DONE),
    )  # fmt: skip


@post("/touchpoints/{code:str}/place", permission=P.CATALOGUES_EDIT, status_code=303)
async def move(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    kept = await touchpoint_for(code)
    step = Fields(dict(await request.form())).one_of("step", ("-1", "1"), "1")
    await move_touchpoint(code, -1 if step == "-1" else 1, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/touchpoints/order#place-{kept.row.code}")


async def _moments() -> list[str]:
    """The reasons for contact that may be named as known moments of truth."""
    return [row.code for row in await contact_reasons(retired=None) if row.is_moment_of_truth]


async def _form(
    request: StaffRequest, kept: Kept | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    choices = await form_choices()
    without: list[str] = []
    colleagues = choices.colleagues
    phase_options = [(row.code, local_name(row)) for row in choices.phases]
    if kept:
        if kept.row.phase not in dict(phase_options):
            phase_options.append((kept.row.phase, str(kept.row[f"phase_{'de' if language.get() == 'de' else 'en'}"])))
        above = {row.code: row.parent or None for row in choices.touchpoints}
        without = [kept.row.code, *_below(kept.row.code, above)]
        if kept.row.responsible and str(kept.row.responsible) not in dict(colleagues):
            gone = _("%(name)s (no longer here)") % {"name": kept.row.responsible_name}
            colleagues = [*colleagues, (str(kept.row.responsible), gone)]
    parents = choices.by_phase(without)
    if kept and kept.row.parent and all(row.code != kept.row.parent for row in choices.touchpoints):
        name = str(kept.row[f"parent_{'de' if language.get() == 'de' else 'en'}"])
        parents.append((_(STATES[TouchpointState.RETIRED]), [(kept.row.parent, name)]))
    reasons = [row for row in await contact_reasons(retired=None) if row.is_moment_of_truth]
    return await page(
        request, "touchpoints/form.html", status=422 if errors else 200, kept=kept, values=values, errors=errors, choices=choices,
        labels={name: _(words) for name, words in LABELS.items()}, colleagues=colleagues, channels=CHANNELS, reasons=reasons,
        phase_options=phase_options,
        parents=parents, others=choices.by_phase(without[:1]), first=FIRST,
    )  # fmt: skip


def _below(code: str, parents: Mapping[str, str | None]) -> list[str]:
    """The codes of all that are part of it."""
    numbers = {each: n for n, each in enumerate(parents)}
    if code not in numbers:
        return []
    above = {numbers[each]: numbers.get(parent or "") for each, parent in parents.items()}
    found = descendants(numbers[code], above)
    return [each for each, n in numbers.items() if n in found]


async def _retirement(request: StaffRequest, kept: Kept, errors: Mapping[str, str]) -> Response[str]:
    """What names it, and what may take its place."""
    code = kept.row.code
    choices = await form_choices()
    return await page(
        request, "touchpoints/retire.html", status=422 if errors else 200, touchpoint=kept.row, errors=errors,
        guides=[guide for guide in await guides(active_only=True) if code in guide.touchpoints],
        reasons=[row for row in await contact_reasons() if row.touchpoint == code],
        parts=[row for row in choices.touchpoints if row.parent == code],
        others=choices.by_phase([row.code for row in choices.touchpoints if row.state != "active" or row.code == code]),
    )  # fmt: skip


route_handlers = [
    new_touchpoint, create, edit_touchpoint, save_touchpoint, ask_retirement, retire, use, show_order, move,
]  # fmt: skip
