"""The queues of enquiries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.queries import sees_restricted
from crm.customers.words import TICKET_STATUSES
from crm.interactions.incoming.queries import quarantined
from crm.service_levels.words import PRIORITIES
from crm.tickets.listing import NEVER, View, counts, tickets_in
from crm.tickets.words import STATUS_TONES, VIEWS
from crm.web.i18n import _, word
from crm.web.render import fragment, is_fragment, page


@get("/tickets", permission=Permission.TICKETS_VIEW)
async def list_tickets(request: StaffRequest) -> Response[str]:
    """A queue; for htmx the list alone (it asks again every 30 seconds), or the next rows of it. Opens with one's own
    enquiries, or with all that are open where one has none."""
    now = datetime.now(UTC)
    cursor = request.query_params.get("cursor") or None
    is_more = is_fragment(request) and cursor is not None
    number = {} if is_more else await counts(request.user.id, now)
    usual = View.MINE if request.user.may(Permission.TICKETS_WORK) and number.get("mine") else View.OPEN
    view = next((known for known in View if known == request.query_params.get("view")), usual)
    found = await tickets_in(
        view, user_id=request.user.id, now=now, cursor=cursor, sees_restricted=sees_restricted(request.user)
    )
    context: dict[str, Any] = {
        "view": view.value, "found": found, "statuses": TICKET_STATUSES, "tones": STATUS_TONES, "priorities": PRIORITIES, "word": word,
        "never": NEVER, "is_further": bool(cursor), "columns": _columns(view), "href": _href(view),
        "next_href": _href(view, found.next) if found.next else "",
    }  # fmt: skip
    if is_more:
        return await fragment(request, "tickets/_rows.html", **context)
    context["chips"] = [(_(name), _href(View(code)), code == view, number.get(code)) for code, name in VIEWS.items()]
    if is_fragment(request):
        return await fragment(request, "tickets/_list.html", **context)
    waiting = await quarantined() if request.user.may(Permission.TICKETS_WORK) else 0
    return await page(request, "tickets/index.html", waiting_mails=waiting, **context)


def _href(view: View, cursor: str | None = None) -> str:
    return "/tickets?" + urlencode({"view": view.value, **({"cursor": cursor} if cursor else {})})


def _columns(view: View) -> list[tuple[str, str, str]]:
    due = _("Solved") if view == View.SOLVED else _("Due")
    return [
        (_("Enquiry"), "", ""), (_("Customer"), "", ""), (_("Topic"), "", ""), (_("Status"), "", ""), (_("Priority"), "", ""),
        (due, "", ""), (_("Assigned to"), "", ""),
    ]  # fmt: skip


handlers = [list_tickets]
