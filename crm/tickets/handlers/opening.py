"""A new enquiry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.words import CHANNELS
from crm.database import decoded, transaction
from crm.errors import Invalid, NotFound
from crm.service_levels.words import PRIORITIES
from crm.tickets.forms import parse_new
from crm.tickets.linking import go_on_from
from crm.tickets.opening import open_ticket
from crm.tickets.queries import customer_to_ask_for, topics
from crm.tickets.words import KINDS
from crm.web.forms import Fields
from crm.web.i18n import _, local_name
from crm.web.render import fragment, page, see_other


async def _customer(request: StaffRequest, customer_id: int | None) -> dict[str, Any]:
    if customer_id is None:
        return {"customer": None, "persons": []}
    customer = await customer_to_ask_for(request.user, customer_id)
    return {"customer": customer, "persons": decoded(customer.persons)}


async def _form(request: StaffRequest, values: Mapping[str, Any], errors: Mapping[str, str]) -> Response[str]:
    try:
        chosen = await _customer(request, Fields(values).reference("customer_id"))
    except NotFound:
        if not errors:
            raise
        chosen = {"customer": None, "persons": []}
    context: dict[str, Any] = {
        "values": values, "errors": errors, "topics": [(row.code, local_name(row)) for row in await topics()],
        "priorities": [(code, _(name)) for code, name in PRIORITIES.items()],
        "kinds": [(code, _(name)) for code, name in KINDS.items()],
        "channels": [(code, _(name)) for code, name in CHANNELS.items()],
    }  # fmt: skip
    return await page(request, "tickets/new.html", status=422 if errors else 200, **context, **chosen)


@get("/tickets/new", permission=Permission.TICKETS_WORK)
async def new_ticket(request: StaffRequest) -> Response[str]:
    """The form; `customer` names for whom, else one is picked by typing."""
    query = Fields(request.query_params)
    values = {
        "customer_id": query.reference("customer") or "",
        "person_id": query.reference("person") or "",
        "continues": query.reference("continues") or "",
    }
    query.check()
    return await _form(request, values, {})


@get("/tickets/fields", permission=Permission.TICKETS_WORK)
async def fields_of_customer(request: StaffRequest) -> Response[str]:
    """The customer's part of the form, once one has been picked from the list."""
    query = Fields(request.query_params)
    customer_id = query.reference("customer_id", required=True)
    query.check()
    return await fragment(
        request, "tickets/_customer_fields.html", values={}, errors={}, **await _customer(request, customer_id)
    )


@post("/tickets", permission=Permission.TICKETS_WORK, status_code=303)
async def create_ticket(request: StaffRequest) -> Response[Any]:
    """Open it, and show where it went and why."""
    now = datetime.now(UTC)
    values = dict(await request.form())
    try:
        new = parse_new(values)

        async def do() -> str:
            async with transaction():
                opened = await open_ticket(new, by=request.user.id, now=now)
                if earlier := Fields(values).reference("continues"):
                    await go_on_from(opened.id, earlier)
            return f"/tickets/{opened.id}?done=opened"

        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _form(request, values, error.errors)
    except NotFound as error:
        return await _form(request, values | {"customer_id": ""}, {"customer_id": error.sentence})
    return see_other(request, where)


handlers = [new_ticket, fields_of_customer, create_ticket]
