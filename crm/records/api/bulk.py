"""Changes to many customers over the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.lists.listing import ListView
from crm.customers.lists.wanted import Wanted
from crm.database import Row
from crm.errors import Invalid
from crm.records.bulk import (
    Change,
    bulk_changes,
    bulk_for,
    chosen_ids,
    demand_choice,
    preview,
    start_bulk_change,
    undo_bulk_change,
)
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.paging import cursor_of, keys_of
from crm.web.parameters import Id, Limit

P = Permission


class BulkIn(msgspec.Struct, forbid_unknown_fields=True):
    """Whom (`ids`, or `query` as of the list) and what: `change` is owner, tag_add, tag_remove or service_level, `value` the
    owner's id (or none), the tag or the code of the service level. With `dry_run` nothing is changed."""

    change: str
    value: str | int
    ids: Annotated[list[Id], msgspec.Meta(max_length=10_000)] | None = None
    query: str | None = None
    dry_run: bool = False


class PreviewOut(msgspec.Struct):
    """What a change would do; `left_out` are deleted, restricted or were never there."""

    total: int
    changing: int
    unchanged: int
    left_out: int


class BulkOut(msgspec.Struct):
    """A change to many customers. `status`: waiting (a worker is at it), done, undoing, undone."""

    id: int
    change: str
    value: str
    query: str
    status: str
    by: str
    at: datetime
    total: int
    changed: int
    unchanged: int
    left_out: int
    remaining: int
    undone: int
    kept: int


class BulkPage(msgspec.Struct):
    items: list[BulkOut]
    next: str | None


class StartedOut(msgspec.Struct):
    id: int


@post("/customers/bulk-changes", permission=P.CUSTOMERS_EDIT, status_code=201)
async def change_many(request: StaffRequest, data: JSONBody[BulkIn]) -> Response[Any]:
    """Change many customers: 201 with the id of the change, up to 500 at once, more by a worker. With `dry_run` 200 and what it
    would do. Restricted and deleted customers are left out."""
    now = datetime.now(UTC)
    change = await Change.parse(Fields({"change": data.change, "value": str(data.value)}))
    ids = await chosen_ids(_wanted(request, data, now))
    demand_choice(ids)
    if data.dry_run:
        planned = await preview(change, ids)
        return Response(
            PreviewOut(planned.total, planned.changing, planned.unchanged, planned.left_out), status_code=200
        )

    async def do() -> StartedOut:
        return StartedOut(await start_bulk_change(change, ids, data.query or "", by=request.user.id, now=now))

    return await created_once(request, do, now=now)


@get("/customers/bulk-changes", permission=P.CUSTOMERS_EDIT)
async def list_many_changes(request: StaffRequest, limit: Limit = 50, cursor: FromQuery[str] = "") -> BulkPage:
    """The latest first: one's own, for leads and administrators everybody's."""
    seen = keys_of(cursor, int)
    rows = await bulk_changes(request.user, before=seen[0] if seen else None, limit=limit)
    following = cursor_of(rows[limit - 1].id) if len(rows) > limit else None
    return BulkPage([_out(row) for row in rows[:limit]], following)


@get("/customers/bulk-changes/{bulk_id:int}", permission=P.CUSTOMERS_EDIT)
async def show_many_change(request: StaffRequest, bulk_id: FromPath[int]) -> BulkOut:
    return _out(await bulk_for(request.user, bulk_id))


@post("/customers/bulk-changes/{bulk_id:int}/reversal", permission=P.CUSTOMERS_EDIT, status_code=200)
async def undo_many_change(request: StaffRequest, bulk_id: FromPath[int]) -> BulkOut:
    """Put back what was before, for whoever nobody has changed since."""
    await bulk_for(request.user, bulk_id)
    await undo_bulk_change(bulk_id, by=request.user.id, now=datetime.now(UTC))
    return _out(await bulk_for(request.user, bulk_id))


def _wanted(request: StaffRequest, data: BulkIn, now: datetime) -> Wanted:
    if (data.ids is None) == (data.query is None):
        raise Invalid({"ids": _("Send either ids or a query.")})
    if data.ids is not None:
        return Wanted(among=tuple(data.ids))
    query = (data.query or "").lstrip("?")
    if not query:
        raise Invalid({"query": _("An empty query would mean everybody: send show=all if you want that.")})
    return ListView.of(dict(parse_qsl(query)), strict=True).wanted(request.user, now)


def _out(row: Row) -> BulkOut:
    return BulkOut(
        row.id, row.kind, row.value, row.query, row.status, row.by_name, row.at, row.total, row.changed, row.unchanged,
        row.left_out, row.remaining, row.undone, row.kept,
    )  # fmt: skip


route_handlers = [change_many, list_many_changes, show_many_change, undo_many_change]
