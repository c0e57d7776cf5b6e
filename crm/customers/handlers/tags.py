"""The page that keeps the tags in order: rename, merge, delete, each with how many customers it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.retagging import all_tags, delete_tag, merge_tags, rename_tag
from crm.customers.value_lists import TAG_LENGTH
from crm.errors import Invalid, NotFound
from crm.web.forms import Fields
from crm.web.i18n import N_
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "renamed": N_("The tag is renamed."), "merged": N_("The two tags are one."), "deleted": N_("The tag is deleted."),
}  # fmt: skip


@get("/settings/tags", permission=P.SETTINGS_EDIT)
async def list_tags(request: StaffRequest) -> Response[str]:
    """All words with the number of customers that have them."""
    return await page(request, "customers/tags.html", tags=await all_tags(), flashes=flashes(request, DONE))


@get("/settings/tags/{tag_id:int}", permission=P.SETTINGS_EDIT)
async def show_tag(request: StaffRequest, tag_id: FromPath[int]) -> Response[str]:
    return await _page(request, tag_id, {}, {})


async def _page(
    request: StaffRequest, tag_id: int, values: dict[str, Any], errors: dict[str, str], status: int = 200
) -> Response[str]:
    tags = {tag.id: tag for tag in await all_tags()}
    tag = tags.pop(tag_id, None)
    if tag is None:
        raise NotFound()
    others = [(str(each.id), f"{each.name} ({each.customers})") for each in tags.values()]
    return await page(
        request, "customers/tag.html", status=status, tag=tag, others=others, longest=TAG_LENGTH, values=values, errors=errors
    )  # fmt: skip


@post("/settings/tags/{tag_id:int}", permission=P.SETTINGS_EDIT, status_code=303)
async def rename(request: StaffRequest, tag_id: FromPath[int]) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        await rename_tag(tag_id, fields.text("name", limit=200), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _page(request, tag_id, fields.values, error.errors, status=422)
    return see_other(request, "/settings/tags?done=renamed")


@post("/settings/tags/{tag_id:int}/merger", permission=P.SETTINGS_EDIT, status_code=303)
async def merge(request: StaffRequest, tag_id: FromPath[int]) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        await merge_tags(tag_id, fields.reference("into"), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _page(request, tag_id, fields.values, error.errors, status=422)
    return see_other(request, "/settings/tags?done=merged")


@post("/settings/tags/{tag_id:int}/deletion", permission=P.SETTINGS_EDIT, status_code=303)
async def delete(request: StaffRequest, tag_id: FromPath[int]) -> Response[Any]:
    await delete_tag(tag_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/settings/tags?done=deleted")


route_handlers = [list_tags, show_tag, rename, merge, delete]
