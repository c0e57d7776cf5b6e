"""Which order an enquiry is about: agreeing to an offer, choosing one, saying that it is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.database import Row
from crm.errors import Invalid
from crm.tickets.handlers.working import gone, ticket_form
from crm.tickets.links.tables import OrderBasis
from crm.tickets.order_links import connect_order, offered_orders, part_order
from crm.tickets.queries import visible_ticket
from crm.web.forms import Fields
from crm.web.i18n import _


@get("/tickets/{ticket_id:int}/orders/new", permission=Permission.TICKETS_WORK)
async def new_order(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    """The customer's latest orders to choose from, and a field for the number of any other."""
    return await _form(request, await visible_ticket(request.user, ticket_id), {})


async def _form(
    request: StaffRequest, ticket: Row, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response[str]:
    offered = await offered_orders(ticket.id)
    status = 422 if errors else 200
    return await ticket_form(request, "order", ticket, values, errors=errors, status=status, offered=offered)


@post("/tickets/{ticket_id:int}/orders", permission=Permission.TICKETS_WORK, status_code=303)
async def connect(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """It is about the order that was chosen, named by its number, or offered."""
    ticket = await visible_ticket(request.user, ticket_id)
    fields = Fields(dict(await request.form()))
    try:
        number, order_id = fields.text("number", limit=60), fields.reference("order_id")
        if not number and order_id is None:
            fields.error("order_id", _("Choose an order, or enter its number."))
        fields.check()
        basis = OrderBasis.AGREED if fields.flag("is_offer") else OrderBasis.CHOSEN
        await connect_order(
            ticket_id,
            None if number else order_id,
            number=number,
            basis=basis,
            by=request.user.id,
            now=datetime.now(UTC),
        )
    except Invalid as error:
        return await _form(request, ticket, fields.values, error.errors)
    return gone(request, ticket_id, "connected")


@post("/tickets/{ticket_id:int}/orders/{order_id:int}/removal", permission=Permission.TICKETS_WORK, status_code=303)
async def part(request: StaffRequest, ticket_id: FromPath[int], order_id: FromPath[int]) -> Response[Any]:
    """It is not about this order."""
    await visible_ticket(request.user, ticket_id)
    await part_order(ticket_id, order_id, by=request.user.id, now=datetime.now(UTC))
    return gone(request, ticket_id, "parted")


handlers = [new_order, connect, part]
