"""The pages of the catalogue: what may be kept about customers, defined by administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission, Role
from crm.accounts.submissions import form_once
from crm.accounts.words import role_name
from crm.consents.purposes import add_purpose
from crm.database import HIGHEST_ID
from crm.errors import Conflict, Invalid
from crm.profiles.defining import change_attribute, define_attribute, purpose_choices, retire_attribute, reuse_attribute
from crm.profiles.definitions import ABOUT, KINDS, TYPES, UNITS, Definition
from crm.profiles.forms import CODE, LABELS, attribute_data, code_of, values_of
from crm.profiles.queries import catalogue, definition_named
from crm.profiles.sentences import BASES, SHORT_BASES
from crm.profiles.tables import RetentionUnit
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name, ngettext, word
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "defined": N_("The attribute is in the catalogue."),
    "changed": N_("The definition is saved."),
    "retired": N_("The attribute is retired. Its values are not shown any more and are deleted tonight."),
    "reused": N_("The attribute is in use again."),
    "purpose": N_("The purpose is there. Consents to it can be recorded with each person."),
}


def kept_for(one: Definition) -> str:
    """ "24 months", in the language of the moment."""
    if one.retention_unit is RetentionUnit.DAYS:
        return ngettext("one day", "%(num)s days", one.retention) % {"num": one.retention}
    return ngettext("one month", "%(num)s months", one.retention) % {"num": one.retention}


def words() -> dict[str, Any]:
    """What the templates of attributes say."""
    return {
        "word": word, "kinds": KINDS, "types": TYPES, "abouts": ABOUT, "short_bases": SHORT_BASES, "kept_for": kept_for,
        "role_name": role_name,
    }  # fmt: skip


@get("/attributes", permission=P.ATTRIBUTES_VIEW)
async def list_attributes(request: StaffRequest) -> Response[str]:
    """The catalogue, with what is retired below."""
    known = await catalogue(counted=True)
    return await page(
        request, "profiles/catalogue.html", used=[one for one in known if not one.is_retired],
        retired=[one for one in known if one.is_retired], flashes=flashes(request, DONE), **words(),
    )  # fmt: skip


@get("/attributes/new", permission=P.ATTRIBUTES_DEFINE)
async def new_attribute(request: StaffRequest) -> Response[str]:
    values = {"retention": 24, "retention_unit": "months", "roles": []}
    return await _form(request, None, values, {})


@post("/attributes", permission=P.ATTRIBUTES_DEFINE, status_code=303)
async def create_attribute(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    body = await request.form()
    fields, roles = Fields(dict(body)), [str(one) for one in body.getall("roles", [])]

    async def do() -> str:
        data = attribute_data(fields, await purpose_choices(), roles)
        fields.check()
        await define_attribute(data, by=request.user.id, now=now)
        return "/attributes?done=defined"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, {**fields.values, "roles": roles}, error.errors)


@get("/attributes/{code:str}/edit", permission=P.ATTRIBUTES_DEFINE)
async def edit_attribute(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    one = await definition_named(code)
    return await _form(request, one, values_of(one), {})


@post("/attributes/{code:str}", permission=P.ATTRIBUTES_DEFINE, status_code=303)
async def save_attribute(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    one = await definition_named(code)
    body = await request.form()
    fields, roles = Fields(dict(body)), [str(role) for role in body.getall("roles", [])]
    try:
        data = attribute_data(fields, await purpose_choices(), roles, one)
        version = fields.number("version", low=0, high=HIGHEST_ID, required=True) or 0
        fields.check()
        await change_attribute(code, data, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, one, {**values_of(one), **fields.values, "roles": roles}, error.errors)
    except Conflict as conflict:
        values = {**values_of(one), **fields.values, "roles": roles, "version": conflict.version}
        return await _form(request, one, values, {}, conflict)
    return see_other(request, "/attributes?done=changed")


@post("/attributes/{code:str}/retirement", permission=P.ATTRIBUTES_DEFINE, status_code=303)
async def retire(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    await retire_attribute(code, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/attributes?done=retired")


@post("/attributes/{code:str}/reuse", permission=P.ATTRIBUTES_DEFINE, status_code=303)
async def reuse(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    await reuse_attribute(code, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/attributes?done=reused")


@get("/attributes/purposes/new", permission=P.ATTRIBUTES_DEFINE)
async def new_purpose(request: StaffRequest) -> Response[str]:
    return await page(request, "profiles/purpose.html", values={}, errors={})


@post("/attributes/purposes", permission=P.ATTRIBUTES_DEFINE, status_code=303)
async def create_purpose(request: StaffRequest) -> Response[Any]:
    """A purpose that people can consent to, with the wording that they will see."""
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        names = [fields.text(name, required=True, limit=120) for name in ("name_de", "name_en")]
        texts = [fields.text(name, required=True, limit=4000, many_lines=True) for name in ("wording_de", "wording_en")]
        code = fields.text("code", limit=40) or code_of(names[1])
        if not CODE.fullmatch(code):
            fields.error("code", _("Small letters, digits and underscores, beginning with a letter: household_size"))
        fields.check()
        await add_purpose(code, *names, *texts, by=request.user.id, now=now)
        return "/attributes?done=purpose"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await page(request, "profiles/purpose.html", status=422, values=fields.values, errors=error.errors)


async def _form(
    request: StaffRequest, one: Definition | None, values: dict[str, Any], errors: dict[str, str],
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    purposes = await purpose_choices()
    return await page(
        request, "profiles/attribute.html", status=409 if conflict else 422 if errors else 200, one=one, values=values,
        errors=errors, conflict=conflict, labels={name: _(label) for name, label in LABELS.items()},
        purposes=[(code, local_name(purpose)) for code, purpose in purposes.items()],
        bases=[(basis.value, _(text)) for basis, text in BASES.items()], roles=[(role.value, role_name(role)) for role in Role],
        units=[(unit, _(text)) for unit, text in UNITS.items()], **words(),
    )  # fmt: skip


route_handlers = [
    list_attributes, new_attribute, create_attribute, edit_attribute, save_attribute, retire, reuse, new_purpose,
    create_purpose,
]  # fmt: skip
