"""The queues of enquiries over the API: the same views and filters as the page, those that are kept, what waits and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.errors import Invalid
from crm.tickets.queue_filters import TicketFilters, saved_query
from crm.tickets.queue_views import (
    ViewData,
    change_ticket_view,
    may_change,
    remove_ticket_view,
    save_ticket_view,
    ticket_view_for,
    ticket_views,
)
from crm.tickets.waiting import LevelQueue, waiting_by_level
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Version

P = Permission


class TicketViewIn(msgspec.Struct, forbid_unknown_fields=True):
    """A queue to keep: `query` is the query string of the list (`view=open&topic=billing&level=2`)."""

    name: str
    query: str = ""
    is_shared: bool = False


class TicketViewPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change; what is left out stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    query: str | msgspec.UnsetType = msgspec.UNSET
    is_shared: bool | msgspec.UnsetType = msgspec.UNSET
    version: Version | None = None


class TicketViewOut(msgspec.Struct):
    id: int
    name: str
    query: str
    owner_id: int
    owner: str
    is_shared: bool
    may_change: bool
    version: int


class WaitingOut(msgspec.Struct):
    """An enquiry without anybody. `why`: nobody, language, channel, absent, hours, full, or next (somebody is free)."""

    id: int
    subject: str
    customer_id: int
    customer: str
    topic: str | None
    opened_at: datetime
    due_at: datetime | None
    why: str


class LevelOut(msgspec.Struct):
    """What waits at a level, the earliest due first; `reasons` says how many are stuck at what."""

    level: int
    count: int
    since: datetime
    due_at: datetime | None
    reasons: dict[str, int]
    tickets: list[WaitingOut]


@get("/tickets/waiting", permission=P.TICKETS_VIEW)
async def show_waiting(request: StaffRequest) -> dict[str, list[LevelOut]]:
    """Enquiries that wait for somebody, by competence level, and why nobody gets them (the 500 that are due first)."""
    return {"items": [_level(queue) for queue in await waiting_by_level(datetime.now(UTC))]}


def _level(queue: LevelQueue) -> LevelOut:
    tickets = [
        WaitingOut(
            one.id, one.subject, one.row.customer, one.customer, one.row.topic_code, one.opened_at, one.due_at, one.why
        )
        for one in queue.tickets
    ]
    return LevelOut(queue.level, len(tickets), queue.since, queue.due_at, dict(queue.reasons), tickets)


@get("/ticket-views", permission=P.TICKETS_VIEW)
async def list_views(request: StaffRequest) -> dict[str, list[TicketViewOut]]:
    """One's own views and those for everybody, by name."""
    return {"items": [_view(request, row) for row in await ticket_views(request.user)]}


@post("/ticket-views", permission=P.TICKETS_VIEW, status_code=201)
async def create_view(request: StaffRequest, data: JSONBody[TicketViewIn]) -> Response[bytes]:
    """Keep a queue under a name; `is_shared` is for leads. Filters that no queue knows are refused."""
    now = datetime.now(UTC)

    async def do() -> TicketViewOut:
        view_id = await save_ticket_view(_data(msgspec.structs.asdict(data)), request.user, now=now)
        return _view(request, await ticket_view_for(request.user, view_id))

    return await created_once(request, do, now=now)


@patch("/ticket-views/{view_id:int}", permission=P.TICKETS_VIEW)
async def change_view(request: StaffRequest, view_id: FromPath[int], data: JSONBody[TicketViewPatch]) -> TicketViewOut:
    """Change what is sent; 409 if somebody else changed it since `version`."""
    before = await ticket_view_for(request.user, view_id)
    values = {"name": before.name, "query": before.query, "is_shared": before.is_shared}
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    version = sent.pop("version")
    await change_ticket_view(view_id, _data({**values, **sent}), version, request.user, now=datetime.now(UTC))
    return _view(request, await ticket_view_for(request.user, view_id))


@delete("/ticket-views/{view_id:int}", permission=P.TICKETS_VIEW, status_code=204)
async def delete_view(request: StaffRequest, view_id: FromPath[int]) -> None:
    await remove_ticket_view(view_id, request.user, now=datetime.now(UTC))


def _data(values: dict[str, Any]) -> ViewData:
    """Raises Invalid for a query that no queue would understand."""
    query = values["query"].lstrip("?")
    asked = saved_query(query)
    if strange := sorted(set(asked) - {"view", *TicketFilters.__slots__}):
        raise Invalid({"query": _("The list has no filter “%(name)s”.") % {"name": strange[0][:40]}})
    TicketFilters.parse(asked)
    shared = "1" if values["is_shared"] else ""
    return ViewData.parse(Fields({"name": values["name"], "query": query, "is_shared": shared}))


def _view(request: StaffRequest, row: Row) -> TicketViewOut:
    return TicketViewOut(
        row.id, row.name, row.query, row.owner, row.owner_name, row.is_shared, may_change(request.user, row), row.version
    )  # fmt: skip


handlers = [show_waiting, list_views, create_view, change_view, delete_view]
