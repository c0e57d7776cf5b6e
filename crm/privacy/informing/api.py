"""The duty to inform over the API."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.queries import person_for
from crm.privacy.informing.actions import send_notice
from crm.privacy.informing.queries import pending

P = Permission.INFORMATION_SEND


class Owed(msgspec.Struct):
    """Somebody who waits. `mail` is what became of the last notice: queued, sending, failed, refused, or empty."""

    person_id: int
    name: str
    due_on: date
    source: str
    email: str
    mail: str


class OwedPage(msgspec.Struct):
    items: list[Owed]
    next: str | None


class SentNotice(msgspec.Struct):
    message_id: int


@get("/information-duties", permission=P)
async def list_owed(request: StaffRequest, cursor: FromQuery[str] = "") -> OwedPage:
    """Who is owed information (GDPR Art. 14), the longest due first."""
    found = await pending(cursor=cursor or None)
    rows = [Owed(r.person, r.name, r.due_on, r.source, r.email or "", r.mail or "") for r in found.rows]
    return OwedPage(rows, found.next)


@post("/persons/{person_id:int}/information-notices", permission=P, status_code=201)
async def send(request: StaffRequest, person_id: FromPath[int]) -> SentNotice:
    """Send the notice to one person."""
    person = await person_for(request.user, person_id)
    return SentNotice(await send_notice(person.id, by=request.user.id, now=datetime.now(UTC)))


router = Router("/api/v1", route_handlers=[list_owed, send], tags=["data protection"], include_in_schema=True)
