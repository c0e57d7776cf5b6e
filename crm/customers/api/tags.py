"""Tags over the API: the words with their customers, and keeping them in order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.retagging import Tag, all_tags, delete_tag, merge_tags, rename_tag, tag_of
from crm.web.parameters import Id

P = Permission


class TagOut(msgspec.Struct):
    """A tag with the number of its customers, and of the saved views that filter by it."""

    id: int
    name: str
    customers: int
    views: int


class TagPage(msgspec.Struct):
    items: list[TagOut]


class TagPatch(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=200)]


class TagMerge(msgspec.Struct, forbid_unknown_fields=True):
    """Into which tag."""

    into: Id


@get("/tags", permission=P.CUSTOMERS_VIEW)
async def list_tags(request: StaffRequest) -> TagPage:
    """All tags by name."""
    return TagPage([_out(tag) for tag in await all_tags()])


@get("/tags/{tag_id:int}", permission=P.CUSTOMERS_VIEW)
async def show_tag(request: StaffRequest, tag_id: FromPath[int]) -> TagOut:
    return _out(await tag_of(tag_id))


@patch("/tags/{tag_id:int}", permission=P.SETTINGS_EDIT)
async def rename(request: StaffRequest, tag_id: FromPath[int], data: JSONBody[TagPatch]) -> TagOut:
    """Another word for it, wherever it stands; 422 if there is a tag with this word."""
    await rename_tag(tag_id, data.name, by=request.user.id, now=datetime.now(UTC))
    return _out(await tag_of(tag_id))


@post("/tags/{tag_id:int}/merger", permission=P.SETTINGS_EDIT, status_code=200)
async def merge(request: StaffRequest, tag_id: FromPath[int], data: JSONBody[TagMerge]) -> TagOut:
    """Whoever has this tag has the other one from now on; this one is gone. Answers the other."""
    await merge_tags(tag_id, data.into, by=request.user.id, now=datetime.now(UTC))
    return _out(await tag_of(data.into))


@delete("/tags/{tag_id:int}", permission=P.SETTINGS_EDIT, status_code=204)
async def remove(request: StaffRequest, tag_id: FromPath[int]) -> None:
    """Nobody has it any more; it cannot be undone."""
    await delete_tag(tag_id, by=request.user.id, now=datetime.now(UTC))


def _out(tag: Tag) -> TagOut:
    return TagOut(tag.id, tag.name, tag.customers, tag.views)


route_handlers = [list_tags, show_tag, rename, merge, remove]
