"""Portfolios over the API: handing somebody's customers over, and who stands in. The portfolio itself is in crm.customers.api."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.reminders.portfolio_handover import (
    cancel_handover,
    demand_successor,
    deputies_changing,
    deputies_of,
    handover,
    handover_preview,
    handovers_of,
    owner_of_handover,
    person_of,
    plan_handover,
    set_deputy_for_all,
)
from crm.web.formats import local
from crm.web.parameters import Id, demand_ids

P = Permission


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


@get("/portfolio/hand-overs", permission=P.CUSTOMERS_EDIT)
async def list_handovers(request: StaffRequest, owner: FromQuery[int | None] = None) -> dict[str, list[HandoverOut]]:
    """The latest hand-overs of one's own customers, for those who assign work anybody's."""
    demand_ids(owner=owner)
    return {"items": [_out(row) for row in await handovers_of((await person_of(request.user, owner)).id)]}


@post("/portfolio/hand-overs", permission=P.CUSTOMERS_EDIT, status_code=201)
async def hand_over(request: StaffRequest, data: JSONBody[HandoverIn]) -> Response[Any]:
    """Hand a whole portfolio over, at once or from a day on. With `dry_run` 200 and what would go; nothing is changed."""
    now = datetime.now(UTC)
    whose = await person_of(request.user, data.owner_id)
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
    await person_of(request.user, await owner_of_handover(handover_id))
    return _out(await handover(handover_id))


@post("/portfolio/hand-overs/{handover_id:int}/cancellation", permission=P.CUSTOMERS_EDIT, status_code=200)
async def cancel(request: StaffRequest, handover_id: FromPath[int]) -> HandoverOut:
    """A planned one shall not happen; 422 once it has. A repeat changes nothing."""
    whose = await person_of(request.user, await owner_of_handover(handover_id))
    await cancel_handover(whose.id, handover_id, by=request.user.id, now=datetime.now(UTC))
    return _out(await handover(handover_id))


@get("/portfolio/deputies", permission=P.CUSTOMERS_EDIT)
async def list_deputies(request: StaffRequest, owner: FromQuery[int | None] = None) -> DeputiesOut:
    """Who stands in with how many customers."""
    demand_ids(owner=owner)
    rows = await deputies_of((await person_of(request.user, owner)).id)
    return DeputiesOut([DeputyItem(row.id, row.name, row.customers) for row in rows])


@put("/portfolio/deputies", permission=P.CUSTOMERS_EDIT, status_code=200)
async def set_deputies(request: StaffRequest, data: JSONBody[DeputyIn]) -> ChangedOut:
    """The same deputy for all customers of somebody. With `dry_run` nothing is changed; a repeat changes nothing either."""
    whose = await person_of(request.user, data.owner_id)
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


route_handlers = [list_handovers, hand_over, show_handover, cancel, list_deputies, set_deputies]
