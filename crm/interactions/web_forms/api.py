"""The forms of the website, over JSON; what is sent by them comes by their public address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.interactions.web_forms.defining import FIELDS, change_form, create_form, form_for, retire_form, web_forms
from crm.interactions.web_forms.forms import read_definition
from crm.mail.rendering import absolute
from crm.tickets.queries import topics
from crm.web.forms import Fields
from crm.web.parameters import Version

P = Permission
LISTS = ("languages", "asked", "demanded", "topics")


class WebFormOut(msgspec.Struct):
    """A form of the website. `kind` is enquiry or call_back; `asked` and `demanded` name its fields (name, company, email, phone,
    customer_number, order_number, subject), `topics` are codes; `origins` may show it in a frame; beyond `hourly_limit` entries an
    hour what comes waits for a person; `url` is where it is."""

    id: int
    url: str
    name: str
    kind: str
    languages: list[str]
    title_de: str
    title_en: str
    thanks_de: str
    thanks_en: str
    privacy_de: str
    privacy_en: str
    privacy_url: str
    asked: list[str]
    demanded: list[str]
    topics: list[str]
    takes_files: bool
    origins: list[str]
    hourly_limit: int
    is_retired: bool
    version: int


class WebFormIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A form to add, or what is to be changed of one: what is left out of a change stays as it is. With `version` a change is refused
    (409) if somebody else saved meanwhile."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    kind: str | msgspec.UnsetType = msgspec.UNSET
    languages: list[str] | msgspec.UnsetType = msgspec.UNSET
    title_de: str | msgspec.UnsetType = msgspec.UNSET
    title_en: str | msgspec.UnsetType = msgspec.UNSET
    thanks_de: str | msgspec.UnsetType = msgspec.UNSET
    thanks_en: str | msgspec.UnsetType = msgspec.UNSET
    privacy_de: str | msgspec.UnsetType = msgspec.UNSET
    privacy_en: str | msgspec.UnsetType = msgspec.UNSET
    privacy_url: str | msgspec.UnsetType = msgspec.UNSET
    asked: list[str] | msgspec.UnsetType = msgspec.UNSET
    demanded: list[str] | msgspec.UnsetType = msgspec.UNSET
    topics: list[str] | msgspec.UnsetType = msgspec.UNSET
    takes_files: bool | msgspec.UnsetType = msgspec.UNSET
    origins: list[str] | msgspec.UnsetType = msgspec.UNSET
    hourly_limit: int | msgspec.UnsetType = msgspec.UNSET
    version: Version | msgspec.UnsetType = msgspec.UNSET


@get("/web-forms", permission=P.CATALOGUES_EDIT)
async def index(request: StaffRequest) -> list[WebFormOut]:
    """All forms, the retired ones at the end."""
    return [_out(row) for row in await web_forms()]


@post("/web-forms", permission=P.CATALOGUES_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[WebFormIn]) -> Response[bytes]:
    """Add a form; it gets an address of its own."""
    now = datetime.now(UTC)

    async def do() -> WebFormOut:
        values = await _read({name: value for name, value in _sent(data).items() if name != "version"})
        return _out(await form_for(await create_form(values, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@patch("/web-forms/{form_id:int}", permission=P.CATALOGUES_EDIT)
async def change(request: StaffRequest, form_id: FromPath[int], data: JSONBody[WebFormIn]) -> WebFormOut:
    """Change what is named."""
    before = await form_for(form_id)
    sent = _sent(data)
    version = sent.pop("version", None)
    values = await _read({**{name: before[name] for name in FIELDS}, **sent})
    await change_form(form_id, values, version, by=request.user.id, now=datetime.now(UTC))
    return _out(await form_for(form_id))


@delete("/web-forms/{form_id:int}", permission=P.CATALOGUES_EDIT)
async def retire(request: StaffRequest, form_id: FromPath[int]) -> None:
    """Retire a form: nobody outside finds it any more. A second time changes nothing."""
    await form_for(form_id)
    await retire_form(form_id, True, by=request.user.id, now=datetime.now(UTC))


def _sent(data: WebFormIn) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}


async def _read(sent: dict[str, Any]) -> dict[str, Any]:
    if isinstance(sent.get("origins"), list):
        sent["origins"] = "\n".join(sent["origins"])
    sent["hourly_limit"] = str(sent.get("hourly_limit", ""))
    sent["takes_files"] = "1" if sent.get("takes_files") else ""
    fields = Fields(sent)
    values = read_definition(fields, [row.code for row in await topics()])
    fields.check()
    return values


def _out(row: Row) -> WebFormOut:
    values: dict[str, Any] = {name: row[name] for name in FIELDS}
    values |= {name: [code for code in row[name].split(",") if code] for name in LISTS}
    values["origins"] = row.origins.split()
    return WebFormOut(
        id=row.id,
        url=absolute(f"/forms/{row.code}"),
        is_retired=row.retired_at is not None,
        version=row.version,
        **values,
    )


router = Router("/api/v1", route_handlers=[index, create, change, retire], include_in_schema=True, tags=["web forms"])
