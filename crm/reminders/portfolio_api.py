"""The portfolio over the API: somebody's customers by contact rhythm, handing them over, and who stands in."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.lists.columns import reads_of
from crm.customers.lists.finding import find_customers
from crm.customers.lists.portfolio import narrowed, portfolio_figures, portfolio_of
from crm.customers.lists.sorting import SORTS
from crm.database import Row
from crm.errors import Invalid
from crm.reminders.portfolio_handover import (
    cancel_handover,
    demand_successor,
    deputies_changing,
    deputies_of,
    handover,
    handover_preview,
    handovers_of,
    owner_of_handover,
    plan_handover,
    set_deputy_for_all,
)
from crm.reminders.portfolio_pages import person_of
from crm.web.formats import local
from crm.web.i18n import _
from crm.web.parameters import Id, Limit, demand_ids

P = Permission
SOON = timedelta(days=14)


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


class HandoverIn(msgspec.Struct, forbid_unknown_fields=True):
    """`owner_id`: whose customers (yours if left out); `starts_on`: the day, today or earlier at once."""

    to: Id
    owner_id: Id | None = None
    starts_on: date | None = None
    dry_run: bool = False


class HandoverPreviewOut(msgspec.Struct):
    """What would go: customers, open follow-ups about them; with `deputies` of them the colleague stands in by now."""

    customers: int
    reminders: int
    deputies: int


class HandoverOut(msgspec.Struct):
    """`status`: planned, done or cancelled (also when the colleague could not take over any more)."""

    id: int
    owner_id: int
    owner: str
    to_id: int
    to: str
    starts_on: date
    status: str
    customers: int
    reminders: int
    planned_at: datetime
    done_at: datetime | None
    cancelled_at: datetime | None


class DeputyItem(msgspec.Struct):
    deputy_id: int | None
    deputy: str | None
    customers: int


class DeputiesOut(msgspec.Struct):
    items: list[DeputyItem]


class DeputyIn(msgspec.Struct, forbid_unknown_fields=True):
    """Who stands in with all customers; null: nobody."""

    deputy_id: Id | None
    owner_id: Id | None = None
    dry_run: bool = False


class ChangedOut(msgspec.Struct):
    """With how many customers somebody else stands in than before."""

    changed: int


@get("/portfolio", permission=P.CUSTOMERS_VIEW)
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
    if sort not in SORTS or show not in ("", "overdue", "open", "unhappy", "quiet"):
        name, value = ("sort", sort) if sort not in SORTS else ("show", show)
        raise Invalid({name: _("“%(value)s” cannot be understood here.") % {"value": value[:40]}})
    whose = await portfolio_of(request.user, owner_id=owner, team_id=team)
    everybody = whose.wanted(request.user.id)
    found = await find_customers(
        replace(narrowed(everybody, show, now), sort=sort), limit=limit, cursor=cursor or None,
        columns=reads_of(("class", "satisfaction", "revenue", "last_order")),
    )  # fmt: skip
    figures = await portfolio_figures(everybody, now, now + SOON)
    items = [_item(row) for row in found.rows]
    return PortfolioOut(whose.name, whose.owner_id, whose.team_id, whose.stands_in, asdict(figures), items, found.next)


def _item(row: Row) -> PortfolioItem:
    mean = round(float(row.satisfaction_sum) / row.satisfaction_answers, 2) if row.satisfaction_answers else None
    return PortfolioItem(
        row.id, row.number, row.name, row.city, row.status, row.service_level, row.contact_due_at, row.last_contact_at,
        row.open_tickets, row.abc_class or "", mean, str(row.revenue), row.last_order_on,
    )  # fmt: skip


@get("/portfolio/hand-overs", permission=P.CUSTOMERS_EDIT)
async def list_handovers(request: StaffRequest, owner: FromQuery[int | None] = None) -> dict[str, list[HandoverOut]]:
    """The latest hand-overs of one's own customers, for those who assign work anybody's."""
    demand_ids(owner=owner)
    return {"items": [_out(row) for row in await handovers_of((await person_of(request, owner)).id)]}


@post("/portfolio/hand-overs", permission=P.CUSTOMERS_EDIT, status_code=201)
async def hand_over(request: StaffRequest, data: JSONBody[HandoverIn]) -> Response[Any]:
    """Hand a whole portfolio over, at once or from a day on. With `dry_run` 200 and what would go; nothing is changed."""
    now = datetime.now(UTC)
    whose = await person_of(request, data.owner_id)
    if data.dry_run:
        await demand_successor(whose.id, data.to)
        found = await handover_preview(whose.id, data.to)
        return Response(HandoverPreviewOut(found.customers, found.reminders, found.deputies), status_code=200)

    async def do() -> HandoverOut:
        starts_on = data.starts_on or local(now).date()
        made = await plan_handover(whose.id, data.to, starts_on, by=request.user.id, now=now)
        return _out(await handover(made))

    return await created_once(request, do, now=now)


@get("/portfolio/hand-overs/{handover_id:int}", permission=P.CUSTOMERS_EDIT)
async def show_handover(request: StaffRequest, handover_id: FromPath[int]) -> HandoverOut:
    await person_of(request, await owner_of_handover(handover_id))
    return _out(await handover(handover_id))


@post("/portfolio/hand-overs/{handover_id:int}/cancellation", permission=P.CUSTOMERS_EDIT, status_code=200)
async def cancel(request: StaffRequest, handover_id: FromPath[int]) -> HandoverOut:
    """A planned one shall not happen; 422 once it has. A repeat changes nothing."""
    whose = await person_of(request, await owner_of_handover(handover_id))
    await cancel_handover(whose.id, handover_id, by=request.user.id, now=datetime.now(UTC))
    return _out(await handover(handover_id))


@get("/portfolio/deputies", permission=P.CUSTOMERS_EDIT)
async def list_deputies(request: StaffRequest, owner: FromQuery[int | None] = None) -> DeputiesOut:
    """Who stands in with how many customers."""
    demand_ids(owner=owner)
    rows = await deputies_of((await person_of(request, owner)).id)
    return DeputiesOut([DeputyItem(row.id, row.name, row.customers) for row in rows])


@put("/portfolio/deputies", permission=P.CUSTOMERS_EDIT, status_code=200)
async def set_deputies(request: StaffRequest, data: JSONBody[DeputyIn]) -> ChangedOut:
    """The same deputy for all customers of somebody. With `dry_run` nothing is changed; a repeat changes nothing either."""
    whose = await person_of(request, data.owner_id)
    if data.dry_run:
        return ChangedOut(await deputies_changing(whose.id, data.deputy_id, field="deputy_id"))
    changed = await set_deputy_for_all(
        whose.id, data.deputy_id, by=request.user.id, now=datetime.now(UTC), field="deputy_id"
    )
    return ChangedOut(changed)


def _out(row: Row) -> HandoverOut:
    return HandoverOut(
        row.id, row.from_user, row.from_name, row.to_user, row.to_name, row.starts_on, row.status, row.customers, row.reminders,
        row.planned_at, row.done_at, row.cancelled_at,
    )  # fmt: skip


route_handlers = [
    show_portfolio, list_handovers, hand_over, show_handover, cancel, list_deputies, set_deputies,
]  # fmt: skip
