"""The list of customers and the saved views over the API: the filters and orders of the page, as parameters of the address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.lists.finding import find_customers
from crm.customers.lists.listing import FILTERS, ListView
from crm.customers.lists.views import ViewData, change_view, may_change, remove_view, save_view, view_for, views_of
from crm.customers.shapes import CreatedOut, CustomerItem, CustomerPage
from crm.database import Row
from crm.errors import Invalid
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Limit, Version

P = Permission


def _says(text: str) -> Any:
    return QueryParameter(description=text)


class ViewIn(msgspec.Struct, forbid_unknown_fields=True):
    """A saved view: `query` is the query string of the list (`status=customer&no_contact=90&sort=-revenue`)."""

    name: str
    query: str = ""
    is_shared: bool = False
    is_start: bool = False


class ViewPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change; what is left out stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    query: str | msgspec.UnsetType = msgspec.UNSET
    is_shared: bool | msgspec.UnsetType = msgspec.UNSET
    is_start: bool | msgspec.UnsetType = msgspec.UNSET
    version: Version | None = None


class ViewOut(msgspec.Struct):
    id: int
    name: str
    query: str
    owner_id: int
    owner: str
    team_id: int | None
    team: str | None
    is_shared: bool
    is_start: bool
    may_change: bool
    created_at: datetime
    version: int


@get("/customers", permission=P.CUSTOMERS_VIEW)
async def list_them(
    request: StaffRequest,
    q: FromQuery[str] = "",
    limit: Limit = 50,
    cursor: FromQuery[str] = "",
    sort: Annotated[str, _says("name, number, created, checked, city, due, last_contact, open, orders, revenue, last_order, "
        "satisfaction, class, status, service_level or owner; with a minus, downwards")] = "",
    view: Annotated[int | None, _says("a saved view, whose filters hold where no others are said")] = None,
    status: FromQuery[str] = "",
    service_level: FromQuery[str] = "",
    owner: Annotated[str, _says("an id, `me` or `none`")] = "",
    deputy: Annotated[str, _says("an id or `me`")] = "",
    team: Annotated[str, _says("an id or `mine`")] = "",
    tag: Annotated[str, _says("one or several, separated by commas; all are demanded")] = "",
    origin: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    place: Annotated[str, _says("how the city or the postcode begins")] = "",
    due: Annotated[str, _says("`overdue`, or within `7` or `30` days")] = "",
    no_contact: Annotated[str, _says("no contact for so many days")] = "",
    open: Annotated[str, _says("`yes` or `no`: with or without open enquiries")] = "",
    revenue_from: FromQuery[str] = "",
    revenue_below: FromQuery[str] = "",
    no_order: Annotated[str, _says("has ordered, but not for so many days")] = "",
    unchecked: Annotated[str, _says("master data not checked for so many days")] = "",
    abc: Annotated[str, QueryParameter(name="class", description="ABC class: `A`, `B` or `C`")] = "",
    rfm: Annotated[str, _says("a group (`best`, `fading`, `beginning`, `gone`, `middle`) or figures such as `5xx`")] = "",
    quiet: Annotated[str, _says("`yes`: unusually quiet by their own rhythm of orders")] = "",
    lacking: Annotated[str, _says("`yes`: basis data are missing")] = "",
    new: Annotated[str, _says("created within so many days")] = "",
    show: Annotated[str, _says("as the tabs of the page: `mine`, `overdue` ...")] = "",
    columns: Annotated[str, _says("of the page; without effect here, where a view's `query` may bring them")] = "",
) -> CustomerPage:  # fmt: skip
    """Customers in the order wanted; with `q`, those that fit, names that begin with it first. Where few fit, `similar` has
    further ones that are spelt alike; where none fits, `items` are only similar and `is_guess` is true."""
    params = dict(request.query_params)
    if view is not None:
        saved = ListView.saved((await view_for(request.user, view)).query)
        params = {**saved.asked, "sort": saved.sort, **params}
    wanted = ListView.of(params, strict=True).wanted(request.user, datetime.now(UTC))
    found = await find_customers(wanted, limit=limit, cursor=cursor or None, full=True)
    return CustomerPage(
        [_item(row) for row in found.rows], found.next, [_item(row) for row in found.similar], found.is_guess
    )


@get("/views", permission=P.CUSTOMERS_VIEW)
async def list_views(request: StaffRequest) -> dict[str, list[ViewOut]]:
    """One's own saved views and those of one's team, by name."""
    return {"items": [_view(request, row) for row in await views_of(request.user)]}


@get("/views/{view_id:int}", permission=P.CUSTOMERS_VIEW)
async def show_view(request: StaffRequest, view_id: FromPath[int]) -> Response[ViewOut]:
    return _answer(request, await view_for(request.user, view_id))


@post("/views", permission=P.CUSTOMERS_VIEW, status_code=201)
async def create_view(request: StaffRequest, data: JSONBody[ViewIn]) -> Response[bytes]:
    """Save a view. Filters that the list does not know are refused."""
    now = datetime.now(UTC)

    async def do() -> CreatedOut:
        return CreatedOut(await save_view(_data(msgspec.structs.asdict(data)), request.user, now=now))

    return await created_once(request, do, now=now)


@patch("/views/{view_id:int}", permission=P.CUSTOMERS_VIEW)
async def change_one_view(
    request: StaffRequest, view_id: FromPath[int], data: JSONBody[ViewPatch]
) -> Response[ViewOut]:
    """Change what is sent; 409 if somebody else changed it since `version`."""
    before = await view_for(request.user, view_id)
    values = {
        "name": before.name,
        "query": before.query,
        "is_shared": before.team is not None,
        "is_start": bool(before.is_start),
    }
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    version = sent.pop("version")
    await change_view(view_id, _data({**values, **sent}), version, request.user, now=datetime.now(UTC))
    return _answer(request, await view_for(request.user, view_id))


@delete("/views/{view_id:int}", permission=P.CUSTOMERS_VIEW, status_code=204)
async def delete_view(request: StaffRequest, view_id: FromPath[int]) -> None:
    await remove_view(view_id, request.user, now=datetime.now(UTC))


def _data(values: dict[str, Any]) -> ViewData:
    """Raises Invalid for a query that the list would not understand."""
    pairs = [pair.partition("=") for pair in values["query"].lstrip("?").split("&") if pair]
    known = {*FILTERS, "sort", "columns"}
    if strange := sorted({name for name, _sign, _value in pairs} - known):
        raise Invalid({"query": _("The list has no filter “%(name)s”.") % {"name": strange[0][:40]}})
    ListView.saved(values["query"].lstrip("?"), strict=True)
    typed = {name: "1" if value is True else "" if value is False else value for name, value in values.items()}
    return ViewData.parse(Fields({**typed, "query": values["query"].lstrip("?")}))


def _view(request: StaffRequest, row: Row) -> ViewOut:
    return ViewOut(
        row.id, row.name, row.query, row.owner, row.owner_name, row.team, row.team_name, row.team is not None,
        bool(row.is_start), may_change(request.user, row), row.created_at, row.version,
    )  # fmt: skip


def _answer(request: StaffRequest, row: Row) -> Response[ViewOut]:
    return Response(_view(request, row), headers={"etag": f'"{row.version}"'})


def _item(row: Row) -> CustomerItem:
    return CustomerItem(**{name: row[name] for name in CustomerItem.__struct_fields__})


route_handlers = [list_them, list_views, show_view, create_view, change_one_view, delete_view]
