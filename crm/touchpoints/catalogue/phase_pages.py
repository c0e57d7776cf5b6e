"""The pages on which a lead keeps the phases of the customer journey."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.database import Row
from crm.errors import Conflict, Invalid
from crm.touchpoints.catalogue.forms import parse_phase
from crm.touchpoints.catalogue.ordering import move_phase
from crm.touchpoints.catalogue.phases import change_phase, create_phase, retire_phase
from crm.touchpoints.catalogue.queries import phase_for, phases
from crm.touchpoints.catalogue.words import PHASE_LABELS, STAGES
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import flashes, page, see_other

P = Permission
WHERE = "/touchpoints/phases"
DONE = {
    "saved": N_("The phase is saved."), "retired": N_("The phase is retired: it is no longer offered; contacts keep it."),
    "returned": N_("The phase is offered again."), "moved": N_("The new order is saved."),
}  # fmt: skip


@get(WHERE, permission=P.CATALOGUES_EDIT)
async def list_phases(request: StaffRequest) -> Response[str]:
    found = await phases()
    return await page(
        request, "touchpoints/phases.html", offered=[row for row in found if row.retired_at is None],
        retired=[row for row in found if row.retired_at is not None], stages=STAGES, flashes=flashes(request, DONE),
    )  # fmt: skip


@get(f"{WHERE}/new", permission=P.CATALOGUES_EDIT)
async def new_phase(request: StaffRequest) -> Response[str]:
    return await _form(request, None, {"stage": "before"}, {})


@post(WHERE, permission=P.CATALOGUES_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        await create_phase(parse_phase(fields), by=request.user.id, now=now)
        return f"{WHERE}?done=saved"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors)


@get(f"{WHERE}/{{phase_code:str}}/edit", permission=P.CATALOGUES_EDIT)
async def edit_phase(request: StaffRequest, phase_code: FromPath[str]) -> Response[str]:
    row = await phase_for(phase_code)
    english = "" if row.name_en == row.name_de else row.name_en
    return await _form(request, row, {"name_de": row.name_de, "name_en": english, "stage": row.stage}, {})


@post(f"{WHERE}/{{phase_code:str}}", permission=P.CATALOGUES_EDIT, status_code=303)
async def save_phase(request: StaffRequest, phase_code: FromPath[str]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    row = await phase_for(phase_code)
    fields = Fields(dict(await request.form()))
    try:
        version = fields.number("version", low=0, high=2**31 - 1, required=True)
        await change_phase(phase_code, parse_phase(fields), version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, row, fields.values, error.errors)
    except Conflict as conflict:
        return await page(
            request, "orders/conflict.html", status=409, crumb=(_("Phases"), WHERE), name=local_name(row),
            action=f"{WHERE}/{row.code}", show_url=WHERE, rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**fields.values, "version": conflict.version},
        )  # fmt: skip
    return see_other(request, f"{WHERE}?done=saved")


@post(f"{WHERE}/{{phase_code:str}}/place", permission=P.CATALOGUES_EDIT, status_code=303)
async def move(request: StaffRequest, phase_code: FromPath[str]) -> Response[Any]:
    step = Fields(dict(await request.form())).one_of("step", ("-1", "1"), "1")
    await move_phase(phase_code, -1 if step == "-1" else 1, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{WHERE}?done=moved")


@post(f"{WHERE}/{{phase_code:str}}/retirement", permission=P.CATALOGUES_EDIT, status_code=303)
async def retire(request: StaffRequest, phase_code: FromPath[str]) -> Response[Any]:
    await retire_phase(phase_code, True, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{WHERE}?done=retired")


@post(f"{WHERE}/{{phase_code:str}}/return", permission=P.CATALOGUES_EDIT, status_code=303)
async def bring_back(request: StaffRequest, phase_code: FromPath[str]) -> Response[Any]:
    await retire_phase(phase_code, False, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{WHERE}?done=returned")


async def _form(
    request: StaffRequest, phase: Row | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    return await page(
        request, "touchpoints/phase.html", status=422 if errors else 200, phase=phase, values=values, errors=errors,
        labels={name: _(words) for name, words in PHASE_LABELS.items()}, stages=[(code.value, _(words)) for code, words in STAGES.items()],
    )  # fmt: skip


route_handlers = [list_phases, new_phase, create, edit_phase, save_phase, move, retire, bring_back]
