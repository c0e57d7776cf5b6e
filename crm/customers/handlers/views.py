"""The pages of saved views and of the list's columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.lists.columns import USUAL, choices, chosen
from crm.customers.lists.filter_words import in_words
from crm.customers.lists.listing import ListView
from crm.customers.lists.views import (
    Around,
    ViewData,
    change_view,
    list_around,
    may_change,
    remove_view,
    save_view,
    set_columns,
    set_start_view,
    view_for,
    views_of,
)
from crm.database import Row
from crm.errors import Conflict, Invalid
from crm.service_levels.queries import ServiceLevelRow, service_levels
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, fragment, is_fragment, page, see_other

DONE = {"saved": N_("Saved."), "removed": N_("The view is gone."), "start": N_("Your list begins with this view.")}
P = Permission


@get("/customers/views", permission=P.CUSTOMERS_VIEW)
async def show_views(request: StaffRequest) -> Response[str]:
    """All views that this user has, and what can be done with them."""
    around, levels = await list_around(request.user), await service_levels()
    views = [_shown(request, row, around, levels) for row in await views_of(request.user)]
    return await page(request, "customers/views.html", views=views, flashes=flashes(request, DONE))


def _shown(request: StaffRequest, row: Row, around: Around, levels: list[ServiceLevelRow]) -> dict[str, Any]:
    """A view as a line of the page."""
    asked = ListView.saved(row.query)
    return {
        **dict(row), "href": asked.href(view=str(row.id)), "mine": row.owner == request.user.id,
        "may_change": may_change(request.user, row), "words": ", ".join(_words(asked, around, levels)),
    }  # fmt: skip


def _words(asked: ListView, around: Around, levels: list[ServiceLevelRow]) -> list[str]:
    return [in_words(name, value, around, levels) for name, value in asked.asked.items()]


@get("/customers/views/new", permission=P.CUSTOMERS_VIEW)
async def new_view(request: StaffRequest) -> Response[str]:
    """The form that saves the list as it is."""
    return await _form(request, {"query": ListView.of(request).query(view="")})


@post("/customers/views", permission=P.CUSTOMERS_VIEW, status_code=303)
async def create_view(request: StaffRequest) -> Response[Any]:
    now, body = datetime.now(UTC), dict(await request.form())
    try:
        data = ViewData.parse(Fields(body))

        async def save() -> str:
            view_id = await save_view(data, request.user, now=now)
            return ListView.saved(data.query).href(view=str(view_id), done="view")

        return see_other(request, await form_once(request, Fields(body).text("submission_id"), save, now=now))
    except Invalid as error:
        return await _form(request, body, errors=error.errors, status=422)


@get("/customers/views/{view_id:int}/edit", permission=P.CUSTOMERS_VIEW)
async def edit_view(request: StaffRequest, view_id: FromPath[int]) -> Response[str]:
    """Name and sharing; with a query in the address also what it shows from now on."""
    view = await view_for(request.user, view_id)
    asked = ListView.of(request)
    query = asked.query(view="") if request.query_params else view.query
    values = {**dict(view), "query": query, "is_shared": view.team is not None}
    return await _form(request, values, view=view)


@post("/customers/views/{view_id:int}", permission=P.CUSTOMERS_VIEW, status_code=303)
async def store_view(request: StaffRequest, view_id: FromPath[int]) -> Response[Any]:
    view = await view_for(request.user, view_id)
    body = dict(await request.form())
    fields = Fields(body)
    try:
        version = fields.number("version", low=1, high=10**9)
        data = ViewData.parse(fields)
        await change_view(view_id, data, version, request.user, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, body, view=view, errors=error.errors, status=422)
    except Conflict as conflict:
        return await _form(
            request, {**body, "version": conflict.version}, view=view, errors={"": conflict.sentence}, status=409
        )
    return see_other(request, ListView.saved(data.query).href(view=str(view_id), done="view"))


@post("/customers/views/{view_id:int}/removal", permission=P.CUSTOMERS_VIEW, status_code=303)
async def delete_view(request: StaffRequest, view_id: FromPath[int]) -> Response[Any]:
    await remove_view(view_id, request.user, now=datetime.now(UTC))
    return see_other(request, "/customers/views?done=removed")


@post("/customers/views/{view_id:int}/start", permission=P.CUSTOMERS_VIEW, status_code=303)
async def start_with_view(request: StaffRequest, view_id: FromPath[int]) -> Response[Any]:
    """The list begins with it; pressed again, with all customers."""
    view = await view_for(request.user, view_id)
    await set_start_view(None if view.is_start else view_id, request.user)
    return see_other(request, f"/customers/views?done={'saved' if view.is_start else 'start'}")


async def _form(
    request: StaffRequest, values: dict[str, Any], *, view: Any = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:  # fmt: skip
    around, levels = await list_around(request.user), await service_levels()
    asked = ListView.saved(str(values.get("query", "")))
    context = {
        "values": values, "saved": view, "errors": errors or {}, "has_team": request.user.team_id is not None,
        "words": _words(asked, around, levels),
        "labels": {"name": _("Name"), "is_shared": _("Team")},
    }  # fmt: skip
    if is_fragment(request):
        return await fragment(request, "customers/_view_form.html", status=status, **context)
    return await page(request, "customers/view.html", status=status, **context)


@get("/customers/columns", permission=P.CUSTOMERS_VIEW)
async def show_columns(request: StaffRequest) -> Response[str]:
    """Which columns the list has, and in which order."""
    view, around = ListView.of(request), await list_around(request.user)
    columns = chosen(view.columns) if view.columns else around.columns
    context: dict[str, Any] = {"view": view, "columns": choices(columns), "is_usual": columns == USUAL}
    if is_fragment(request):
        return await fragment(request, "customers/_columns.html", **context)
    return await page(request, "customers/columns.html", **context)


@post("/customers/columns", permission=P.CUSTOMERS_VIEW, status_code=303)
async def choose_columns(request: StaffRequest) -> Response[Any]:
    """For this list alone, so that it can be saved as a view, or for all one's lists."""
    form = await request.form()
    view = ListView.saved(str(form.get("query", "")))
    codes = [str(code) for code in form.getall("column", [])]
    if form.get("reset"):
        await set_columns((), request.user)
        return see_other(request, view.href(columns="", done="columns"))
    if form.get("for") == "list":
        return see_other(request, view.href(columns=",".join(chosen(codes))))
    await set_columns(codes, request.user)
    return see_other(request, view.href(columns="", done="columns"))


route_handlers = [
    show_views, new_view, create_view, edit_view, store_view, delete_view, start_with_view, show_columns, choose_columns,
]  # fmt: skip
