"""The links by which customers follow an enquiry or an order, over JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from crm.accounts.company import signing_secret
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.orders.queries import order_for
from crm.mail.rendering import absolute
from crm.tickets.following import given_links, revoke_links
from crm.tickets.queries import visible_ticket
from crm.tickets.status_links import Subject, status_path_of

P = Permission


class StatusPageOut(msgspec.Struct):
    """Where the customer follows it without log-in, and whether they are mailed when the state changes."""

    url: str
    wants_mail: bool


@get("/tickets/{ticket_id:int}/status-page", permission=P.TICKETS_VIEW)
async def ticket_page(request: StaffRequest, ticket_id: FromPath[int]) -> StatusPageOut:
    """The link to the customer's page of an enquiry."""
    await visible_ticket(request.user, ticket_id)
    return await _page(Subject.TICKET, ticket_id)


@get("/orders/{order_id:int}/status-page", permission=P.CUSTOMERS_VIEW)
async def order_page(request: StaffRequest, order_id: FromPath[int]) -> StatusPageOut:
    """The link to the customer's page of an order."""
    await order_for(request.user, order_id)
    return await _page(Subject.ORDER, order_id)


@delete("/tickets/{ticket_id:int}/status-page", permission=P.TICKETS_WORK)
async def revoke_ticket_page(request: StaffRequest, ticket_id: FromPath[int]) -> None:
    """End the links to it that were given out; the next answer carries a new one."""
    await visible_ticket(request.user, ticket_id)
    await revoke_links(Subject.TICKET, ticket_id, by=request.user.id, now=datetime.now(UTC))


@delete("/orders/{order_id:int}/status-page", permission=P.CUSTOMERS_EDIT)
async def revoke_order_page(request: StaffRequest, order_id: FromPath[int]) -> None:
    """End the links to it that were given out."""
    await order_for(request.user, order_id)
    await revoke_links(Subject.ORDER, order_id, by=request.user.id, now=datetime.now(UTC))


async def _page(subject: Subject, record_id: int) -> StatusPageOut:
    path = await status_path_of(subject, record_id, await signing_secret())
    return StatusPageOut(absolute(path), (await given_links(subject, record_id))["wants_mail"])


route_handlers = [ticket_page, order_page, revoke_ticket_page, revoke_order_page]
