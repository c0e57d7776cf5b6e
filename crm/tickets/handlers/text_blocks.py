"""The catalogue of text blocks, and those that an enquiry is offered."""

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
from crm.tickets.blocks.catalogue import (
    LABELS,
    add_text_block,
    change_text_block,
    parse_block,
    retire_text_block,
)
from crm.tickets.blocks.filling import BLOCKS
from crm.tickets.blocks.queries import offered_blocks, text_block_for, text_blocks
from crm.tickets.queries import topics, visible_ticket
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission
DONE = {
    "saved": N_("The text block is saved."), "retired": N_("The text block is retired: it is not offered any more."),
    "returned": N_("The text block is offered again."),
}  # fmt: skip


@get("/tickets/{ticket_id:int}/text-blocks", permission=P.TICKETS_WORK)
async def choose_block(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    """The text blocks for an enquiry, filled: in the dialog one click puts one into the answer."""
    ticket = await visible_ticket(request.user, ticket_id)
    blocks = await offered_blocks(ticket_id, user_id=request.user.id, now=datetime.now(UTC))
    if is_fragment(request):
        return await fragment(request, "tickets/_text_blocks.html", ticket=ticket, blocks=blocks)
    return await page(request, "tickets/text_blocks.html", ticket=ticket, blocks=blocks)


@get("/text-blocks", permission=P.CATALOGUES_EDIT)
async def list_blocks(request: StaffRequest) -> Response[str]:
    """The text blocks in use, or the retired ones."""
    retired = request.query_params.get("show") == "retired"
    return await page(
        request, "text_blocks/index.html", rows=await text_blocks(retired=retired), retired=retired,
        flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/text-blocks/new", permission=P.CATALOGUES_EDIT)
async def new_block(request: StaffRequest) -> Response[str]:
    return await _form(request, None, {}, {})


@post("/text-blocks", permission=P.CATALOGUES_EDIT, status_code=303)
async def create_block(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    values = dict(await request.form())
    try:
        found, _version = parse_block(values)

        async def add() -> str:
            await add_text_block(found, by=request.user.id, now=now)
            return "/text-blocks?done=saved"

        return see_other(request, await form_once(request, str(values.get("submission_id", "")), add, now=now))
    except Invalid as error:
        return await _form(request, None, Fields(values).values, error.errors)


@get("/text-blocks/{block_id:int}/edit", permission=P.CATALOGUES_EDIT)
async def edit_block(request: StaffRequest, block_id: FromPath[int]) -> Response[str]:
    block = await text_block_for(block_id)
    return await _form(request, block, {**dict(block), "topic": block.topic_code}, {})


@post("/text-blocks/{block_id:int}", permission=P.CATALOGUES_EDIT, status_code=303)
async def save_block(request: StaffRequest, block_id: FromPath[int]) -> Response[Any]:
    """Save what was changed; if somebody else saved meanwhile, show both versions."""
    block = await text_block_for(block_id)
    values = dict(await request.form())
    try:
        found, version = parse_block(values)
        await change_text_block(block_id, found, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, block, Fields(values).values, error.errors)
    except Conflict as conflict:
        return await page(
            request, "orders/conflict.html", status=409, crumb=(_("Text blocks"), "/text-blocks"),
            name=block.name_de or block.name_en, action=f"/text-blocks/{block_id}", show_url="/text-blocks",
            rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**Fields(values).values, "version": conflict.version},
        )  # fmt: skip
    return see_other(request, "/text-blocks?done=saved")


@post("/text-blocks/{block_id:int}/retirement", permission=P.CATALOGUES_EDIT, status_code=303)
async def retire(request: StaffRequest, block_id: FromPath[int]) -> Response[Any]:
    await retire_text_block(block_id, True, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/text-blocks?done=retired")


@post("/text-blocks/{block_id:int}/return", permission=P.CATALOGUES_EDIT, status_code=303)
async def bring_back(request: StaffRequest, block_id: FromPath[int]) -> Response[Any]:
    await retire_text_block(block_id, False, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/text-blocks?done=returned")


async def _form(
    request: StaffRequest, block: Row | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    return await page(
        request, "text_blocks/form.html", status=422 if errors else 200, block=block, values=values, errors=errors,
        labels={name: _(text) for name, text in LABELS.items()}, placeholders=BLOCKS.placeholders,
        topic_options=[(row.code, local_name(row)) for row in await topics()],
    )  # fmt: skip


handlers = [choose_block, list_blocks, new_block, create_block, edit_block, save_block, retire, bring_back]
