"""The queues of enquiries, and what waits for somebody at each level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission, roles_with
from crm.customers.queries import sees_restricted
from crm.customers.words import TICKET_STATUSES
from crm.interactions.incoming.queries import quarantined
from crm.service_levels.words import PRIORITIES
from crm.tickets.listing import COUNTED_TO, NEVER, Reader, View, counts, counts_of, tickets_in
from crm.tickets.queue_filters import TicketFilters, saved_query, usual_query
from crm.tickets.queue_views import Around, queue_around, view_of
from crm.tickets.queue_words import LABELS, choices, told
from crm.tickets.waiting import waiting_by_level
from crm.tickets.words import BOTTLENECKS, STATUS_TONES, VIEWS
from crm.web.i18n import N_, _, word
from crm.web.render import flashes, fragment, is_fragment, page

DONE = {"view": N_("The view is saved."), "view-removed": N_("The view is gone.")}


@get("/tickets", permission=Permission.TICKETS_VIEW)
async def list_tickets(request: StaffRequest) -> Response[str]:
    """A queue, narrowed as asked; for htmx the list alone (it asks again every 30 seconds), or the next rows of it. Opens
    with one's own enquiries, or with all that are open where one has none."""
    now, params = datetime.now(UTC), request.query_params
    me, cursor = request.user, params.get("cursor") or None
    filters = TicketFilters.understood(params)
    is_more = is_fragment(request) and cursor is not None
    number = {} if is_more else await counts(me.id, now, me.team_id)
    usual = View.MINE if me.may(Permission.TICKETS_WORK) and number.get("mine") and not filters.asked else View.OPEN
    view = view_of(params.get("view", ""), usual)
    reader = Reader(me.id, me.team_id, now, sees_restricted(me))
    found = await tickets_in(view, reader, filters, cursor=cursor)
    saved_id = params.get("saved", "")
    here = _href(view, filters, saved_id)
    context: dict[str, Any] = {
        "view": view.value, "found": found, "statuses": TICKET_STATUSES, "tones": STATUS_TONES, "priorities": PRIORITIES, "word": word,
        "never": NEVER, "is_further": bool(cursor), "columns": _columns(view), "href": here,
        "next_href": f"{here}&{urlencode({'cursor': found.next})}" if found.next else "",
    }  # fmt: skip
    if is_more:
        return await fragment(request, "tickets/_rows.html", **context)
    around = await queue_around(me, roles_with(Permission.TICKETS_WORK), filters.customer)
    tabs = await _tabs(view, reader, filters, number, around, saved_id)
    context |= {"tabs": tabs, "is_narrowed": bool(filters.asked)}
    if is_fragment(request):
        return await fragment(request, "tickets/_list.html", **context)
    waiting = await quarantined() if me.may(Permission.TICKETS_WORK) else 0
    return await page(
        request, "tickets/index.html", waiting_mails=waiting, **context, **_narrowing(request, view, filters, around, saved_id)
    )  # fmt: skip


def _href(view: View, filters: TicketFilters, saved_id: str = "") -> str:
    saved = f"&{urlencode({'saved': saved_id})}" if saved_id.isdecimal() else ""
    return f"/tickets?{usual_query(view.value, filters)}{saved}"


async def _tabs(
    view: View, reader: Reader, filters: TicketFilters, number: Mapping[str, int], around: Around, saved_id: str
) -> list[tuple[str, str, str, bool, str]]:
    """(id, text, address, whether it is shown, count): the queues, narrowed as this one is, and the views that are kept."""
    queues = [queue for queue in View if queue != View.TEAM or reader.team_id is not None]
    kept = [(each, saved_query(each["query"])) for each in around.views]
    asked = [(view_of(query.get("view", "")), TicketFilters.understood(query)) for _each, query in kept]
    narrowed = [(queue, filters) for queue in queues if queue != View.SOLVED] if filters.asked else []
    found = await counts_of([*narrowed, *asked], reader)
    known = dict(zip((queue.value for queue, _filters in narrowed), found, strict=False)) if narrowed else dict(number)
    is_saved = any(str(each["id"]) == saved_id for each in around.views)
    tabs = [
        (f"queue-{queue}", _(VIEWS[queue]), _href(queue, filters), queue == view and not is_saved, _count(known.get(queue)))
        for queue in queues
    ]  # fmt: skip
    for (each, query), count in zip(kept, found[len(narrowed) :], strict=True):
        href = _href(view_of(query.get("view", "")), TicketFilters.understood(query), str(each["id"]))
        tabs.append((f"view-{each['id']}", each["name"], href, str(each["id"]) == saved_id, _count(count)))
    return tabs


def _count(number: int | None) -> str:
    if number is None:
        return ""
    return f"{COUNTED_TO}+" if number >= COUNTED_TO else str(number)


def _narrowing(
    request: StaffRequest, view: View, filters: TicketFilters, around: Around, saved_id: str
) -> dict[str, Any]:
    """What the panel of the filters needs: choices, what is said with the way to take it back, what can be kept."""
    query = usual_query(view.value, filters)
    current = next((each for each in around.views if str(each["id"]) == saved_id), None)
    chips = []
    for name, text in told(filters, around):
        rest = {other: value for other, value in filters.asked.items() if other != name}
        chips.append((text, _href(view, TicketFilters.understood(rest))))
    return {
        "asked": filters.asked, "choices": choices(around), "labels": LABELS, "chips": chips, "query": query,
        "without_filters": _href(view, TicketFilters()), "current": current, "has_views": bool(around.views),
        "differs": current is None or current["query"] != query, "flashes": flashes(request, DONE),
        "may_change_it": current is not None and current["owner"] == request.user.id,
    }  # fmt: skip


def _columns(view: View) -> list[tuple[str, str, str]]:
    due = _("Solved") if view == View.SOLVED else _("Due")
    return [
        (_("Enquiry"), "", ""), (_("Customer"), "", ""), (_("Topic"), "", ""), (_("Status"), "", ""), (_("Priority"), "", ""),
        (due, "", ""), (_("Assigned to"), "", ""),
    ]  # fmt: skip


@get("/tickets/waiting", permission=Permission.TICKETS_VIEW)
async def show_waiting(request: StaffRequest) -> Response[str]:
    """What waits for somebody: how many at each level, since when, due when, and why."""
    now = datetime.now(UTC)
    return await page(
        request,
        "tickets/waiting.html",
        levels=await waiting_by_level(now),
        why=BOTTLENECKS,
        priorities=PRIORITIES,
        word=word,
    )


handlers = [list_tickets, show_waiting]
