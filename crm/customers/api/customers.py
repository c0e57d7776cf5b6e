"""Customers over the API: the same actions as the pages, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers import forms
from crm.customers.actions import create_customer
from crm.customers.bodies import customer_answer, fields_of, team_by_name, typed, version_of
from crm.customers.history import history_of
from crm.customers.history_filters import history_wanted
from crm.customers.queries import customer_for, sees_restricted, service_level_codes
from crm.customers.shapes import (
    CreatedOut,
    CustomerIn,
    CustomerOut,
    CustomerPatch,
    HistoryItem,
    HistoryPage,
)
from crm.customers.tables import CustomerKind
from crm.database import transaction
from crm.tickets.changing import change_customer_and_promises
from crm.web.forms import Fields
from crm.web.i18n import _, zone
from crm.web.parameters import Limit


@post("/customers", permission=Permission.CUSTOMERS_EDIT, status_code=201)
async def create_one(request: StaffRequest, data: JSONBody[CustomerIn]) -> Response[bytes]:
    """Create a customer. `person_id` comes back for a private person, and for an organisation sent with a person's name."""
    now = datetime.now(UTC)

    async def do() -> CreatedOut:
        fields = fields_of(data)
        await team_by_name(fields)
        if not fields.text("kind"):
            fields.error("kind", _("Please choose one of the options."))
        new = forms.new_customer(fields, await service_level_codes())
        created = await create_customer(new, by=request.user.id, now=now)
        return CreatedOut(created.customer_id, created.person_id)

    return await created_once(request, do, now=now)


@get("/customers/{customer_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_one(request: StaffRequest, customer_id: FromPath[int]) -> Response[CustomerOut]:
    """One customer. The ETag is the version that If-Match takes."""
    return customer_answer(await customer_for(request.user, customer_id))


@patch("/customers/{customer_id:int}", permission=Permission.CUSTOMERS_EDIT)
async def change_one(
    request: StaffRequest, customer_id: FromPath[int], data: JSONBody[CustomerPatch]
) -> Response[CustomerOut]:
    """Change what is sent. 409 with both versions if somebody else saved since `version` (or If-Match)."""
    customer = await customer_for(request.user, customer_id)
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    version = sent.pop("version")
    fields = Fields(typed(sent))
    if await team_by_name(fields):
        sent["team_id"] = fields.values["team_id"]
    region = fields.text("country").upper() or customer.country
    changes = forms.customer_changes(
        fields, CustomerKind(customer.kind), await service_level_codes(), only=sent, region=region
    )
    fields.check()
    async with transaction():
        await change_customer_and_promises(
            customer_id, changes, version_of(request, version), by=request.user.id, now=datetime.now(UTC)
        )
        return customer_answer(await customer_for(request.user, customer_id))


@get("/customers/{customer_id:int}/history", permission=Permission.CUSTOMERS_VIEW)
async def show_history(
    request: StaffRequest,
    customer_id: FromPath[int],
    limit: Limit = 50,
    cursor: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    phase: FromQuery[str] = "",
    person: FromQuery[str] = "",
    q: FromQuery[str] = "",
    day: FromQuery[str] = "",
) -> HistoryPage:
    """The contact history, newest first: contacts, enquiries, orders, consents, survey answers, changes, and what the persons of an
    organisation did elsewhere. Only of a kind, a channel, a phase (its code), a person (the id), with the words of `q`, up to a `day`."""
    await customer_for(request.user, customer_id)
    asked = {"kind": kind, "channel": channel, "phase": phase, "person": person, "q": q, "day": day}
    wanted = history_wanted(asked, datetime.now(UTC), zone.get()).checked()
    history = await history_of(
        customer_id, wanted=wanted, before=cursor or None, limit=limit, restricted=sees_restricted(request.user)
    )
    return HistoryPage(
        [HistoryItem(e.kind, e.at, e.id, e.summary, e.detail, e.customer_id) for e in history.entries], history.next
    )


route_handlers = [create_one, show_one, change_one, show_history]
