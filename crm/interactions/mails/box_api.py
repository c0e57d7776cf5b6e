"""The company's letter boxes, over the API; for administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.mail.boxes import box_values, change_box, create_box, letter_box_for, letter_boxes, stored_password
from crm.mail.imap import check_imap
from crm.tickets.queries import topics
from crm.web.forms import Fields
from crm.web.parameters import Version

P = Permission
_FIELDS = {
    "name": "box_name", "address": "box_address", "host": "imap_host", "port": "imap_port", "security": "imap_security",
    "user": "imap_user", "password": "imap_password", "folder": "box_folder", "purpose": "box_purpose", "topic": "box_topic",
    "language": "box_language", "is_sender": "box_is_sender", "is_active": "box_is_active",
}  # fmt: skip


class LetterBoxOut(msgspec.Struct):
    """A letter box; its password is never told. `purpose`: enquiries, log or both. `failing_since` (null: all is well) with what the
    mail server said last."""

    id: int
    name: str
    address: str
    host: str
    port: int
    security: str
    user: str
    has_password: bool
    folder: str
    purpose: str
    topic: str
    language: str
    is_sender: bool
    is_active: bool
    looked_at: datetime | None
    failing_since: datetime | None
    error: str
    version: int


class LetterBoxIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A letter box to add, or what is to be changed of one: what is left out of a change stays as it is, the password too. With
    `version` a change is refused (409) if somebody else saved meanwhile."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    address: str | msgspec.UnsetType = msgspec.UNSET
    host: str | msgspec.UnsetType = msgspec.UNSET
    port: int | msgspec.UnsetType = msgspec.UNSET
    security: str | msgspec.UnsetType = msgspec.UNSET
    user: str | msgspec.UnsetType = msgspec.UNSET
    password: str | msgspec.UnsetType = msgspec.UNSET
    folder: str | msgspec.UnsetType = msgspec.UNSET
    purpose: str | msgspec.UnsetType = msgspec.UNSET
    topic: str | msgspec.UnsetType = msgspec.UNSET
    language: str | msgspec.UnsetType = msgspec.UNSET
    is_sender: bool | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET
    version: Version | msgspec.UnsetType = msgspec.UNSET


class Tried(msgspec.Struct):
    """Whether the letter box can be read, and a sentence about it."""

    ok: bool
    sentence: str


@get("/letter-boxes", permission=P.SETTINGS_EDIT)
async def index(request: StaffRequest) -> list[LetterBoxOut]:
    """All letter boxes, those in use first."""
    return [_out(row) for row in await letter_boxes()]


@post("/letter-boxes", permission=P.SETTINGS_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[LetterBoxIn]) -> Response[bytes]:
    """Add a letter box; it is looked through from now on."""
    now = datetime.now(UTC)

    async def do() -> LetterBoxOut:
        sent = _sent(data)
        sent.pop("version", None)
        values = await _read({"box_is_active": True, **sent})
        return _out(await letter_box_for(await create_box(values, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@patch("/letter-boxes/{box_id:int}", permission=P.SETTINGS_EDIT)
async def change(request: StaffRequest, box_id: FromPath[int], data: JSONBody[LetterBoxIn]) -> LetterBoxOut:
    """Change what is named."""
    before = await letter_box_for(box_id)
    sent = _sent(data)
    version = sent.pop("version", None)
    values = await _read({**{name: before[name] for name in _FIELDS.values() if name != "imap_password"}, **sent})
    await change_box(box_id, values, version, by=request.user.id, now=datetime.now(UTC))
    return _out(await letter_box_for(box_id))


@post("/letter-boxes/{box_id:int}/trial", permission=P.SETTINGS_EDIT, status_code=200)
async def try_it(request: StaffRequest, box_id: FromPath[int]) -> Tried:
    """Log in and open the folder, and change nothing."""
    box = await letter_box_for(box_id)
    answer = await check_imap(
        host=box.imap_host, port=box.imap_port, security=box.imap_security, user=box.imap_user,
        password=await stored_password(box_id), folder=box.box_folder,
    )  # fmt: skip
    return Tried(answer.ok, answer.sentence)


def _sent(data: LetterBoxIn) -> dict[str, Any]:
    given = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    return {_FIELDS.get(name, name): value for name, value in given.items()}


async def _read(sent: dict[str, Any]) -> dict[str, Any]:
    flags = {name: "1" if sent.get(name) else "" for name in ("box_is_sender", "box_is_active")}
    fields = Fields(sent | flags)
    values = box_values(fields, [row.code for row in await topics()])
    fields.check()
    return values


def _out(row: Row) -> LetterBoxOut:
    values = {name: row[stored] for name, stored in _FIELDS.items() if name != "password"}
    return LetterBoxOut(
        id=row.id, has_password=row.has_imap_password, looked_at=row.looked_at, failing_since=row.failing_since, error=row.error,
        version=row.version, **values,
    )  # fmt: skip


route_handlers = [index, create, change, try_it]
