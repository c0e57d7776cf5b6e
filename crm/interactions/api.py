"""Contact events over JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.forms import parse_result
from crm.interactions.queries import contacts
from crm.interactions.results import complete_with_result
from crm.interactions.tables import Channel, Direction
from crm.web.forms import NOTE_LIMIT, Fields
from crm.web.parameters import Id, Limit, demand_ids


class NewContact(msgspec.Struct, forbid_unknown_fields=True):
    """A contact event to log. `customer_id` null: an observation. Times are ISO 8601 with a zone."""

    channel: Channel
    customer_id: Id | None = None
    person_id: Id | None = None
    direction: Direction = Direction.INBOUND
    touchpoint: str = ""
    text: str = ""
    impression: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    moment_of_truth: bool | None = None
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | None = None
    ticket_id: Id | None = None
    at: datetime | None = None
    follow_up_at: datetime | None = None


class NewResult(msgspec.Struct, forbid_unknown_fields=True):
    """What came of a follow-up. With a customer the contact is logged too; `channel` null: there was none. `last` ends a
    series."""

    result: str
    channel: Channel | None = Channel.PHONE
    direction: Direction = Direction.OUTBOUND
    last: bool = False


class SettledReminder(msgspec.Struct):
    """What settling a follow-up has made: the contact that was logged, and the next one of the series."""

    id: int
    interaction_id: int | None
    next_id: int | None


class Contact(msgspec.Struct):
    """A contact event that was logged."""

    id: int
    customer_id: int | None
    reminder_id: int | None


class ContactItem(msgspec.Struct):
    """A contact event in a list."""

    id: int
    at: datetime
    customer_id: int | None
    person_id: int | None
    channel: str
    direction: str
    touchpoint: str | None
    text: str
    impression: int | None
    moment_of_truth: bool
    minutes: int | None
    ticket_id: int | None
    logged_by: str | None


class ContactPage(msgspec.Struct):
    items: list[ContactItem]
    next: str | None


def _parsed(data: NewContact) -> NewInteraction:
    fields = Fields({"text": data.text, "touchpoint": data.touchpoint})
    text = fields.text("text", limit=NOTE_LIMIT, many_lines=True)
    touchpoint = fields.text("touchpoint", limit=40)
    at, follow_up_at = fields.instant("at", data.at), fields.instant("follow_up_at", data.follow_up_at)
    fields.check()
    return NewInteraction(
        customer_id=data.customer_id, channel=data.channel, direction=data.direction, text=text, person_id=data.person_id,
        touchpoint=touchpoint, impression=data.impression, is_moment_of_truth=data.moment_of_truth, minutes=data.minutes,
        ticket_id=data.ticket_id, follow_up_at=follow_up_at, at=at,
    )  # fmt: skip


@post("/interactions", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def create(request: StaffRequest, data: JSONBody[NewContact]) -> Response[bytes]:
    """Log a contact event, with an optional follow-up for the user of the token."""
    now = datetime.now(UTC)
    contact = _parsed(data)

    async def log() -> Contact:
        logged = await log_interaction(contact, by=request.user.id, now=now)
        return Contact(logged.id, logged.customer_id, logged.reminder_id)

    return await created_once(request, log, now=now)


@get("/interactions", permission=Permission.INTERACTIONS_VIEW)
async def index(
    request: StaffRequest,
    customer_id: FromQuery[int | None] = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> ContactPage:
    """Contact events, newest first; of one customer if asked."""
    demand_ids(customer_id=customer_id)
    found = await contacts(customer_id=customer_id, before=cursor, limit=limit)
    return ContactPage([_item(row) for row in found.rows], found.next)


def _item(row: Any) -> ContactItem:
    return ContactItem(
        id=row.id, at=row.at, customer_id=row.customer, person_id=row.person_id, channel=row.channel, direction=row.direction,
        touchpoint=row.touchpoint, text=row.text, impression=row.impression, moment_of_truth=row.is_moment_of_truth,
        minutes=row.minutes, ticket_id=row.ticket, logged_by=row.by_name,
    )  # fmt: skip


@post("/reminders/{reminder_id:int}/result", permission=Permission.SIGNED_IN, status_code=201)
async def settle_reminder(
    request: StaffRequest, reminder_id: FromPath[int], data: JSONBody[NewResult]
) -> Response[bytes]:
    """Done with a result. A follow-up that is done already refuses a second one."""
    now = datetime.now(UTC)
    typed = {
        "result": data.result,
        "channel": data.channel or "",
        "direction": data.direction,
        "is_last": "1" if data.last else "",
    }
    result = parse_result(typed, logs_contact=request.user.may(Permission.INTERACTIONS_LOG))

    async def settle() -> SettledReminder:
        settled = await complete_with_result(reminder_id, result, by=request.user.id, now=now)
        return SettledReminder(reminder_id, settled.interaction_id, settled.next_id)

    return await created_once(request, settle, now=now)


router = Router(
    "/api/v1", route_handlers=[create, index, settle_reminder], include_in_schema=True, tags=["interactions"]
)
