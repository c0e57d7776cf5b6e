"""The pages on which the data protection officer defines purposes and their wordings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.consents import queries
from crm.consents.page_words import channel_name, words
from crm.consents.purpose_forms import code_in, purpose_data, wording_texts
from crm.consents.purpose_rules import ALL_CHANNELS, LABELS, SHIPPED
from crm.consents.purposes import add_wording, change_purpose, define_purpose, retire_purpose, reuse_purpose
from crm.database import HIGHEST_ID, Row
from crm.errors import Conflict, Invalid, NotFound
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "defined": N_("The purpose is there."),
    "changed": N_("The purpose is saved."),
    "retired": N_("The purpose is retired: nobody new can agree to it, and nothing goes out for it."),
    "reused": N_("The purpose is in use again."),
    "wording": N_("The new wording holds from now."),
}
_TIMES = ("retention_months", "consent_months")


async def _purpose(code: str) -> Row:
    found = await queries.purpose_named(code)
    if found is None:
        raise NotFound()
    return found


@get("/consents/purposes", permission=P.CONSENTS_VIEW)
async def list_purposes(request: StaffRequest, done: FromQuery[str] = "") -> Response[str]:
    """The catalogue, with what is retired below."""
    known = await queries.purposes()
    return await page(
        request, "consents/purposes.html", used=[one for one in known if one.retired_at is None],
        retired=[one for one in known if one.retired_at is not None], flashes=flashes(request, DONE), **words(),
    )  # fmt: skip


@get("/consents/purposes/new", permission=P.PRIVACY_MANAGE)
async def new_purpose(request: StaffRequest) -> Response[str]:
    values = {
        "legal_basis": "consent",
        "channels": ["email"],
        "needs_confirmation": True,
        "position": len(await queries.purposes()),
    }
    return await _form(request, None, values, {})


@post("/consents/purposes", permission=P.PRIVACY_MANAGE, status_code=303)
async def create_purpose(request: StaffRequest) -> Response[Any]:
    now, body = datetime.now(UTC), await request.form()
    fields, channels = Fields(dict(body)), [str(one) for one in body.getall("channels", [])]

    async def do() -> str:
        data, code, (german, english) = purpose_data(fields, channels), code_in(fields), wording_texts(fields)
        fields.check()
        await define_purpose(code, data, german, english, by=request.user.id, now=now)
        return f"/consents/purposes/{code}?done=defined"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id", limit=64), do, now=now))
    except Invalid as error:
        return await _form(request, None, {**fields.values, "channels": channels}, error.errors)


@get("/consents/purposes/{code:str}", permission=P.CONSENTS_VIEW)
async def show_purpose(request: StaffRequest, code: FromPath[str], done: FromQuery[str] = "") -> Response[str]:
    """One purpose with all versions of its wording, and how many agreed to each."""
    return await _show(request, code, {}, {})


async def _show(request: StaffRequest, code: str, values: dict[str, Any], errors: dict[str, str]) -> Response[str]:
    purpose = await _purpose(code)
    return await page(
        request, "consents/purpose.html", status=422 if errors else 200, purpose=purpose, wordings=await queries.wordings(code),
        agreed=await queries.agreed_by_version(code), is_shipped=code in SHIPPED, values=values, errors=errors,
        flashes=flashes(request, DONE), labels={name: _(label) for name, label in LABELS.items()}, **words(),
    )  # fmt: skip


@get("/consents/purposes/{code:str}/edit", permission=P.PRIVACY_MANAGE)
async def edit_purpose(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    purpose = await _purpose(code)
    return await _form(request, purpose, _values_of(purpose), {})


@post("/consents/purposes/{code:str}", permission=P.PRIVACY_MANAGE, status_code=303)
async def save_purpose(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    purpose, body = await _purpose(code), await request.form()
    fields, channels = Fields(dict(body)), [str(one) for one in body.getall("channels", [])]
    typed = {
        "is_advertising": "",
        "needs_confirmation": "",
        "is_own_similar": "",
        **fields.values,
        "channels": channels,
    }
    try:
        data = purpose_data(fields, channels)
        version = fields.number("version", low=0, high=HIGHEST_ID, required=True) or 0
        fields.check()
        await change_purpose(code, data, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, purpose, typed, error.errors)
    except Conflict as conflict:
        return await _form(request, purpose, {**typed, "version": conflict.version}, {}, conflict)
    return see_other(request, f"/consents/purposes/{code}?done=changed")


@post("/consents/purposes/{code:str}/wordings", permission=P.PRIVACY_MANAGE, status_code=303)
async def create_wording(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    """A new version; the older ones stay."""
    now, fields = datetime.now(UTC), Fields(dict(await request.form()))

    async def do() -> str:
        texts = wording_texts(fields)
        fields.check()
        await add_wording(code, *texts, by=request.user.id, now=now)
        return f"/consents/purposes/{code}?done=wording"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id", limit=64), do, now=now))
    except Invalid as error:
        return await _show(request, code, fields.values, error.errors)


@post("/consents/purposes/{code:str}/retirement", permission=P.PRIVACY_MANAGE, status_code=303)
async def retire(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    await retire_purpose(code, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/consents/purposes/{code}?done=retired")


@post("/consents/purposes/{code:str}/reuse", permission=P.PRIVACY_MANAGE, status_code=303)
async def reuse(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    await reuse_purpose(code, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/consents/purposes/{code}?done=reused")


def _values_of(purpose: Row) -> dict[str, Any]:
    """What stands in the form: full years as years."""
    values = {**dict(purpose.items()), "channels": purpose.channels.split(",")}
    for name in _TIMES:
        months = values[name]
        if months and months % 12 == 0:
            values |= {name: months // 12, f"{name}_unit": "years"}
    return values


async def _form(
    request: StaffRequest, purpose: Row | None, values: dict[str, Any], errors: dict[str, str], conflict: Conflict | None = None
) -> Response[str]:  # fmt: skip
    labels = {name: _(label) for name, label in LABELS.items()}
    return await page(
        request, "consents/purpose_form.html", status=409 if conflict else 422 if errors else 200, purpose=purpose, values=values,
        errors=errors, conflict=conflict, labels=labels, channel_options=[(one, channel_name(one)) for one in ALL_CHANNELS],
        **words(),
    )  # fmt: skip


route_handlers = [
    list_purposes, new_purpose, create_purpose, show_purpose, edit_purpose, save_purpose, create_wording, retire, reuse,
]  # fmt: skip
