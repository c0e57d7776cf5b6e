"""Forwarding an enquiry: the form in the dialog, and sending it off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.database import Row
from crm.errors import Invalid
from crm.tickets.forwarding import forward, parse_forward
from crm.tickets.handlers.working import ticket_form
from crm.tickets.merged import survivor_of
from crm.tickets.queries import staff_for, ticket_for, visible_ticket
from crm.tickets.showing import message_to_forward, offered_documents
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.render import see_other

P = Permission


@get("/tickets/{ticket_id:int}/forwards/new", permission=P.TICKETS_WORK)
async def new_forward(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    """The form, with the message that is meant (the newest of the customer without one); the customer's name does not stand in it."""
    ticket = await ticket_for(request.user, await survivor_of(ticket_id))
    fields = Fields(request.query_params)
    message_id = fields.reference("message")
    fields.check()
    text, ticked = message_to_forward(ticket, message_id)
    values = {"subject": ticket.subject, "text": text, "documents": ticked, "language": ticket.language}
    return await _form(request, ticket, values, {})


@post("/tickets/{ticket_id:int}/forwards", permission=P.TICKETS_WORK, status_code=303)
async def pass_on(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """Send it off."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    body = await request.form()
    ticked = [value for value in body.getall("documents", []) if isinstance(value, str)]
    values = {name: value for name, value in body.items() if isinstance(value, str)}
    try:
        what = parse_forward(values, ticked)

        async def do() -> str:
            message_id = await forward(ticket_id, what, by=request.user.id, now=now)
            return f"/tickets/{await survivor_of(ticket_id)}?done=forwarded#message-{message_id}"

        return see_other(request, await form_once(request, values.get("submission_id", ""), do, now=now))
    except Invalid as error:
        ticket = await ticket_for(request.user, await survivor_of(ticket_id))
        return await _form(request, ticket, values | {"documents": ticked}, error.errors)


async def _form(
    request: StaffRequest, ticket: Row, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    colleagues = [
        (row.id, row.name) for row in await staff_for(None) if row.deactivated_at is None and row.id != request.user.id
    ]
    return await ticket_form(
        request, "forward", ticket, values, errors=errors, status=422 if errors else 200,
        colleagues=sorted(colleagues, key=lambda one: one[1]), documents=offered_documents(ticket),
        languages=[("de", _("German")), ("en", _("English"))],
    )  # fmt: skip


handlers = [new_forward, pass_on]
