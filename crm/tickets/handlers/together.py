"""Enquiries that are one, or belong together: merging and parting, linking; and giving one back to a lower level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.words import TICKET_STATUSES
from crm.database import Row
from crm.errors import Invalid, NotFound, RuleBroken
from crm.tickets.escalating import give_back
from crm.tickets.handlers.working import gone, problems, ticket_form
from crm.tickets.linking import link_tickets, unlink_tickets
from crm.tickets.merging import merge_tickets, offered_survivors, part_tickets
from crm.tickets.queries import visible_ticket
from crm.web.forms import NOTE_LIMIT, Fields
from crm.web.i18n import _, word

P = Permission


@get("/tickets/{ticket_id:int}/merge/new", permission=P.TICKETS_WORK)
async def new_merge(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    """The customer's other open enquiries to choose from, and a field for the number of one."""
    return await _merge_form(request, await visible_ticket(request.user, ticket_id), {})


async def _merge_form(
    request: StaffRequest, ticket: Row, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response[str]:
    offered = [
        (str(row.id), f"#{row.id} {row.subject}", word(TICKET_STATUSES, row.status))
        for row in await offered_survivors(ticket.id)
    ]
    status = 422 if errors else 200
    return await ticket_form(request, "merge", ticket, values, errors=errors, status=status, offered=offered)


@post("/tickets/{ticket_id:int}/merge", permission=P.TICKETS_WORK, status_code=303)
async def merge(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """It goes on in the enquiry that was chosen, or named by its number; the page of that one comes."""
    ticket = await visible_ticket(request.user, ticket_id)
    fields = Fields(dict(await request.form()))
    try:
        survivor = number_of(fields, "survivor")
        await merge_tickets(ticket_id, survivor, by=request.user.id, now=datetime.now(UTC))
    except (Invalid, RuleBroken) as error:
        return await _merge_form(request, ticket, fields.values, problems(error))
    return gone(request, survivor, "merged")


def number_of(fields: Fields, name: str) -> int:
    """The number of an enquiry as people write it, chosen or typed ("#12"). Raises Invalid."""
    typed = fields.text("number", limit=20).lstrip("# ") or fields.text(name, limit=20)
    if not typed:
        fields.error(name, _("Choose an enquiry, or enter its number."))
    elif not (typed.isascii() and typed.isdigit()):
        fields.error("number", _("This is not the number of an enquiry."))
    fields.check()
    return int(typed)


@post("/tickets/{ticket_id:int}/merge/removal", permission=P.TICKETS_WORK, status_code=303)
async def part(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """The merge is taken back."""
    await visible_ticket(request.user, ticket_id)
    await part_tickets(ticket_id, by=request.user.id, now=datetime.now(UTC))
    return gone(request, ticket_id, "unmerged")


@get("/tickets/{ticket_id:int}/links/new", permission=P.TICKETS_WORK)
async def new_link(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    return await ticket_form(request, "link", await visible_ticket(request.user, ticket_id), {})


@post("/tickets/{ticket_id:int}/links", permission=P.TICKETS_WORK, status_code=303)
async def link(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """It belongs to the enquiry with this number, of this or another customer."""
    ticket = await visible_ticket(request.user, ticket_id)
    fields = Fields(dict(await request.form()))
    try:
        await link_with(request, ticket_id, number_of(fields, "number"))
    except Invalid as error:
        errors = {"number" if name == "other" else name: sentence for name, sentence in error.errors.items()}
        return await ticket_form(request, "link", ticket, fields.values, errors=errors, status=422)
    return gone(request, ticket_id, "linked")


async def link_with(request: StaffRequest, ticket_id: int, other_id: int) -> None:
    """Raises Invalid for an enquiry that isn't there, or not for this user."""
    try:
        await visible_ticket(request.user, other_id)
    except NotFound:
        raise Invalid({"number": _("There is no enquiry with this number.")}) from None
    await link_tickets(ticket_id, other_id, by=request.user.id, now=datetime.now(UTC))


@post("/tickets/{ticket_id:int}/links/{other_id:int}/removal", permission=P.TICKETS_WORK, status_code=303)
async def unlink(request: StaffRequest, ticket_id: FromPath[int], other_id: FromPath[int]) -> Response[Any]:
    await visible_ticket(request.user, ticket_id)
    await visible_ticket(request.user, other_id)
    await unlink_tickets(ticket_id, other_id, by=request.user.id, now=datetime.now(UTC))
    return gone(request, ticket_id, "unlinked")


@get("/tickets/{ticket_id:int}/giving-back/new", permission=P.TICKETS_WORK)
async def new_giving_back(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    return await ticket_form(request, "give_back", await visible_ticket(request.user, ticket_id), {})


@post("/tickets/{ticket_id:int}/giving-back", permission=P.TICKETS_WORK, status_code=303)
async def give_it_back(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """With what is known now a lower level can answer it."""
    ticket = await visible_ticket(request.user, ticket_id)
    fields = Fields(dict(await request.form()))
    try:
        known = fields.text("known", limit=NOTE_LIMIT, many_lines=True)
        fields.check()
        await give_back(ticket_id, known, by=request.user.id, now=datetime.now(UTC))
    except (Invalid, RuleBroken) as error:
        return await ticket_form(request, "give_back", ticket, fields.values, errors=problems(error), status=422)
    return gone(request, ticket_id, "given_back")


handlers = [new_merge, merge, part, new_link, link, unlink, new_giving_back, give_it_back]
