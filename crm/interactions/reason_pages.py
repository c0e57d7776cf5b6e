"""The pages of the catalogue of reasons for contact, which a lead keeps."""

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
from crm.interactions.queries import touchpoint_choices
from crm.interactions.reasons import (
    change_reason,
    contact_reasons,
    create_reason,
    reason_for,
    reason_values,
    retire_reason,
)
from crm.interactions.words import REASON_LABELS
from crm.tickets.queries import topics
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import flashes, page, see_other

DONE = {
    "saved": N_("The reason is saved."), "retired": N_("The reason is retired: it is no longer offered for choosing."),
    "returned": N_("The reason is offered again."),
}  # fmt: skip
WHERE = "/interactions/reasons"


@get("/interactions/reasons", permission=Permission.CATALOGUES_EDIT)
async def list_reasons(request: StaffRequest) -> Response[str]:
    """All reasons in their order, the retired ones below."""
    found = await contact_reasons(retired=None)
    return await page(
        request, "interactions/reasons.html", offered=[row for row in found if row.retired_at is None],
        retired=[row for row in found if row.retired_at is not None], flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/interactions/reasons/new", permission=Permission.CATALOGUES_EDIT)
async def new_reason(request: StaffRequest) -> Response[str]:
    return await _form(request, None, {}, {})


@post("/interactions/reasons", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        values = reason_values(fields)
        fields.check()
        await create_reason(values, by=request.user.id, now=now)
        return f"{WHERE}?done=saved"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors)


@get("/interactions/reasons/{reason_id:int}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_reason(request: StaffRequest, reason_id: FromPath[int]) -> Response[str]:
    reason = await reason_for(reason_id)
    return await _form(
        request, reason, {**dict(reason), "is_moment_of_truth": "1" if reason.is_moment_of_truth else ""}, {}
    )


@post("/interactions/reasons/{reason_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_reason(request: StaffRequest, reason_id: FromPath[int]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    reason = await reason_for(reason_id)
    fields = Fields(dict(await request.form()))
    try:
        values = reason_values(fields)
        version = fields.number("version", low=0, high=2**31 - 1, required=True)
        fields.check()
        await change_reason(reason_id, values, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, reason, fields.values, error.errors)
    except Conflict as conflict:
        return await page(
            request, "orders/conflict.html", status=409, crumb=(_("Reasons for contact"), WHERE), name=local_name(reason),
            action=f"{WHERE}/{reason_id}", show_url=WHERE,
            rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**fields.values, "version": conflict.version},
        )  # fmt: skip
    return see_other(request, f"{WHERE}?done=saved")


@post("/interactions/reasons/{reason_id:int}/retirement", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def retire(request: StaffRequest, reason_id: FromPath[int]) -> Response[Any]:
    await reason_for(reason_id)
    await retire_reason(reason_id, True, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{WHERE}?done=retired")


@post("/interactions/reasons/{reason_id:int}/return", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def bring_back(request: StaffRequest, reason_id: FromPath[int]) -> Response[Any]:
    await reason_for(reason_id)
    await retire_reason(reason_id, False, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{WHERE}?done=returned")


async def _form(
    request: StaffRequest, reason: Row | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    touchpoints = await touchpoint_choices()
    if (
        reason
        and reason.touchpoint
        and reason.touchpoint not in {code for _phase, each in touchpoints for code, _n in each}
    ):
        touchpoints.append((_("no longer in use"), [(reason.touchpoint, reason.touchpoint_name)]))
    return await page(
        request, "interactions/reason.html", status=422 if errors else 200, reason=reason, values=values, errors=errors,
        labels={name: _(words) for name, words in REASON_LABELS.items()},
        touchpoints=touchpoints,
        topics=[(row.code, local_name(row)) for row in await topics()],
    )  # fmt: skip


route_handlers = [list_reasons, new_reason, create, edit_reason, save_reason, retire, bring_back]
