"""Purposes and their wordings over the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.consents import queries
from crm.consents.purpose_forms import code_in, purpose_data, wording_texts
from crm.consents.purpose_rules import SHIPPED
from crm.consents.purposes import add_wording, change_purpose, define_purpose, retire_purpose, reuse_purpose
from crm.database import Row
from crm.errors import NotFound
from crm.web.forms import Fields
from crm.web.parameters import Version

P = Permission


class WordingOut(msgspec.Struct):
    """One version of a wording; `agreed` counts the people who gave consent under it."""

    version: int
    valid_from: datetime | None
    agreed: int
    text_de: str
    text_en: str


class PurposeOut(msgspec.Struct):
    """A purpose; times in months, null for no fixed time. `wordings`: the newest version first."""

    code: str
    name_de: str
    name_en: str
    legal_basis: str
    channels: list[str]
    is_advertising: bool
    needs_confirmation: bool
    retention_months: int | None
    consent_months: int | None
    position: int
    is_own_similar: bool
    is_shipped: bool
    retired_at: datetime | None
    version: int
    wordings: list[WordingOut] = []


class Purposes(msgspec.Struct):
    items: list[PurposeOut]


class PurposeIn(msgspec.Struct, forbid_unknown_fields=True):
    """A new purpose. Channels: email, phone, letter, processing. The wording is needed where the basis is consent."""

    name_de: str
    name_en: str
    legal_basis: str
    channels: list[str]
    code: str = ""
    is_advertising: bool = False
    needs_confirmation: bool = False
    retention_months: int | None = None
    consent_months: int | None = None
    position: int = 0
    is_own_similar: bool = False
    wording_de: str = ""
    wording_en: str = ""


class PurposeChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be changed; what is left out stays. `version` is the one that was read."""

    version: Version
    name_de: str | msgspec.UnsetType = msgspec.UNSET
    name_en: str | msgspec.UnsetType = msgspec.UNSET
    legal_basis: str | msgspec.UnsetType = msgspec.UNSET
    channels: list[str] | msgspec.UnsetType = msgspec.UNSET
    is_advertising: bool | msgspec.UnsetType = msgspec.UNSET
    needs_confirmation: bool | msgspec.UnsetType = msgspec.UNSET
    retention_months: int | msgspec.UnsetType | None = msgspec.UNSET
    consent_months: int | msgspec.UnsetType | None = msgspec.UNSET
    position: int | msgspec.UnsetType = msgspec.UNSET
    is_own_similar: bool | msgspec.UnsetType = msgspec.UNSET


class WordingIn(msgspec.Struct, forbid_unknown_fields=True):
    """A new version of what people see before they agree."""

    wording_de: str
    wording_en: str


def _fields(values: dict[str, Any]) -> Fields:
    """As a form sends it: an empty text for nothing, 1 for true."""
    shown = {True: "1", False: "", None: ""}
    return Fields({
        name: shown[value] if value is None or isinstance(value, bool) else value
        for name, value in values.items()
        if name != "channels"
    })  # fmt: skip


@get("/consents/purposes", permission=P.CONSENTS_VIEW)
async def list_purposes(request: StaffRequest) -> Purposes:
    """All purposes, those that are retired among them, without the texts of their wordings."""
    return Purposes([_out(row, []) for row in await queries.purposes()])


@get("/consents/purposes/{code:str}", permission=P.CONSENTS_VIEW)
async def read_purpose(request: StaffRequest, code: FromPath[str]) -> PurposeOut:
    """One purpose with all versions of its wording."""
    return await _read(code)


@post("/consents/purposes", permission=P.PRIVACY_MANAGE, status_code=201)
async def create_purpose(request: StaffRequest, data: JSONBody[PurposeIn]) -> Response[bytes]:
    """Add a purpose."""
    now = datetime.now(UTC)

    async def do() -> PurposeOut:
        fields = _fields(msgspec.to_builtins(data))
        purpose, code, texts = purpose_data(fields, data.channels), code_in(fields), wording_texts(fields)
        fields.check()
        await define_purpose(code, purpose, *texts, by=request.user.id, now=now)
        return await _read(code)

    return await created_once(request, do, now=now)


@patch("/consents/purposes/{code:str}", permission=P.PRIVACY_MANAGE)
async def edit_purpose(request: StaffRequest, code: FromPath[str], data: JSONBody[PurposeChange]) -> PurposeOut:
    """Change a purpose; what would rewrite what people said is refused with the reason."""
    known = await _read(code)
    told = msgspec.to_builtins(data)
    before = {
        name: value for name, value in msgspec.to_builtins(known).items() if name in PurposeChange.__struct_fields__
    }
    values = {**before, **told}
    fields = _fields(values)
    purpose = purpose_data(fields, values["channels"])
    fields.check()
    await change_purpose(code, purpose, data.version, by=request.user.id, now=datetime.now(UTC))
    return await _read(code)


@post("/consents/purposes/{code:str}/wordings", permission=P.PRIVACY_MANAGE, status_code=201)
async def create_wording(request: StaffRequest, code: FromPath[str], data: JSONBody[WordingIn]) -> Response[bytes]:
    """Add a version of the wording, valid from now."""
    now = datetime.now(UTC)

    async def do() -> PurposeOut:
        fields = _fields(msgspec.to_builtins(data))
        texts = wording_texts(fields)
        fields.check()
        await add_wording(code, *texts, by=request.user.id, now=now)
        return await _read(code)

    return await created_once(request, do, now=now)


@post("/consents/purposes/{code:str}/retirement", permission=P.PRIVACY_MANAGE, status_code=200)
async def retire(request: StaffRequest, code: FromPath[str]) -> PurposeOut:
    """Retire a purpose; safe to call twice."""
    await retire_purpose(code, by=request.user.id, now=datetime.now(UTC))
    return await _read(code)


@post("/consents/purposes/{code:str}/reuse", permission=P.PRIVACY_MANAGE, status_code=200)
async def reuse(request: StaffRequest, code: FromPath[str]) -> PurposeOut:
    """Take a retired purpose back into use; safe to call twice."""
    await reuse_purpose(code, by=request.user.id, now=datetime.now(UTC))
    return await _read(code)


async def _read(code: str) -> PurposeOut:
    row = await queries.purpose_named(code)
    if row is None:
        raise NotFound()
    agreed = await queries.agreed_by_version(code)
    versions: dict[int, WordingOut] = {}
    for text in await queries.wordings(code):
        one = versions.setdefault(
            text.version, WordingOut(text.version, text.valid_from, agreed.get((code, text.version), 0), "", "")
        )
        setattr(one, f"text_{text.language}", text.text)
    return _out(row, list(versions.values()))


def _out(row: Row, wordings: list[WordingOut]) -> PurposeOut:
    return PurposeOut(
        row.code, row.name_de, row.name_en, row.legal_basis, row.channels.split(","), row.is_advertising, row.needs_confirmation,
        row.retention_months, row.consent_months, row.position, row.is_own_similar, row.code in SHIPPED,
        row.retired_at, row.version, wordings,
    )  # fmt: skip


route_handlers = [list_purposes, read_purpose, create_purpose, edit_purpose, create_wording, retire, reuse]
