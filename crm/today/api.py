"""Whom to contact today, over JSON: the list of whoever's token it is, and not now."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.queries import customer_for
from crm.today.contacting import MOST, customers_to_contact, reasons, why_of
from crm.today.put_back_pages import REASON_LIMIT
from crm.today.putting_back import LONGEST_DAYS, put_back, take_up_again
from crm.web.forms import Fields


class ContactDue(msgspec.Struct):
    """`due_at` is the moment from which on the contact is due; `reasons` are sentences in the user's language."""

    customer_id: int
    name: str
    due_at: datetime
    last_contact_at: datetime | None
    phone: str | None
    email: str | None
    reasons: list[str]


class ContactsDue(msgspec.Struct):
    total: int
    items: list[ContactDue]


class NewPutBack(msgspec.Struct, forbid_unknown_fields=True):
    """Off one's own list for so many days (1 to 90)."""

    days: int
    reason: str = ""


class PutBackMade(msgspec.Struct):
    id: int


@get("/today/customers", permission=Permission.INTERACTIONS_LOG)
async def index(request: StaffRequest) -> ContactsDue:
    """The user's customers to contact, those who wait longest first; at most 200."""
    now = datetime.now(UTC)
    rows = await customers_to_contact(request.user.id, now, MOST)
    items = [
        ContactDue(row.id, row.name, row.due_at, row.last_contact_at, row.phone, row.email, reasons(why_of(row, now)))
        for row in rows
    ]
    return ContactsDue(rows[0].in_all if rows else 0, items)


@post("/today/customers/{customer_id:int}/put-back", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def create(request: StaffRequest, customer_id: FromPath[int], data: JSONBody[NewPutBack]) -> Response[bytes]:
    """Not now. A later one replaces an earlier one."""
    now = datetime.now(UTC)
    await customer_for(request.user, customer_id)
    fields = Fields({"days": str(data.days), "reason": data.reason})
    days = fields.number("days", low=1, high=LONGEST_DAYS, required=True) or 1
    reason = fields.text("reason", limit=REASON_LIMIT)
    fields.check()

    async def put() -> PutBackMade:
        return PutBackMade(await put_back(customer_id, days=days, reason=reason, by=request.user.id, now=now))

    return await created_once(request, put, now=now)


@delete("/today/put-backs/{put_back_id:int}", permission=Permission.INTERACTIONS_LOG)
async def undo(request: StaffRequest, put_back_id: FromPath[int]) -> None:
    """On the list again. A repeat changes nothing."""
    await take_up_again(put_back_id, by=request.user.id, now=datetime.now(UTC))


router = Router("/api/v1", route_handlers=[index, create, undo], include_in_schema=True, tags=["today"])
