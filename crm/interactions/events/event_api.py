"""Events over JSON. A contact is logged in one by `event_id` of POST /interactions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.bodies import version_of
from crm.customers.tables import CustomerKind
from crm.database import Row
from crm.interactions.events.forms import parse_event, parse_prospect
from crm.interactions.events.holding import change_event, create_event, delete_event, log_prospect
from crm.interactions.events.listing import event_for, events
from crm.interactions.shapes import Contact
from crm.web.parameters import Limit, Version

P = Permission


class EventOut(msgspec.Struct):
    """An event: a fair, an evening, a webinar. `contacts` were logged there with so many `customers`."""

    id: int
    name: str
    held_on: date
    ends_on: date | None
    channel: str
    touchpoint: str | None
    contacts: int
    customers: int
    version: int


class EventPage(msgspec.Struct):
    items: list[EventOut]
    next: str | None


class NewEvent(msgspec.Struct, forbid_unknown_fields=True):
    """An event to make. Channels: fair, visit, web, chat, other."""

    name: str
    held_on: date
    ends_on: date | None = None
    channel: str = "fair"
    touchpoint: str = ""


class EventPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What of an event shall read differently; what is left out stays. `version`: the one that the caller saw."""

    version: Version | None = None
    name: str | msgspec.UnsetType = msgspec.UNSET
    held_on: date | msgspec.UnsetType = msgspec.UNSET
    ends_on: date | msgspec.UnsetType | None = msgspec.UNSET
    channel: str | msgspec.UnsetType = msgspec.UNSET
    touchpoint: str | msgspec.UnsetType = msgspec.UNSET


class NewProspect(msgspec.Struct, forbid_unknown_fields=True):
    """A new customer met at an event, and what was said. `informed`: they were told there what is kept about them (GDPR Art. 13);
    else the person is owed this information."""

    text: str
    kind: CustomerKind = CustomerKind.ORGANISATION
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    function: str = ""
    email: str = ""
    phone: str = ""
    impression: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    informed: bool = False
    came_back: bool = False
    """Whoever was erased on their own request has come back by themselves."""


def _out(row: Row) -> EventOut:
    return EventOut(
        row.id, row.name, row.held_on, row.ends_on, row.channel, row.touchpoint or None, row.contacts, row.customers, row.version
    )  # fmt: skip


async def _answer(event_id: int) -> Response[EventOut]:
    one = _out(await event_for(event_id))
    return Response(one, headers={"etag": f'"{one.version}"'})


@get("/events", permission=P.INTERACTIONS_VIEW)
async def index(request: StaffRequest, limit: Limit = 50, cursor: FromQuery[str | None] = None) -> EventPage:
    """Events, the latest first."""
    rows, following = await events(cursor, limit)
    return EventPage([_out(row) for row in rows], following)


@get("/events/{event_id:int}", permission=P.INTERACTIONS_VIEW)
async def show(request: StaffRequest, event_id: FromPath[int]) -> Response[EventOut]:
    """One event; its contacts are those of /interactions?event_id=."""
    return await _answer(event_id)


@post("/events", permission=P.INTERACTIONS_LOG, status_code=201)
async def create(request: StaffRequest, data: JSONBody[NewEvent]) -> Response[bytes]:
    """Make an event."""
    now = datetime.now(UTC)
    wanted, _version = parse_event(_typed(msgspec.structs.asdict(data)))

    async def do() -> EventOut:
        return _out(await event_for(await create_event(wanted, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@patch("/events/{event_id:int}", permission=P.INTERACTIONS_LOG)
async def change(request: StaffRequest, event_id: FromPath[int], data: JSONBody[EventPatch]) -> Response[EventOut]:
    """Change what is sent; 409 if somebody else did since `version` (or If-Match)."""
    row = await event_for(event_id)
    before = {name: getattr(row, name) for name in ("name", "held_on", "ends_on", "channel", "touchpoint")}
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    version = version_of(request, sent.pop("version"))
    wanted, _version = parse_event(_typed(before | sent))
    await change_event(event_id, wanted, version, by=request.user.id, now=datetime.now(UTC))
    return await _answer(event_id)


@delete("/events/{event_id:int}", permission=P.INTERACTIONS_LOG, status_code=204)
async def remove(request: StaffRequest, event_id: FromPath[int]) -> None:
    """Delete an event in which nothing was logged; otherwise 422."""
    await delete_event(event_id, by=request.user.id, now=datetime.now(UTC))


@post("/events/{event_id:int}/prospects", permission=P.CUSTOMERS_EDIT, status_code=201)
async def add_prospect(request: StaffRequest, event_id: FromPath[int], data: JSONBody[NewProspect]) -> Response[bytes]:
    """Create a new customer who was met at the event, and log the talk."""
    now, event = datetime.now(UTC), await event_for(event_id)
    flags = {"informed": "1" if data.informed else "", "came_back": "1" if data.came_back else ""}
    typed = {**msgspec.structs.asdict(data), "kind": data.kind.value, **flags}
    prospect, talk = parse_prospect(_typed(typed), now, event=event)

    async def do() -> Contact:
        logged = await log_prospect(event_id, prospect, talk, by=request.user.id, now=now)
        return Contact(logged.id, logged.customer_id, logged.reminder_id, logged.order_id)

    return await created_once(request, do, now=now)


def _typed(values: dict[str, object]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in values.items()}


route_handlers = [index, show, create, change, remove, add_prospect]
