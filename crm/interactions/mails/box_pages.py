"""The pages on which an administrator keeps the company's letter boxes, and tries them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.field_words import wrong_fields
from crm.accounts.forms import typed_server
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.database import Row
from crm.errors import Conflict, Invalid
from crm.mail.boxes import (
    LABELS,
    PURPOSES,
    box_values,
    boxes_in_trouble,
    change_box,
    create_box,
    letter_box_for,
    letter_boxes,
    stored_password,
)
from crm.mail.imap import check_imap
from crm.mail.transport import ServerAnswer
from crm.tickets.queries import topics
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission
WHERE = "/settings/letter-boxes"
_NOTHING = {**dict.fromkeys(LABELS, ""), "version": "", "submission_id": ""}
DONE = {"saved": N_("The letter box is saved.")}


@get(WHERE, permission=P.SETTINGS_EDIT)
async def list_boxes(request: StaffRequest) -> Response[str]:
    """All boxes: what each is for, and whether it can be read."""
    return await page(
        request, "letter_boxes/index.html", boxes=await letter_boxes(), purposes=PURPOSES, trouble=await boxes_in_trouble(),
        flashes=flashes(request, DONE), now=datetime.now(UTC),
    )  # fmt: skip


@get(f"{WHERE}/new", permission=P.SETTINGS_EDIT)
async def new_box(request: StaffRequest) -> Response[str]:
    start = {
        "imap_port": 993,
        "imap_security": "tls",
        "box_folder": "INBOX",
        "box_purpose": "both",
        "box_is_active": "1",
    }
    return await _form(request, None, start)


@post(WHERE, permission=P.SETTINGS_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        values = await _read(fields)
        return f"{WHERE}/{await create_box(values, by=request.user.id, now=now)}/edit?done=saved"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, errors=error.errors)


@get(f"{WHERE}/{{box_id:int}}/edit", permission=P.SETTINGS_EDIT)
async def edit_box(request: StaffRequest, box_id: FromPath[int]) -> Response[str]:
    box = await letter_box_for(box_id)
    return await _form(request, box, box)


@post(f"{WHERE}/{{box_id:int}}", permission=P.SETTINGS_EDIT, status_code=303)
async def save_box(request: StaffRequest, box_id: FromPath[int]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    box = await letter_box_for(box_id)
    fields = Fields(dict(await request.form()))
    try:
        version = fields.number("version", low=0, high=2**31 - 1, required=True)
        await change_box(box_id, await _read(fields), version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, box, fields.values, errors=error.errors)
    except Conflict as conflict:
        return await page(
            request, "orders/conflict.html", status=409, crumb=(_("Letter boxes"), WHERE), name=box.box_name,
            action=f"{WHERE}/{box_id}", show_url=f"{WHERE}/{box_id}/edit",
            rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**fields.values, "imap_password": "", "version": conflict.version},
        )  # fmt: skip
    return see_other(request, f"{WHERE}/{box_id}/edit?done=saved")


@post(f"{WHERE}/trial", permission=P.SETTINGS_EDIT, status_code=200)
async def try_new_box(request: StaffRequest) -> Response[str]:
    """Try a box as typed before it is saved."""
    fields = Fields(dict(await request.form()))
    answer = await _tried(fields, "")
    return await _answer(request, answer) or await _form(request, None, fields.values, answer=answer)


@post(f"{WHERE}/{{box_id:int}}/trial", permission=P.SETTINGS_EDIT, status_code=200)
async def try_box(request: StaffRequest, box_id: FromPath[int]) -> Response[str]:
    """Try a box as typed, or as it is stored if nothing was; an empty password field means the stored one."""
    box = await letter_box_for(box_id)
    typed = dict(await request.form())
    fields = Fields(typed if "imap_host" in typed else dict(box))
    answer = await _tried(fields, await stored_password(box_id))
    return await _answer(request, answer) or await _form(request, box, fields.values, answer=answer)


async def _tried(fields: Fields, password: str) -> ServerAnswer:
    server = typed_server(fields, "imap", 993, "tls")
    if fields.errors:
        return ServerAnswer(False, wrong_fields("imap", fields.errors))
    if not server["password"] and server["user"]:
        server["password"] = password
    return await check_imap(**server, folder=fields.text("box_folder", limit=200) or "INBOX")


async def _answer(request: StaffRequest, answer: ServerAnswer) -> Response[str] | None:
    if not is_fragment(request):
        return None
    return await fragment(request, "accounts/_mail_answer.html", kind="imap", answer=answer)


async def _read(fields: Fields) -> dict[str, Any]:
    values = box_values(fields, [row.code for row in await topics()])
    fields.check()
    return values


async def _form(
    request: StaffRequest, box: Row | None, values: Mapping[str, Any], *, errors: Mapping[str, str] | None = None,
    answer: ServerAnswer | None = None,
) -> Response[str]:  # fmt: skip
    return await page(
        request, "letter_boxes/edit.html", status=422 if errors else 200, box=box, values={**_NOTHING, **values}, errors=errors or {},
        saved=box or {"has_imap_password": False}, answers={"imap": answer}, labels={name: _(words) for name, words in LABELS.items()},
        purposes=[(purpose.value, _(words)) for purpose, words in PURPOSES.items()],
        topics=[(row.code, local_name(row)) for row in await topics()],
        trial=f"{WHERE}/{box.id}/trial" if box else f"{WHERE}/trial", flashes=flashes(request, DONE),
    )  # fmt: skip


route_handlers = [list_boxes, new_box, create, edit_box, save_box, try_new_box, try_box]
