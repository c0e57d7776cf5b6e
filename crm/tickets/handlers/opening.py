"""A new enquiry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.uploads import BODY_LIMIT, uploads_in
from crm.customers.words import CHANNELS
from crm.database import decoded, transaction
from crm.errors import Forbidden, Invalid, NotFound
from crm.service_levels.words import PRIORITIES
from crm.tickets.chats.keeping import open_chat
from crm.tickets.chats.previewing import Preview, preview_of
from crm.tickets.enclosing import attach_to, enclose
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


async def _form(
    request: StaffRequest, values: Mapping[str, Any], errors: Mapping[str, str], preview: Preview | None = None
) -> Response[str]:
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
        "may_add": request.user.may(Permission.CUSTOMERS_EDIT), "chat": preview,
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


@post("/tickets", permission=Permission.TICKETS_WORK, status_code=303, request_max_body_size=BODY_LIMIT)
async def create_ticket(request: StaffRequest) -> Response[Any]:
    """Open it, and show where it went and why. A chat is shown as it will be kept first."""
    now = datetime.now(UTC)
    values, ticked, uploads = await _body(request)
    largest = request.app.state.settings.largest_document
    preview = None
    again = {"file": _("Please choose the files once more: a browser does not keep them.")} if uploads else {}
    try:
        new = parse_new(values)
        preview = await preview_of(new, values, ticked, now)
        if preview is not None and not preview.is_seen:
            return await _form(request, values, again, preview)

        async def do() -> str:
            async with transaction():
                files = await attach_to(new.customer_id, uploads, largest=largest, by=request.user.id, now=now)
                opened = (
                    await open_ticket(new, by=request.user.id, now=now)
                    if preview is None
                    else await open_chat(new, preview.talk, by=request.user.id, now=now)
                )
                await enclose(opened.message_id, files)
                if earlier := Fields(values).reference("continues"):
                    await go_on_from(opened.id, earlier)
            return f"/tickets/{opened.id}?done=opened"

        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _form(request, values, {**again, **error.errors}, preview)
    except NotFound as error:
        return await _form(request, values | {"customer_id": ""}, {**again, "customer_id": error.sentence})
    return see_other(request, where)


async def _body(request: StaffRequest) -> tuple[dict[str, Any], list[str], list[UploadFile]]:
    """The form's fields, who in a chat is the customer, and the files that were chosen. Raises Forbidden for files of somebody who may
    not add documents."""
    body = await request.form()
    uploads = uploads_in(body.getall("file", []))
    if uploads and not request.user.may(Permission.CUSTOMERS_EDIT):
        raise Forbidden(_("Your role may not add documents to customers."))
    ticked = [value for value in body.getall("chat_customer", []) if isinstance(value, str)]
    return {name: value for name, value in body.items() if isinstance(value, str)}, ticked, uploads


handlers = [new_ticket, fields_of_customer, create_ticket]
