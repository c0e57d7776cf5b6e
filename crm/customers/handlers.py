"""The pages that show customers: the list and the customer's own page. The forms are in editing.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.consents.may_contact import may_contact
from crm.consents.sentences import SOURCES
from crm.customers import editing
from crm.customers.finding import SORTS, Sort, Wanted, find_customers
from crm.customers.history import follow_up, history_of, metric_text
from crm.customers.queries import customer_for, journey_of, local_level, sees_restricted
from crm.customers.tables import CustomerStatus, TimelineKind
from crm.customers.words import (
    CHANNELS,
    ORDER_STATUSES,
    STATUSES,
    TICKET_STATUSES,
    TIMELINE_KINDS,
)
from crm.database import Row, decoded
from crm.service_levels.promises import days_overdue
from crm.service_levels.queries import ServiceLevelRow, service_levels
from crm.touchpoints.describing import journey_description
from crm.touchpoints.journey import JourneyDrawing, JourneyPoint, journey_drawing
from crm.web.i18n import _, language, local_name, word
from crm.web.render import fragment, is_fragment, page

PAGE = 50
SHOWN = ("all", "mine", "overdue", "mine-overdue")
HISTORY_FILTERS = (
    TimelineKind.INTERACTION, TimelineKind.TICKET, TimelineKind.ORDER, TimelineKind.CONSENT, TimelineKind.SURVEY,
)  # fmt: skip
STRIP_SIZE = (1080.0, 132.0)
WORDS = {
    "channels": CHANNELS, "order_statuses": ORDER_STATUSES, "ticket_statuses": TICKET_STATUSES, "sources": SOURCES,
    "statuses": STATUSES,
}  # fmt: skip


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


@get("/customers/{customer_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_customer(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    """What to know before one speaks with this customer. For htmx the history alone, or its next lines."""
    now = datetime.now(UTC)
    customer = await customer_for(request.user, customer_id)
    asked = request.query_params
    kind = next((known for known in TimelineKind if known == asked.get("kind")), None)
    cursor = asked.get("cursor", "")
    history = await history_of(
        customer_id, kind=kind, before=cursor or None, limit=PAGE, restricted=sees_restricted(request.user)
    )
    context: dict[str, Any] = {
        "customer": customer, "history": history, "kind": kind, "follow_up": follow_up, "metric_text": metric_text,
        "words": WORDS, "word": word, "next_href": _history_href(customer_id, kind, history.next),
        "filters": _history_filters(customer_id, kind),
    }  # fmt: skip
    if is_fragment(request):
        return await fragment(
            request, "customers/_history_rows.html" if cursor else "customers/_history_list.html", **context
        )
    drawing = _strip(await journey_of(customer_id))
    return await page(
        request, "customers/show.html", **context, level=local_level(customer), persons=decoded(customer.persons),
        orders=_dated(decoded(customer.latest_orders)), reminder=_reminder(customer), drawing=drawing,
        drawing_text=journey_description(drawing, _, language=language.get()) if drawing else "",
        permissions=await may_contact(customer_id, now), overdue_days=days_overdue(customer.contact_due_at, now),
        is_overdue=customer.contact_due_at is not None and customer.contact_due_at < now,
    )  # fmt: skip


def _history_href(customer_id: int, kind: TimelineKind | None, cursor: str | None) -> str:
    if cursor is None:
        return ""
    return f"/customers/{customer_id}?" + urlencode(
        {"kind": kind.value, "cursor": cursor} if kind else {"cursor": cursor}
    )


def _history_filters(customer_id: int, kind: TimelineKind | None) -> list[tuple[str, str, bool]]:
    chips = [(_("Everything"), f"/customers/{customer_id}", kind is None)]
    return chips + [
        (word(TIMELINE_KINDS, each), f"/customers/{customer_id}?kind={each.value}", each is kind)
        for each in HISTORY_FILTERS
    ]


def _strip(rows: list[Row]) -> JourneyDrawing | None:
    """The journey of this customer as a strip, if anybody has said or noted how it was."""
    if not any(row.mean is not None or row.staff_mean is not None for row in rows):
        return None
    points = [
        JourneyPoint(
            phase=row.phase, name=row.name, mean=row.mean, n=row.n, volume=row.volume, target=row.target,
            is_moment_of_truth=row.is_moment_of_truth, department=row.department, staff_mean=row.staff_mean,
            position=row.position,
        )
        for row in rows
    ]  # fmt: skip
    width, height = STRIP_SIZE
    return journey_drawing(rows[0].phases, points, width=width, height=height, has_axis=False, alarm=_("key moment"))


def _reminder(customer: Row) -> dict[str, Any] | None:
    found: dict[str, Any] | None = decoded(customer.next_reminder)
    return {**found, "due_at": datetime.fromisoformat(found["due_at"])} if found else None


def _dated(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**order, "ordered_on": datetime.fromisoformat(order["ordered_on"]).date()} for order in orders]


router = Router("", route_handlers=[list_customers, show_customer, *editing.route_handlers])
