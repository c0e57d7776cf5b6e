"""Approved answers that suit an enquiry, for whoever answers it: also when nothing is answered automatically."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.tickets.answers.suggesting import suggestions_for
from crm.tickets.queries import visible_ticket
from crm.web.render import fragment


@get("/tickets/{ticket_id:int}/answers", permission=Permission.TICKETS_WORK)
async def show_suggestions(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    """The card beside the conversation; it is asked for once the page is there."""
    ticket = await visible_ticket(request.user, ticket_id)
    found = await suggestions_for(ticket.id, datetime.now(UTC))
    return await fragment(request, "answers/_suggestions.html", found=found)


route_handlers = [show_suggestions]
