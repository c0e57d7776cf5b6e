"""One's own follow-ups over JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.queries import customer_for
from crm.reminders import portfolio_api
from crm.reminders.actions import complete_reminder, set_reminder
from crm.reminders.queries import open_reminders
from crm.web.forms import Fields
from crm.web.parameters import Id


class NewReminder(msgspec.Struct, forbid_unknown_fields=True):
    """A follow-up for the user of the token. `due_at` is ISO 8601 with a zone."""

    text: str
    due_at: datetime
    customer_id: Id | None = None


class ReminderMade(msgspec.Struct):
    id: int


class ReminderItem(msgspec.Struct):
    id: int
    text: str
    due_at: datetime
    customer_id: int | None


class ReminderList(msgspec.Struct):
    items: list[ReminderItem]


@get("/reminders", permission=Permission.SIGNED_IN)
async def index(request: StaffRequest) -> ReminderList:
    """Open follow-ups, the next first; at most 200."""
    rows = await open_reminders(request.user.id)
    return ReminderList([ReminderItem(row.id, row.text, row.due_at, row.customer) for row in rows])


@post("/reminders", permission=Permission.SIGNED_IN, status_code=201)
async def create(request: StaffRequest, data: JSONBody[NewReminder]) -> Response[bytes]:
    now = datetime.now(UTC)
    fields = Fields({"text": data.text})
    text = fields.text("text", required=True, limit=500)
    due_at = fields.instant("due_at", data.due_at)
    fields.check()
    assert due_at is not None
    if data.customer_id is not None:
        await customer_for(request.user, data.customer_id)
    me = request.user.id

    async def remind() -> ReminderMade:
        made = await set_reminder(user_id=me, customer_id=data.customer_id, text=text, due_at=due_at, by=me, now=now)
        return ReminderMade(made)

    return await created_once(request, remind, now=now)


@post("/reminders/{reminder_id:int}/completion", permission=Permission.SIGNED_IN, status_code=204)
async def complete(request: StaffRequest, reminder_id: FromPath[int]) -> None:
    """Done. A repeat changes nothing."""
    await complete_reminder(reminder_id, by=request.user.id, now=datetime.now(UTC))


router = Router(
    "/api/v1",
    route_handlers=[index, create, complete, *portfolio_api.route_handlers],
    include_in_schema=True,
    tags=["reminders"],
)
