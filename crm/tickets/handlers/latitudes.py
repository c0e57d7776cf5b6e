"""The pages on which a lead says what agents may decide alone."""

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
from crm.errors import Invalid, RuleBroken
from crm.tickets.latitudes import (
    LEVELS,
    add_latitude,
    change_latitude,
    latitude_for,
    latitude_values,
    latitudes,
    remove_latitude,
)
from crm.tickets.queries import topics
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import flashes, page, see_other

DONE = {"saved": N_("Saved. Agents see it on each enquiry."), "removed": N_("Removed: nobody decides this alone now.")}
WHERE = "/competences/latitude"


@get(WHERE, permission=Permission.CATALOGUES_EDIT)
async def list_latitudes(request: StaffRequest) -> Response[str]:
    """What may be decided alone, level by level."""
    return await page(
        request, "competences/latitudes.html", rows=await latitudes(), levels=LEVELS, flashes=flashes(request, DONE)
    )


@get(f"{WHERE}/new", permission=Permission.CATALOGUES_EDIT)
async def new_latitude(request: StaffRequest) -> Response[str]:
    return await _form(request, None, {}, {})


@post(WHERE, permission=Permission.CATALOGUES_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        values = latitude_values(fields)
        fields.check()
        await add_latitude(values, by=request.user.id, now=now)
        return f"{WHERE}?done=saved"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors)


@get(f"{WHERE}/{{latitude_id:int}}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_latitude(request: StaffRequest, latitude_id: FromPath[int]) -> Response[str]:
    row = await latitude_for(latitude_id)
    return await _form(request, row, dict(row), {})


@post(f"{WHERE}/{{latitude_id:int}}", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save(request: StaffRequest, latitude_id: FromPath[int]) -> Response[Any]:
    row = await latitude_for(latitude_id)
    fields = Fields(dict(await request.form()))
    try:
        values = latitude_values(fields)
        version = fields.number("version", low=0, high=2**31 - 1, required=True)
        fields.check()
        await change_latitude(latitude_id, values, version, by=request.user.id, now=datetime.now(UTC))
    except (Invalid, RuleBroken) as error:
        errors = error.errors if isinstance(error, Invalid) else {"name_de": error.sentence}
        return await _form(request, row, fields.values, errors)
    return see_other(request, f"{WHERE}?done=saved")


@post(f"{WHERE}/{{latitude_id:int}}/removal", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def remove(request: StaffRequest, latitude_id: FromPath[int]) -> Response[Any]:
    await remove_latitude(latitude_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{WHERE}?done=removed")


async def _form(
    request: StaffRequest, row: Row | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    labels = {
        "name_de": _("What is decided (German)"), "name_en": _("What is decided (English)"),
        "topic_code": _("Topic"), "position": _("Place in the list"),
    }  # fmt: skip
    for level in LEVELS:
        labels[f"limit_{level}_de"] = _("Level %(level)s (German)") % {"level": level}
        labels[f"limit_{level}_en"] = _("Level %(level)s (English)") % {"level": level}
    return await page(
        request, "competences/latitude.html", status=422 if errors else 200, row=row, values=values, errors=errors, labels=labels,
        levels=LEVELS, topics=[(each.code, local_name(each)) for each in await topics()],
    )  # fmt: skip


handlers = [list_latitudes, new_latitude, create, edit_latitude, save, remove]
