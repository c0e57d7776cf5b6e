"""Searching for what a contact belongs to, while its form is filled in."""

from __future__ import annotations

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.interactions.belonging_queries import belongings_found
from crm.web.forms import Fields
from crm.web.render import fragment


@get("/interactions/belongings", permission=Permission.INTERACTIONS_LOG)
async def find_belongings(request: StaffRequest) -> Response[str]:
    """What matches what is typed, to choose from: products, and what the customer of the form has."""
    query = Fields(request.query_params)
    customer_id, words = query.reference("customer_id"), query.text("belongs_q", limit=200)
    query.check()
    groups = await belongings_found(customer_id, words)
    return await fragment(
        request, "interactions/_belongings_found.html", groups=groups, words=words, count=sum(len(found) for _title, found in groups)
    )  # fmt: skip


route_handlers = [find_belongings]
