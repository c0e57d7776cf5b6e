"""The pages of queues that are kept under a name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission, roles_with
from crm.accounts.submissions import form_once
from crm.errors import Conflict, Invalid
from crm.tickets.queue_filters import TicketFilters, saved_query, usual_query
from crm.tickets.queue_views import (
    Around,
    ViewData,
    change_ticket_view,
    may_change,
    may_share,
    queue_around,
    remove_ticket_view,
    save_ticket_view,
    ticket_view_for,
    ticket_views,
    view_of,
)
from crm.tickets.queue_words import told
from crm.tickets.words import VIEWS
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, fragment, is_fragment, page, see_other

DONE = {"removed": N_("The view is gone.")}
P = Permission


@get("/tickets/views", permission=P.TICKETS_VIEW)
async def show_views(request: StaffRequest) -> Response[str]:
    """All views that this user has, and what can be done with them."""
    rows, around = await ticket_views(request.user), await _around(request, TicketFilters())
    views = [
        {**dict(row), "href": f"/tickets?{row.query}&saved={row.id}", "words": _words(row.query, around),
            "mine": row.owner == request.user.id, "may_change": may_change(request.user, row)}
        for row in rows
    ]  # fmt: skip
    return await page(request, "tickets/views.html", views=views, flashes=flashes(request, DONE))


async def _around(request: StaffRequest, filters: TicketFilters) -> Around:
    return await queue_around(request.user, roles_with(P.TICKETS_WORK), filters.customer)


def _words(query: str, around: Around) -> str:
    asked = saved_query(query)
    said = [text for _name, text in told(TicketFilters.understood(asked), around)]
    return ", ".join([_(VIEWS[view_of(asked.get("view", ""))]), *said])


@get("/tickets/views/new", permission=P.TICKETS_VIEW)
async def new_view(request: StaffRequest) -> Response[str]:
    """The form that keeps the queue as it is."""
    return await _form(request, {"query": _asked(request)})


def _asked(request: StaffRequest) -> str:
    params = request.query_params
    return usual_query(view_of(params.get("view", "")).value, TicketFilters.understood(params))


@post("/tickets/views", permission=P.TICKETS_VIEW, status_code=303)
async def create_view(request: StaffRequest) -> Response[Any]:
    now, body = datetime.now(UTC), dict(await request.form())
    try:
        data = ViewData.parse(Fields(body))

        async def save() -> str:
            view_id = await save_ticket_view(data, request.user, now=now)
            return f"/tickets?{data.query}&saved={view_id}&done=view"

        return see_other(request, await form_once(request, Fields(body).text("submission_id"), save, now=now))
    except Invalid as error:
        return await _form(request, body, errors=error.errors, status=422)


@get("/tickets/views/{view_id:int}/edit", permission=P.TICKETS_VIEW)
async def edit_view(request: StaffRequest, view_id: FromPath[int]) -> Response[str]:
    """Name and sharing; with a queue in the address also what it shows from now on."""
    view = await ticket_view_for(request.user, view_id)
    query = _asked(request) if request.query_params else view.query
    return await _form(request, {**dict(view), "query": query}, view=view)


@post("/tickets/views/{view_id:int}", permission=P.TICKETS_VIEW, status_code=303)
async def store_view(request: StaffRequest, view_id: FromPath[int]) -> Response[Any]:
    view = await ticket_view_for(request.user, view_id)
    body = dict(await request.form())
    fields = Fields(body)
    try:
        version = fields.number("version", low=1, high=10**9)
        data = ViewData.parse(fields)
        await change_ticket_view(view_id, data, version, request.user, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, body, view=view, errors=error.errors, status=422)
    except Conflict as conflict:
        again = {**body, "version": conflict.version}
        return await _form(request, again, view=view, errors={"": conflict.sentence}, status=409)
    return see_other(request, f"/tickets?{data.query}&saved={view_id}&done=view")


@post("/tickets/views/{view_id:int}/removal", permission=P.TICKETS_VIEW, status_code=303)
async def delete_view(request: StaffRequest, view_id: FromPath[int]) -> Response[Any]:
    await remove_ticket_view(view_id, request.user, now=datetime.now(UTC))
    return see_other(request, "/tickets/views?done=removed")


async def _form(
    request: StaffRequest, values: dict[str, Any], *, view: Any = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:  # fmt: skip
    asked = saved_query(str(values.get("query", "")))
    around = await _around(request, TicketFilters.understood(asked))
    context = {
        "values": values, "saved": view, "errors": errors or {}, "words": _words(str(values.get("query", "")), around),
        "may_share": may_share(request.user) or bool(view and view.is_shared),
        "labels": {"name": _("Name"), "is_shared": _("For everybody")},
    }  # fmt: skip
    if is_fragment(request):
        return await fragment(request, "tickets/_view_form.html", status=422 if status == 409 else status, **context)
    return await page(request, "tickets/view.html", status=status, **context)


handlers = [show_views, new_view, create_view, edit_view, store_view, delete_view]
