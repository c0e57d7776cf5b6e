"""The pages on which a lead keeps the forms of the website; the public ones are in public.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.database import Row
from crm.errors import Conflict, Invalid
from crm.interactions.web_forms import public
from crm.interactions.web_forms.defining import change_form, create_form, form_for, retire_form, web_forms
from crm.interactions.web_forms.forms import read_definition
from crm.interactions.web_forms.tables import FormKind
from crm.interactions.web_forms.words import ALWAYS, FIELDS, KINDS, LABELS
from crm.mail.rendering import absolute
from crm.tickets.queries import topics
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name, speaking
from crm.web.render import flashes, page, see_other

P = Permission
WHERE = "/web-forms"
DONE = {
    "saved": N_("The form is saved."), "retired": N_("The form is retired: nobody outside finds it any more."),
    "returned": N_("The form is there again."),
}  # fmt: skip
_PARTS = {
    "thanks": N_("Thank you. Your message has arrived, and we will answer you soon."),
    "privacy": N_(
        "We use what you write here to answer you (GDPR Art. 6 (1) b), and keep it as long as your enquiry and the law demand. "
        "You may ask to see, correct or delete it at any time."
    ),
}
SEVERAL = ("languages", "asked", "demanded", "topics")


@get("/web-forms", permission=P.CATALOGUES_EDIT)
async def list_forms(request: StaffRequest) -> Response[str]:
    """All forms, with what came by them."""
    return await page(
        request, "web_forms/index.html", forms=await web_forms(), kinds=KINDS, flashes=flashes(request, DONE)
    )


@get("/web-forms/new", permission=P.CATALOGUES_EDIT)
async def new_form(request: StaffRequest) -> Response[str]:
    """An empty definition, with texts that only want to be read through."""
    values: dict[str, Any] = {
        "kind": FormKind.ENQUIRY.value,
        "languages": ["de"],
        "asked": ["name"],
        "demanded": ["name"],
    }
    for code in ("de", "en"):
        with speaking(code):
            values |= {f"{part}_{code}": _(words) for part, words in _PARTS.items()}
            values[f"title_{code}"] = _("Write to us")
    return await _form(request, None, values, {})


@post("/web-forms", permission=P.CATALOGUES_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = await _fields(request)

    async def do() -> str:
        values = read_definition(fields, [row.code for row in await topics()])
        fields.check()
        return f"{WHERE}/{await create_form(values, by=request.user.id, now=now)}/edit?done=saved"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors)


@get("/web-forms/{form_id:int}/edit", permission=P.CATALOGUES_EDIT)
async def edit_form(request: StaffRequest, form_id: FromPath[int]) -> Response[str]:
    form = await form_for(form_id)
    return await _form(request, form, dict(form) | {name: form[name].split(",") for name in SEVERAL}, {})


@post("/web-forms/{form_id:int}", permission=P.CATALOGUES_EDIT, status_code=303)
async def save_form(request: StaffRequest, form_id: FromPath[int]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    form = await form_for(form_id)
    fields = await _fields(request)
    try:
        values = read_definition(fields, [row.code for row in await topics()])
        version = fields.number("version", low=0, high=2**31 - 1, required=True)
        fields.check()
        await change_form(form_id, values, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, form, fields.values, error.errors)
    except Conflict as conflict:
        sent = {name: ",".join(value) if isinstance(value, list) else value for name, value in fields.values.items()}
        return await page(
            request, "orders/conflict.html", status=409, crumb=(_("Web forms"), WHERE), name=form.name, action=f"{WHERE}/{form_id}",
            show_url=f"{WHERE}/{form_id}/edit", rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**sent, "version": conflict.version},
        )  # fmt: skip
    return see_other(request, f"{WHERE}/{form_id}/edit?done=saved")


@post("/web-forms/{form_id:int}/retirement", permission=P.CATALOGUES_EDIT, status_code=303)
async def retire(request: StaffRequest, form_id: FromPath[int]) -> Response[Any]:
    await form_for(form_id)
    await retire_form(form_id, True, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{WHERE}?done=retired")


@post("/web-forms/{form_id:int}/return", permission=P.CATALOGUES_EDIT, status_code=303)
async def bring_back(request: StaffRequest, form_id: FromPath[int]) -> Response[Any]:
    await form_for(form_id)
    await retire_form(form_id, False, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{WHERE}?done=returned")


async def _fields(request: StaffRequest) -> Fields:
    """The body, with all values of what can be chosen several times; a form that comes back from a conflict has them in one."""
    body = await request.form()
    values: dict[str, Any] = {name: value for name, value in body.items() if isinstance(value, str)}
    for name in SEVERAL:
        values[name] = [part for value in body.getall(name, []) if isinstance(value, str) for part in value.split(",")]
    return Fields(values)


async def _form(
    request: StaffRequest, form: Row | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    known = await topics()
    return await page(
        request, "web_forms/edit.html", status=422 if errors else 200, form=form, values=values, errors=errors,
        labels={name: _(words) for name, words in LABELS.items()}, kinds=[(kind.value, _(words)) for kind, words in KINDS.items()],
        fields_of=[(name, _(words)) for name, words in FIELDS.items()], topics=[(row.code, local_name(row)) for row in known],
        link=absolute(f"/forms/{form.code}") if form else "", flashes=flashes(request, DONE), always=ALWAYS,
    )  # fmt: skip


router = Router(
    "", route_handlers=[list_forms, new_form, create, edit_form, save_form, retire, bring_back, *public.handlers]
)
