"""The portfolio over the API: somebody's customers by contact rhythm, and how they stand."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.lists.columns import reads_of
from crm.customers.lists.finding import find_customers
from crm.customers.lists.portfolio import NARROWED, narrowed, portfolio_figures, portfolio_of
from crm.customers.lists.sorting import SORTS
from crm.database import Row
from crm.errors import Invalid
from crm.web.i18n import _
from crm.web.parameters import Limit, demand_ids


class PortfolioItem(msgspec.Struct):
    """A customer of the portfolio. `satisfaction` is the mean of their own answers (1-5); `abc_class` is empty for who has no
    orders or may not be scored."""

    id: int
    number: str
    name: str
    city: str | None
    status: str
    service_level: str
    contact_due_at: datetime | None
    last_contact_at: datetime | None
    open_tickets: int
    abc_class: str
    satisfaction: float | None
    revenue: str
    last_order_on: date | None


class PortfolioOut(msgspec.Struct):
    """`stands_in`: these are only the customers with whom you stand in."""

    name: str
    owner_id: int | None
    team_id: int | None
    stands_in: bool
    figures: dict[str, int]
    items: list[PortfolioItem]
    next: str | None


@get("/portfolio", permission=Permission.CUSTOMERS_VIEW)
async def show_portfolio(
    request: StaffRequest,
    owner: Annotated[int | None, QueryParameter(description="whose; one's own if left out")] = None,
    team: FromQuery[int | None] = None,
    show: Annotated[str, QueryParameter(description="`overdue`, `open`, `unhappy` or `quiet`")] = "",
    sort: Annotated[str, QueryParameter(description="as of the list of customers; `due` if left out")] = "due",
    limit: Limit = 50,
    cursor: FromQuery[str] = "",
) -> PortfolioOut:
    """Somebody's customers, the longest overdue first, and how the portfolio stands."""
    now = datetime.now(UTC)
    demand_ids(owner=owner, team=team)
    if sort not in SORTS or show not in ("", *NARROWED):
        name, value = ("sort", sort) if sort not in SORTS else ("show", show)
        raise Invalid({name: _("“%(value)s” cannot be understood here.") % {"value": value[:40]}})
    whose = await portfolio_of(request.user, owner_id=owner, team_id=team)
    everybody = whose.wanted(request.user.id)
    found = await find_customers(
        replace(narrowed(everybody, show, now), sort=sort), limit=limit, cursor=cursor or None,
        columns=reads_of(("class", "satisfaction", "revenue", "last_order")),
    )  # fmt: skip
    figures = await portfolio_figures(everybody, now)
    items = [_item(row) for row in found.rows]
    return PortfolioOut(whose.name, whose.owner_id, whose.team_id, whose.stands_in, asdict(figures), items, found.next)


def _item(row: Row) -> PortfolioItem:
    mean = round(float(row.satisfaction_sum) / row.satisfaction_answers, 2) if row.satisfaction_answers else None
    return PortfolioItem(
        row.id, row.number, row.name, row.city, row.status, row.service_level, row.contact_due_at, row.last_contact_at,
        row.open_tickets, row.abc_class or "", mean, str(row.revenue), row.last_order_on,
    )  # fmt: skip


route_handlers = [show_portfolio]
