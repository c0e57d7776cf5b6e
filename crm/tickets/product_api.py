"""Which products an enquiry is about, over JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response, delete, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.tickets.product_links import connect_product, part_product
from crm.tickets.queries import ticket_for, visible_ticket
from crm.tickets.shapes import ProductConnection, TicketOut
from crm.tickets.shaping import ticket_out
from crm.web.forms import Fields


@post("/tickets/{ticket_id:int}/products", permission=Permission.TICKETS_WORK, status_code=201)
async def connect_with_product(
    request: StaffRequest, ticket_id: FromPath[int], data: JSONBody[ProductConnection]
) -> Response[bytes]:
    """It is about this product."""
    now = datetime.now(UTC)
    await visible_ticket(request.user, ticket_id)
    fields = Fields({"product": data.product})
    product = fields.text("product", required=True, limit=200)
    fields.check()

    async def do() -> TicketOut:
        await connect_product(ticket_id, product, by=request.user.id, now=now)
        return ticket_out(await ticket_for(request.user, ticket_id))

    return await created_once(request, do, now=now)


@delete("/tickets/{ticket_id:int}/products/{product_id:int}", permission=Permission.TICKETS_WORK, status_code=200)
async def part_from_product(request: StaffRequest, ticket_id: FromPath[int], product_id: FromPath[int]) -> TicketOut:
    """It is not about this product, also if a text names it."""
    await visible_ticket(request.user, ticket_id)
    await part_product(ticket_id, product_id, by=request.user.id, now=datetime.now(UTC))
    return ticket_out(await ticket_for(request.user, ticket_id))


handlers = [connect_with_product, part_from_product]
