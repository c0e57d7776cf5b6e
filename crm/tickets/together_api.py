"""Merging, linking and giving back enquiries over the API."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, delete, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.errors import Invalid, NotFound
from crm.tickets.escalating import give_back
from crm.tickets.linking import link_tickets, unlink_tickets
from crm.tickets.merging import merge_tickets, part_tickets
from crm.tickets.queries import ticket_for, visible_ticket
from crm.tickets.shapes import TicketOut
from crm.tickets.shaping import ticket_out
from crm.web.forms import NOTE_LIMIT, Fields
from crm.web.i18n import _
from crm.web.parameters import Id

P = Permission


class MergeIn(msgspec.Struct, forbid_unknown_fields=True):
    """The enquiry of the same customer in which this one goes on."""

    survivor: Id


class LinkIn(msgspec.Struct, forbid_unknown_fields=True):
    """The enquiry that this one belongs to."""

    ticket_id: Id


class GivingBackIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is known by now; the next person starts from there."""

    known: str


@post("/tickets/{ticket_id:int}/merge", permission=P.TICKETS_WORK, status_code=201)
async def merge(request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[MergeIn]) -> Response[bytes]:
    """It goes on in another open enquiry of the same customer, which is answered."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)

    async def do() -> TicketOut:
        await merge_tickets(ticket_id, data.survivor, by=request.user.id, now=now)
        return ticket_out(await ticket_for(request.user, data.survivor))

    return await created_once(request, do, now=now)


@delete("/tickets/{ticket_id:int}/merge", permission=P.TICKETS_WORK, status_code=200)
async def part(request: StaffRequest, ticket_id: FromPath[int]) -> TicketOut:
    """Take the merge back; what came since stays with the survivor."""
    await visible_ticket(request.user, ticket_id)
    await part_tickets(ticket_id, by=request.user.id, now=datetime.now(UTC))
    return ticket_out(await ticket_for(request.user, ticket_id))


@post("/tickets/{ticket_id:int}/links", permission=P.TICKETS_WORK, status_code=201)
async def link(request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[LinkIn]) -> Response[bytes]:
    """It belongs to this other enquiry, of whatever customer."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    try:
        await visible_ticket(request.user, data.ticket_id)
    except NotFound:
        raise Invalid({"ticket_id": _("There is no enquiry with this number.")}) from None

    async def do() -> TicketOut:
        await link_tickets(ticket_id, data.ticket_id, by=request.user.id, now=now)
        return ticket_out(await ticket_for(request.user, ticket_id))

    return await created_once(request, do, now=now)


@delete("/tickets/{ticket_id:int}/links/{other_id:int}", permission=P.TICKETS_WORK, status_code=200)
async def unlink(request: StaffRequest, ticket_id: FromPath[int], other_id: FromPath[int]) -> TicketOut:
    await visible_ticket(request.user, ticket_id)
    await visible_ticket(request.user, other_id)
    await unlink_tickets(ticket_id, other_id, by=request.user.id, now=datetime.now(UTC))
    return ticket_out(await ticket_for(request.user, ticket_id))


@post("/tickets/{ticket_id:int}/giving-back", permission=P.TICKETS_WORK, status_code=201)
async def give_it_back(
    request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[GivingBackIn]
) -> Response[bytes]:
    """Back to a lower level, by what is known now; it is routed anew."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    fields = Fields({"known": data.known})
    known = fields.text("known", limit=NOTE_LIMIT, many_lines=True)
    fields.check()

    async def do() -> TicketOut:
        await give_back(ticket_id, known, by=request.user.id, now=now)
        return ticket_out(await ticket_for(request.user, ticket_id))

    return await created_once(request, do, now=now)


handlers = [merge, part, link, unlink, give_it_back]
