"""Attributes over the API: the catalogue, and the values of a customer and its people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, Router, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.queries import customer_for
from crm.database import transaction
from crm.errors import Invalid
from crm.profiles import score_api
from crm.profiles.defining import change_attribute, define_attribute, purpose_choices, retire_attribute, reuse_attribute
from crm.profiles.definitions import Choice, Definition
from crm.profiles.forms import attribute_data, choices_text, values_of
from crm.profiles.queries import (
    Line,
    Subject,
    catalogue,
    definition_named,
    line_of,
    subject_among,
    subjects_of,
)
from crm.profiles.shapes import (
    AttributeIn,
    AttributeList,
    AttributeOut,
    AttributePatch,
    ChoiceShape,
    ValueIn,
    ValueList,
    ValueOut,
)
from crm.profiles.tables import RetentionUnit
from crm.profiles.writing import Wish, delete_attribute, note_reading, write_attribute
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import demand_ids

P = Permission


@get("/attributes", permission=P.CUSTOMERS_VIEW)
async def list_attributes(request: StaffRequest) -> AttributeList:
    """The catalogue: what may be kept about customers, why, on which basis and how long."""
    return AttributeList([_attribute(one) for one in await catalogue()])


@post("/attributes", permission=P.ATTRIBUTES_DEFINE, status_code=201)
async def create_attribute(request: StaffRequest, data: JSONBody[AttributeIn]) -> Response[bytes]:
    """Define an attribute."""
    now = datetime.now(UTC)

    async def do() -> AttributeOut:
        fields = Fields(_typed(msgspec.structs.asdict(data)))
        _fill(fields)
        new = attribute_data(fields, await purpose_choices(), data.roles)
        fields.check()
        return _attribute(await definition_named(await define_attribute(new, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@patch("/attributes/{code:str}", permission=P.ATTRIBUTES_DEFINE)
async def patch_attribute(request: StaffRequest, code: FromPath[str], data: JSONBody[AttributePatch]) -> AttributeOut:
    """Change a definition, retire it or use it again."""
    now = datetime.now(UTC)
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    retired, version = sent.pop("retired", None), sent.pop("version")
    async with transaction():
        before = await definition_named(code)
        if sent:
            fields = Fields({**values_of(before), **_typed(sent)})
            roles = sent.get("roles", sorted(before.roles))
            wanted = attribute_data(fields, await purpose_choices(), roles, _unless_fixed_is_sent(before, sent))
            fields.check()
            saved = before.version if version is None else version
            await change_attribute(code, wanted, saved, by=request.user.id, now=now)
        if retired is not None:
            await (retire_attribute if retired else reuse_attribute)(code, by=request.user.id, now=now)
        return _attribute(await definition_named(code))


def _unless_fixed_is_sent(before: Definition, sent: dict[str, Any]) -> Definition:
    """The form leaves out what stays; the API may send it, and is told if that would be a change."""
    is_sent = {"type", "about", "purpose", "legal_basis", "is_special"} & set(sent)
    return replace(before, values=0) if is_sent else before


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """The values as the form would send them."""
    typed = {name: "1" if value is True else value or "" for name, value in values.items() if name != "roles"}
    if "type" in typed:
        typed["data_type"] = typed.pop("type")
    if "choices" in typed:
        shapes = [Choice(one["code"], one["name_de"], one["name_en"]) for one in map(_plain, values["choices"])]
        typed["choices"] = "\n".join(
            choices_text([one]) if one.code else f"{one.name_de} | {one.name_en}" for one in shapes
        )
    days, months = typed.pop("retention_days", ""), typed.pop("retention_months", "")
    if days or months:
        typed["retention"] = days or months
        typed["retention_unit"] = RetentionUnit.DAYS if days else RetentionUnit.MONTHS
    return typed


def _plain(one: Any) -> dict[str, str]:
    return one if isinstance(one, dict) else msgspec.structs.asdict(one)


def _fill(fields: Fields) -> None:
    """What a program may leave out: the English name is then the German one, and the time is two years."""
    fields.values["name_en"] = fields.values.get("name_en") or fields.values.get("name_de", "")
    fields.values.setdefault("retention", 24)


@get("/customers/{customer_id:int}/attributes", permission=P.CUSTOMERS_VIEW)
async def list_values(request: StaffRequest, customer_id: FromPath[int]) -> ValueList:
    """What is kept about a customer and its people. Special categories are named, and read one by one."""
    subjects = await subjects_of(request.user, customer_id)
    return ValueList([_value(subject, line) for subject in subjects for line in subject.filled])


@get("/customers/{customer_id:int}/attributes/{code:str}", permission=P.CUSTOMERS_VIEW)
async def show_value(
    request: StaffRequest, customer_id: FromPath[int], code: FromPath[str], person_id: FromQuery[int | None] = None
) -> Response[ValueOut]:
    """One value. Reading a special category is put on record."""
    demand_ids(person_id=person_id)
    subject = subject_among(await subjects_of(request.user, customer_id), person_id)
    line = line_of(subject, code)
    if line.is_hidden and subject.person_id is not None:
        await note_reading("person", subject.person_id, code, by=request.user.id, now=datetime.now(UTC))
    return Response(_value(subject, line, told=True), headers={"etag": f'"{line.version}"'})


@put("/customers/{customer_id:int}/attributes/{code:str}", permission=P.CUSTOMERS_EDIT)
async def put_value(
    request: StaffRequest, customer_id: FromPath[int], code: FromPath[str], data: JSONBody[ValueIn]
) -> Response[ValueOut]:
    """Write a value. 422 with the reason where there is no legal basis; 409 if `version` (or If-Match) is not the saved
    one."""
    demand_ids(person_id=data.person_id)
    line_of(subject_among(await subjects_of(request.user, customer_id), data.person_id), code)
    wish = Wish(customer_id, code, data.value, data.person_id, data.reference)
    version = _version(request, data.version)
    await write_attribute(wish, source="api", by=request.user.id, now=datetime.now(UTC), version=version)
    subject = subject_among(await subjects_of(request.user, customer_id), data.person_id)
    line = line_of(subject, code)
    return Response(_value(subject, line), headers={"etag": f'"{line.version}"'})


@delete("/customers/{customer_id:int}/attributes/{code:str}", permission=P.CUSTOMERS_EDIT)
async def delete_value(
    request: StaffRequest, customer_id: FromPath[int], code: FromPath[str], person_id: FromQuery[int | None] = None
) -> None:
    """Forget a value."""
    demand_ids(person_id=person_id)
    await customer_for(request.user, customer_id)
    line_of(subject_among(await subjects_of(request.user, customer_id), person_id), code)
    await delete_attribute(customer_id, code, person_id, by=request.user.id, now=datetime.now(UTC))


def _version(request: StaffRequest, sent: int | None) -> int | None:
    header = request.headers.get("if-match", "").strip()
    if not header or header == "*":
        return sent
    number = header.removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:
        raise Invalid({"If-Match": _("Send the number of the version, as the ETag gave it.")})
    return int(number)


def _attribute(one: Definition) -> AttributeOut:
    in_days = one.retention_unit is RetentionUnit.DAYS
    return AttributeOut(
        code=one.code, name_de=one.name_de, name_en=one.name_en, type=one.data_type.value, kind=one.kind.value,
        about=one.about.value, purpose=one.purpose, legal_basis=one.legal_basis, basis_note=one.basis_note,
        hint_de=one.hint_de, hint_en=one.hint_en, retention_days=one.retention if in_days else None,
        retention_months=None if in_days else one.retention, roles=sorted(one.roles), is_special=one.is_special,
        choices=[ChoiceShape(c.name_de, c.name_en, c.code) for c in one.choices if not c.is_retired],
        retired=one.is_retired, version=one.version,
    )  # fmt: skip


def _value(subject: Subject, line: Line, *, told: bool = False) -> ValueOut:
    is_hidden = line.is_hidden and not told
    value = line.value if line.value is not None and not is_hidden else None
    return ValueOut(
        code=line.definition.code, name=line.definition.name, person_id=subject.person_id,
        value=value.plain if value else None, shown=line.shown if value else "", hidden=is_hidden,
        legal_basis="" if subject.is_organisation else line.definition.legal_basis, purpose=line.definition.purpose,
        recorded_at=line.recorded_at, version=line.version,
    )  # fmt: skip


router = Router(
    "/api/v1",
    route_handlers=[
        list_attributes, create_attribute, patch_attribute, list_values, show_value, put_value, delete_value,
        *score_api.route_handlers,
    ],
    include_in_schema=True, tags=["Attributes"],
)  # fmt: skip
