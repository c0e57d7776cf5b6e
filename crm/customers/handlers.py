"""The list of customers, and the router of all their pages: the customer's own page is in showing.py, the forms in editing.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers import deletions, document_handlers, editing, showing, standing
from crm.customers.finding import SORTS, Sort, Wanted, find_customers
from crm.customers.tables import CustomerStatus
from crm.customers.words import (
    STATUSES,
)
from crm.service_levels.queries import ServiceLevelRow, service_levels
from crm.web.i18n import _, local_name, word
from crm.web.render import fragment, is_fragment, page

PAGE = 50
SHOWN = ("all", "mine", "overdue", "mine-overdue")


@dataclass(frozen=True, slots=True)
class ListView:
    """What the address of the list asks for; words that it doesn't know count as not said."""

    q: str
    show: str
    status: str
    level: str
    sort: Sort
    cursor: str

    @classmethod
    def of(cls, request: StaffRequest) -> ListView:
        asked = request.query_params
        show = asked.get("show", "")
        show = show if show in SHOWN else "all"
        status = asked.get("status", "")
        sort = next((known for known in SORTS if known == asked.get("sort")), "due" if "overdue" in show else "name")
        return cls(
            asked.get("q", "")[:200].replace("\x00", ""), show, status if status in STATUSES else "",
            asked.get("level", "")[:40].replace("\x00", ""), sort, asked.get("cursor", ""),
        )  # fmt: skip

    def href(self, **changes: str) -> str:
        """The address of the same list with something changed, from its beginning."""
        asked = {
            "q": self.q,
            "show": self.show,
            "status": self.status,
            "level": self.level,
            "sort": self.sort,
            **changes,
        }
        usual = {"show": "all", "sort": "due" if "overdue" in asked["show"] else "name"}
        said = {name: value for name, value in asked.items() if value and value != usual.get(name)}
        return f"/customers?{urlencode(said)}" if said else "/customers"

    def wanted(self, user_id: int, now: datetime) -> Wanted:
        return Wanted(
            q=self.q,
            owner_id=user_id if self.show.startswith("mine") else None,
            overdue_at=now if "overdue" in self.show else None,
            status=CustomerStatus(self.status) if self.status else None,
            service_level=self.level,
            sort=self.sort,
        )


@get("/customers", permission=Permission.CUSTOMERS_VIEW)
async def list_customers(request: StaffRequest) -> Response[str]:
    """The dense list of customers; for htmx the table alone, or the next rows of it."""
    now = datetime.now(UTC)
    view = ListView.of(request)
    found = await find_customers(view.wanted(request.user.id, now), limit=PAGE, cursor=view.cursor or None)
    context: dict[str, Any] = {
        "view": view, "found": found, "columns": _columns(), "statuses": STATUSES, "word": word,
        "next_href": view.href(cursor=found.next) if found.next else "",
    }  # fmt: skip
    if is_fragment(request) and view.cursor:
        return await fragment(request, "customers/_rows.html", **context)
    context |= _list_filters(view, await service_levels())
    if is_fragment(request):
        return await fragment(request, "customers/_list.html", **context)
    return await page(request, "customers/index.html", **context)


def _list_filters(view: ListView, levels: list[ServiceLevelRow]) -> dict[str, list[tuple[str, str, bool]]]:
    """The chips above the list; each leads to the same list with one thing changed."""
    shown = {"all": _("All"), "mine": _("Mine"), "overdue": _("Contact overdue"), "mine-overdue": _("Mine, overdue")}
    statuses = [(code, word(STATUSES, code)) for code in STATUSES]
    codes = [(row.code, local_name(row)) for row in levels]
    return {
        "show_chips": [(text, view.href(show=show, sort=""), view.show == show) for show, text in shown.items()],
        "status_chips": [
            (text, view.href(status="" if view.status == code else code), view.status == code)
            for code, text in statuses
        ],
        "level_chips": [
            (text, view.href(level="" if view.level == code else code), view.level == code) for code, text in codes
        ],
    }


def _columns() -> list[tuple[str, str, str]]:
    return [
        (_("Name"), "name", ""), (_("Number"), "", "tight"), (_("Status"), "", ""), (_("Owner"), "", ""),
        (_("Service level"), "", ""), (_("Last contact"), "", "num"), (_("Contact due"), "due", "num"),
        (_("Open enquiries"), "", "num"),
    ]  # fmt: skip


router = Router(
    "",
    route_handlers=[
        list_customers,
        *showing.route_handlers,
        *standing.route_handlers,
        *deletions.route_handlers,
        *editing.route_handlers,
        *document_handlers.route_handlers,
    ],
)
