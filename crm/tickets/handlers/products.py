"""Which product an enquiry is about: agreeing to an offer, choosing one, saying that it is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.products.queries import offered_products
from crm.database import Row
from crm.errors import Invalid
from crm.tickets.handlers.working import gone, ticket_form
from crm.tickets.links.tables import ProductBasis
from crm.tickets.product_links import connect_product, part_product
from crm.tickets.queries import products_around, visible_ticket
from crm.web.forms import Fields
from crm.web.i18n import local_name


@get("/tickets/{ticket_id:int}/products/new", permission=Permission.TICKETS_WORK)
async def new_product(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    """What the customer ordered to choose from, and a field for any other."""
    return await _form(request, await visible_ticket(request.user, ticket_id), {})


async def _form(
    request: StaffRequest, ticket: Row, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response[str]:
    ordered = [(row.code, local_name(row), row.code) for row in await products_around(ticket.id)]
    known = [(row.code, local_name(row)) for row in await offered_products()]
    return await ticket_form(
        request, "product", ticket, values, errors=errors, status=422 if errors else 200, ordered=ordered, known_products=known
    )  # fmt: skip


@post("/tickets/{ticket_id:int}/products", permission=Permission.TICKETS_WORK, status_code=303)
async def connect(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """It is about the product that was chosen, named, or offered."""
    ticket = await visible_ticket(request.user, ticket_id)
    fields = Fields(dict(await request.form()))
    try:
        chosen = fields.text("ordered", limit=200)
        product = fields.text("product", required=not chosen, limit=200)
        fields.check()
        basis = ProductBasis.AGREED if fields.flag("is_offer") else ProductBasis.CHOSEN
        await connect_product(ticket_id, product or chosen, basis=basis, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, ticket, fields.values, error.errors)
    return gone(request, ticket_id, "product_connected")


@post("/tickets/{ticket_id:int}/products/{product_id:int}/removal", permission=Permission.TICKETS_WORK, status_code=303)
async def part(request: StaffRequest, ticket_id: FromPath[int], product_id: FromPath[int]) -> Response[Any]:
    """It is not about this product."""
    await visible_ticket(request.user, ticket_id)
    await part_product(ticket_id, product_id, by=request.user.id, now=datetime.now(UTC))
    return gone(request, ticket_id, "product_parted")


handlers = [new_product, connect, part]
