"""Follow-ups over JSON: one's own, and those of absent colleagues one stands in for."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.queries import customer_for
from crm.errors import Invalid
from crm.reminders import alarms_api, portfolio_api, rules_api
from crm.reminders.actions import complete_reminder, hand_over_reminder, postpone_reminder, set_reminder
from crm.reminders.handlers import enquiry_for
from crm.reminders.queries import given_reminders, open_reminders
from crm.reminders.tables import Repeat
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Id


class NewReminder(msgspec.Struct, forbid_unknown_fields=True):
    """A follow-up for the user of the token, or for the colleague `user_id`. `due_at` is ISO 8601 with a zone. One that
    repeats comes again when it is done. One with an enquiry (`ticket_id`) is about its customer, and leads back there."""

    text: str
    due_at: datetime
    customer_id: Id | None = None
    user_id: Id | None = None
    repeat: Repeat | None = None
    ticket_id: Id | None = None


class Postponement(msgspec.Struct, forbid_unknown_fields=True):
    due_at: datetime


class Handover(msgspec.Struct, forbid_unknown_fields=True):
    user_id: Id


class ReminderMade(msgspec.Struct):
    id: int


class ReminderItem(msgspec.Struct):
    """`user_id` is whose it is: another one's if one stands in for them, or has given it to them. `given_by` is the name of
    who gave it. `cause`: what it came from, if nobody has set it."""

    id: int
    text: str
    due_at: datetime
    customer_id: int | None
    user_id: int
    repeat: str | None
    given_by: str | None
    done_at: datetime | None
    cause: str | None = None
    ticket_id: int | None = None


class ReminderList(msgspec.Struct):
    items: list[ReminderItem]


class View(StrEnum):
    OPEN = "open"
    GIVEN = "given"


@get("/reminders", permission=Permission.SIGNED_IN)
async def index(request: StaffRequest, view: FromQuery[View] = View.OPEN) -> ReminderList:
    """Open follow-ups, one's own and those of absent colleagues one stands in for, the next first; at most 200. With
    `view=given` those that one gave to colleagues, at most 50."""
    now = datetime.now(UTC)
    if view is View.GIVEN:
        given = await given_reminders(request.user.id, now)
        me = request.user.name
        return ReminderList(
            [
                ReminderItem(
                    row.id, row.text, row.due_at, row.customer, row.user_id, None, me, row.done_at, ticket_id=row.ticket
                )
                for row in given
            ]
        )
    rows = await open_reminders(request.user.id, now)
    return ReminderList(
        [
            ReminderItem(
                row.id,
                row.text,
                row.due_at,
                row.customer,
                row.user_id,
                row.repeat or None,
                row.given_by,
                None,
                row.cause or None,
                row.ticket,
            )
            for row in rows
        ]
    )


@post("/reminders", permission=Permission.SIGNED_IN, status_code=201)
async def create(request: StaffRequest, data: JSONBody[NewReminder]) -> Response[bytes]:
    now = datetime.now(UTC)
    fields = Fields({"text": data.text})
    text = fields.text("text", required=True, limit=500)
    due_at = fields.instant("due_at", data.due_at)
    fields.check()
    assert due_at is not None
    ticket = await enquiry_for(request, data.ticket_id)
    if ticket is not None and data.customer_id not in (None, ticket.customer):
        raise Invalid({"customer_id": _("This is not the customer of the enquiry. Leave it out.")})
    if data.customer_id is not None and ticket is None:
        await customer_for(request.user, data.customer_id)
    me = request.user.id

    async def remind() -> ReminderMade:
        made = await set_reminder(
            user_id=data.user_id or me,
            customer_id=ticket.customer if ticket is not None else data.customer_id,
            text=text,
            due_at=due_at,
            by=me,
            now=now,
            repeat=data.repeat,
            ticket_id=data.ticket_id,
        )
        return ReminderMade(made)

    return await created_once(request, remind, now=now)


@post("/reminders/{reminder_id:int}/completion", permission=Permission.SIGNED_IN, status_code=204)
async def complete(request: StaffRequest, reminder_id: FromPath[int]) -> None:
    """Done. A repeat changes nothing."""
    await complete_reminder(reminder_id, by=request.user.id, now=datetime.now(UTC))


@post("/reminders/{reminder_id:int}/postponement", permission=Permission.SIGNED_IN, status_code=204)
async def postpone(request: StaffRequest, reminder_id: FromPath[int], data: JSONBody[Postponement]) -> None:
    """It comes again at another moment. A series keeps its moments."""
    fields = Fields({})
    due_at = fields.instant("due_at", data.due_at)
    fields.check()
    assert due_at is not None
    await postpone_reminder(reminder_id, to=due_at, by=request.user.id, now=datetime.now(UTC))


@post("/reminders/{reminder_id:int}/hand-over", permission=Permission.SIGNED_IN, status_code=201)
async def hand_over(request: StaffRequest, reminder_id: FromPath[int], data: JSONBody[Handover]) -> Response[bytes]:
    """It is a colleague's from now on, who is told."""
    now = datetime.now(UTC)

    async def give() -> ReminderMade:
        await hand_over_reminder(reminder_id, to=data.user_id, by=request.user.id, now=now)
        return ReminderMade(reminder_id)

    return await created_once(request, give, now=now)


router = Router(
    "/api/v1",
    route_handlers=[
        index,
        create,
        complete,
        postpone,
        hand_over,
        *alarms_api.route_handlers,
        *rules_api.route_handlers,
        *portfolio_api.route_handlers,
    ],
    include_in_schema=True,
    tags=["reminders"],
)
