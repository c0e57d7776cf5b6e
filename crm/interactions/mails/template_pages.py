"""The catalogue of mail templates: list, a new one, changing and retiring one."""

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
from crm.interactions.mails.forms import parse_template
from crm.interactions.mails.placeholders import PLACEHOLDERS
from crm.interactions.mails.queries import purposes_for_mail, template_for, templates
from crm.interactions.mails.templates import add_template, change_template, retire_template
from crm.interactions.mails.words import LABELS
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "saved": N_("The template is saved."), "retired": N_("The template is retired: it is not offered any more."),
    "returned": N_("The template is offered again."),
}  # fmt: skip


@get("/mail-templates", permission=P.CATALOGUES_EDIT)
async def list_templates(request: StaffRequest) -> Response[str]:
    """The templates in use, or the retired ones."""
    retired = request.query_params.get("show") == "retired"
    purposes = {row.code: local_name(row) for row in await purposes_for_mail()}
    return await page(
        request, "mails/templates.html", rows=await templates(retired=retired), retired=retired, purposes=purposes,
        flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/mail-templates/new", permission=P.CATALOGUES_EDIT)
async def new_template(request: StaffRequest) -> Response[str]:
    return await _form(request, None, {"purpose": "correspondence"}, {})


@post("/mail-templates", permission=P.CATALOGUES_EDIT, status_code=303)
async def create_template(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    values = dict(await request.form())
    try:
        found, _version = parse_template(values, await _purposes())

        async def add() -> str:
            await add_template(found, by=request.user.id, now=now)
            return "/mail-templates?done=saved"

        return see_other(request, await form_once(request, str(values.get("submission_id", "")), add, now=now))
    except Invalid as error:
        return await _form(request, None, Fields(values).values, error.errors)


@get("/mail-templates/{template_id:int}/edit", permission=P.CATALOGUES_EDIT)
async def edit_template(request: StaffRequest, template_id: FromPath[int]) -> Response[str]:
    template = await template_for(template_id)
    return await _form(request, template, dict(template), {})


@post("/mail-templates/{template_id:int}", permission=P.CATALOGUES_EDIT, status_code=303)
async def save_template(request: StaffRequest, template_id: FromPath[int]) -> Response[Any]:
    """Save what was changed; if somebody else saved meanwhile, show both versions."""
    template = await template_for(template_id)
    values = dict(await request.form())
    try:
        found, version = parse_template(values, await _purposes())
        await change_template(template_id, found, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, template, Fields(values).values, error.errors)
    except Conflict as conflict:
        return await page(
            request, "orders/conflict.html", status=409, crumb=(_("Mail templates"), "/mail-templates"),
            name=template.name_de or template.name_en, action=f"/mail-templates/{template_id}", show_url="/mail-templates",
            rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**Fields(values).values, "version": conflict.version},
        )  # fmt: skip
    return see_other(request, "/mail-templates?done=saved")


@post("/mail-templates/{template_id:int}/retirement", permission=P.CATALOGUES_EDIT, status_code=303)
async def retire(request: StaffRequest, template_id: FromPath[int]) -> Response[Any]:
    await retire_template(template_id, True, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/mail-templates?done=retired")


@post("/mail-templates/{template_id:int}/return", permission=P.CATALOGUES_EDIT, status_code=303)
async def bring_back(request: StaffRequest, template_id: FromPath[int]) -> Response[Any]:
    await retire_template(template_id, False, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/mail-templates?done=returned")


async def _purposes() -> set[str]:
    return {row.code for row in await purposes_for_mail()}


async def _form(
    request: StaffRequest, template: Row | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    return await page(
        request, "mails/template.html", status=422 if errors else 200, template=template, values=values, errors=errors,
        labels={name: _(text) for name, text in LABELS.items()}, placeholders=PLACEHOLDERS,
        purpose_options=[(row.code, local_name(row)) for row in await purposes_for_mail()],
    )  # fmt: skip


route_handlers = [
    list_templates, new_template, create_template, edit_template, save_template, retire, bring_back,
]  # fmt: skip
