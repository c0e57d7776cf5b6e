"""The list of customers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.lists.columns import chosen, headings, lines, reads_of
from crm.customers.lists.filter_words import LABELS, chips, choices
from crm.customers.lists.finding import find_customers
from crm.customers.lists.listing import ListView
from crm.customers.lists.views import list_around
from crm.customers.tabs import customer_tabs, may_open
from crm.customers.words import STATUSES
from crm.service_levels.queries import service_levels
from crm.web.i18n import N_, _, word
from crm.web.render import flashes, fragment, is_fragment, page, see_other

PAGE = 50
DONE = {"view": N_("Saved."), "columns": N_("Your columns are saved.")}


@get("/customers", permission=Permission.CUSTOMERS_VIEW)
async def list_customers(request: StaffRequest) -> Response[Any]:
    """The dense list of customers; for htmx the table alone, or the next rows of it. The bare address leads to the view that
    this user begins with."""
    now = datetime.now(UTC)
    around = await list_around(request.user)
    if not request.query_params and around.start_id is not None:
        return see_other(request, ListView.saved(around.start_query).href(view=str(around.start_id)))
    view = ListView.of(request)
    columns = chosen(view.columns) if view.columns else around.columns
    found = await find_customers(
        view.wanted(request.user, now), limit=PAGE, cursor=view.cursor or None, columns=reads_of(columns)
    )
    context: dict[str, Any] = {
        "view": view, "found": found, "columns": headings(columns), "lines": lines(found.rows, columns, now),
        "next_href": view.href(cursor=found.next) if found.next else "",
        "can_tick": any(request.user.may(each) for each in (Permission.CUSTOMERS_EDIT, Permission.DATA_EXPORT)),
    }  # fmt: skip
    if is_fragment(request) and view.cursor:
        return await fragment(request, "customers/_rows.html", **context)
    levels = await service_levels()
    context["similar_lines"] = lines(found.similar, columns, now)
    context |= _list_filters(view) | {
        "around": around, "levels": levels, "chips": chips(view, around, levels), "choices": choices(around, levels, view),
        "labels": LABELS, "word": word, "tabs": customer_tabs(request), "has_exports": may_open(request, "/exports/new"),
    }  # fmt: skip
    if is_fragment(request):
        return await fragment(request, "customers/_list.html", **context)
    return await page(request, "customers/index.html", **context, flashes=flashes(request, DONE))


def _list_filters(view: ListView) -> dict[str, list[tuple[str, str, bool]]]:
    """The chips above the list; each leads to the same list with one thing changed."""
    shown = {"all": _("All"), "mine": _("Mine"), "overdue": _("Contact overdue"), "mine-overdue": _("Mine, overdue")}
    return {
        "show_chips": [(text, view.href(show=show, sort=""), view.show == show) for show, text in shown.items()],
        "status_chips": [
            (word(STATUSES, code), view.href(status="" if view.status == code else code), view.status == code)
            for code in STATUSES
        ],
    }


route_handlers = [list_customers]
