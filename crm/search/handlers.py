"""The global search: results for the palette while typing, and as a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Response, Router, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.search.commands import Command, commands, pages
from crm.search.queries import Hit, customer_hits, ticket_hits
from crm.web.i18n import _
from crm.web.render import fragment, is_fragment, page

LONGEST_QUERY = 200


@get("/search", permission=Permission.SIGNED_IN)
async def search(request: StaffRequest) -> Response[str]:
    """Customers, persons, enquiries, commands and pages; without a query what one can do."""
    query = " ".join(request.query_params.get("q", "")[:LONGEST_QUERY].replace("\x00", "").split())
    groups = await _found(request, query) if query else []
    groups += _group(_("Commands"), commands(request.user, query)) + _group(_("Pages"), pages(request.user, query))
    context: dict[str, Any] = {"query": query, "groups": groups}
    if is_fragment(request):
        return await fragment(request, "search/_results.html", **context)
    return await page(request, "search/index.html", **context)


async def _found(request: StaffRequest, query: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    if request.user.may(Permission.CUSTOMERS_VIEW):
        customers, persons = await customer_hits(query)
        groups += _group(_("Customers"), customers) + _group(_("Persons"), persons)
    if request.user.may(Permission.TICKETS_VIEW):
        groups += _group(_("Enquiries"), await ticket_hits(query))
    return groups


def _group(label: str, items: Sequence[Hit | Command]) -> list[dict[str, Any]]:
    return [{"label": label, "items": list(items)}] if items else []


router = Router("", route_handlers=[search])
