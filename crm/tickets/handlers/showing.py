"""The ticket page, and its conversation for a history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.history import mark
from crm.customers.history_filters import MOST_LETTERS
from crm.customers.orders.around import orders_of
from crm.customers.words import ORDER_STATUSES, TICKET_STATUSES
from crm.database import decoded
from crm.improvement.handlers import words as feedback_words
from crm.improvement.queries import feedback_about
from crm.reminders.queries import next_on_ticket
from crm.service_levels.words import PRIORITIES
from crm.text import search_terms
from crm.tickets.copies import offered_copies
from crm.tickets.latitude import may_decide
from crm.tickets.latitudes import matters_in
from crm.tickets.product_links import products_of
from crm.tickets.queries import similar_solved, staff_for, ticket_for
from crm.tickets.showing import conversation, last_message, offered_documents, strip_of, why
from crm.tickets.tables import OPEN_STATUSES
from crm.tickets.topics.words import suggested_sentence
from crm.tickets.words import KINDS, ORDER_BASES, PRODUCT_BASES, STATUS_TONES
from crm.web.i18n import N_, _, language, word
from crm.web.render import flashes, fragment, page

DONE = {
    "opened": N_("The enquiry is open."), "reply": N_("Your answer is saved."), "note": N_("The note is saved."),
    "inbound": N_("The customer's message is saved."), "closed": N_("The enquiry is solved."),
    "reopened": N_("The enquiry is open again."), "escalated": N_("The enquiry was given to a higher level."),
    "assigned": N_("The enquiry is assigned."), "status": N_("The status is saved."), "changed": N_("Saved."),
    "forwarded": N_("The enquiry is forwarded."),
    "again": N_("The message is sent again."), "merged": N_("Both enquiries are one now."),
    "unmerged": N_("The enquiry is on its own again."),
    "linked": N_("The enquiries are linked."), "unlinked": N_("The link is gone."),
    "given_back": N_("The enquiry was given back to a lower level."),
    "follow_up": N_("The follow-up is set."),
    "product_connected": N_("The product is connected."), "product_parted": N_("Noted: the enquiry is not about this product."),
    "connected": N_("The order is assigned."), "parted": N_("Noted: the enquiry is not about this order."),
}  # fmt: skip


async def ticket_page(
    request: StaffRequest, ticket_id: int, *, status: int = 200, values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None, outdated: str = "",
) -> Response[str]:  # fmt: skip
    """The page: three statements beside session and navigation. `outdated` says what has happened while
    somebody wrote an answer; what they typed comes back in `values`."""
    now = datetime.now(UTC)
    ticket = await ticket_for(request.user, ticket_id)
    staff = await staff_for(ticket.topic)
    my_level = next((row.level for row in staff if row.id == request.user.id), None) or 0
    context: dict[str, Any] = {
        "ticket": ticket, "entries": conversation(ticket), "seen": last_message(ticket), "strip": strip_of(ticket, now),
        "orders": orders_of(decoded(ticket.orders_around), ticket.opened_at), "order_statuses": ORDER_STATUSES,
        "products": products_of(ticket.products_around), "product_bases": PRODUCT_BASES, "bases": ORDER_BASES,
        "suggested": suggested_sentence(ticket.suggested),
        "together": decoded(ticket.together),
        "latitude": may_decide(matters_in(ticket.latitudes), my_level), "my_level": my_level,
        "why": why(ticket, staff, request.user.id), "similar": await similar_solved(ticket),
        "is_open": ticket.status in OPEN_STATUSES, "topic": _local(ticket, "topic") or _("no topic"), "level": _local(ticket, "level"),
        "statuses": TICKET_STATUSES, "tones": STATUS_TONES, "priorities": PRIORITIES, "kinds": KINDS, "word": word,
        "documents": offered_documents(ticket), "copies": offered_copies(ticket),
        "values": values or {}, "errors": errors or {}, "outdated": outdated, "may_work": request.user.may(Permission.TICKETS_WORK),
        "may_add": request.user.may(Permission.CUSTOMERS_EDIT),
        "flashes": flashes(request, DONE), "feedback": await feedback_about(ticket_id=ticket_id),
        "follow_up": await next_on_ticket(request.user.id, ticket_id, now),
        "feedback_of": {"ticket_id": ticket_id}, **feedback_words(request),
    }  # fmt: skip
    return await page(request, "tickets/show.html", status=status, **context)


def _local(ticket: Any, name: str) -> str:
    return str(ticket[f"{name}_{language.get()}"] or "")


@get("/tickets/{ticket_id:int}", permission=Permission.TICKETS_VIEW)
async def show_ticket(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    return await ticket_page(request, ticket_id)


@get("/tickets/{ticket_id:int}/conversation", permission=Permission.TICKETS_VIEW)
async def show_conversation(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    """What was said, for whoever unfolds it in a history; with the hits of a search there marked."""
    ticket = await ticket_for(request.user, ticket_id)
    terms = search_terms(request.query_params.get("q", "").replace("\x00", "")[:MOST_LETTERS])
    return await fragment(
        request,
        "tickets/_messages.html",
        ticket=ticket,
        entries=conversation(ticket),
        terms=terms,
        mark=mark,
        now=datetime.now(UTC),
    )


handlers = [show_ticket, show_conversation]
