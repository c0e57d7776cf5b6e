"""Pages of consent: the overview with the ledger; the others are in the modules named by their subject."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.consents import (
    confirmation_pages,
    document_pages,
    origin_pages,
    proof_pages,
    purpose_pages,
    queries,
    subject_pages,
)
from crm.consents.outbox_handlers import handlers as outbox
from crm.consents.page_words import words
from crm.consents.verification import last_verification, told, verify_ledger
from crm.web.render import fragment, is_fragment, page, see_other


@get("/consents", permission=Permission.CONSENTS_VIEW)
async def overview(request: StaffRequest, before: FromQuery[str | None] = None) -> Response[str]:
    """Coverage, wordings, the newest events; with `before`, htmx gets the next rows of the ledger."""
    events = await queries.latest_events(request.user, before)
    if is_fragment(request) and before:
        return await fragment(request, "consents/_events.html", events=events, with_person=True, **words())
    return await page(
        request, "consents/index.html", events=events, with_person=True, coverage=await queries.coverage(datetime.now(UTC)),
        purposes=await queries.purposes(), wordings=await queries.wordings(), verification=await last_verification(), told=told,
        **words(),
    )  # fmt: skip


@post("/consents/verification", permission=Permission.CONSENTS_RECORD, status_code=200)
async def verify(request: StaffRequest) -> Response[Any]:
    """Recompute the whole chain now."""
    verification = await verify_ledger(by=request.user.id, now=datetime.now(UTC))
    if is_fragment(request):
        return await fragment(request, "consents/_verification.html", verification=verification, told=told)
    return see_other(request, "/consents")


router = Router(
    "",
    route_handlers=[
        overview, verify, *subject_pages.route_handlers, *purpose_pages.route_handlers, *confirmation_pages.route_handlers,
        *proof_pages.route_handlers, *document_pages.route_handlers, *outbox, *origin_pages.pages,
    ],
)  # fmt: skip
