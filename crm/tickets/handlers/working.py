"""What is done with an enquiry: assign, escalate, wait, correct, solve, reopen. Each form opens in the dialog, and is a
page of its own under the same address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, delete, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.products.queries import offered_products
from crm.database import Row
from crm.errors import Conflict, Invalid, RuleBroken
from crm.service_levels.words import PRIORITIES
from crm.tickets.changing import change_ticket
from crm.tickets.closing import close_ticket, reopen_ticket
from crm.tickets.escalating import escalate
from crm.tickets.forms import parse_facts, parse_status
from crm.tickets.product_links import likely_product
from crm.tickets.queries import products_around, staff_for, ticket_for, topics, visible_ticket, workers
from crm.tickets.statuses import set_status
from crm.tickets.transferring import transfer_ticket
from crm.tickets.words import CAUSES, KINDS
from crm.web.forms import NOTE_LIMIT, Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import fragment, is_fragment, page, see_other

TITLES = {
    "assign": N_("Assign the enquiry"), "escalate": N_("Give it to a higher level"), "status": N_("Wait or put back"),
    "edit": N_("Correct the enquiry"), "close": N_("Mark as solved"), "inbound": N_("Add what the customer said"),
    "order": N_("Which order is it about?"), "product": N_("Which product is it about?"),
    "forward": N_("Forward"), "merge": N_("Merge the enquiry"), "link": N_("Link the enquiry"),
    "give_back": N_("Give it back to a lower level"),
}  # fmt: skip


async def ticket_form(
    request: StaffRequest, name: str, ticket: Row, values: Mapping[str, Any], *, errors: Mapping[str, str] | None = None,
    status: int = 200, conflict: Conflict | None = None, **context: Any,
) -> Response[str]:  # fmt: skip
    whole = {
        "ticket": ticket, "values": values, "errors": errors or {}, "heading": _(TITLES[name]), "form_template": f"tickets/_{name}.html",
        "conflict": conflict, **context,
    }  # fmt: skip
    if is_fragment(request):
        return await fragment(request, "tickets/_dialog.html", status=422 if status == 409 else status, **whole)
    return await page(request, "tickets/form.html", status=status, **whole)


def problems(error: Invalid | RuleBroken) -> Mapping[str, str]:
    """Its sentences by field, those of no single field under ""."""
    return error.errors if isinstance(error, Invalid) else {"": error.sentence}


def gone(request: StaffRequest, ticket_id: int, done: str) -> Response[Any]:
    return see_other(request, f"/tickets/{ticket_id}?done={done}")


@get("/tickets/{ticket_id:int}/messages/new", permission=Permission.TICKETS_WORK)
async def new_message(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    return await ticket_form(request, "inbound", await visible_ticket(request.user, ticket_id), {})


@get("/tickets/{ticket_id:int}/escalations/new", permission=Permission.TICKETS_WORK)
async def new_escalation(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    return await ticket_form(request, "escalate", await visible_ticket(request.user, ticket_id), {})


@post("/tickets/{ticket_id:int}/escalations", permission=Permission.TICKETS_WORK, status_code=303)
async def give_up(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    ticket = await visible_ticket(request.user, ticket_id)
    fields = Fields(dict(await request.form()))
    try:
        tried = fields.text("tried", limit=NOTE_LIMIT, many_lines=True)
        fields.check()
        wish = fields.flag("wants_training")
        await escalate(ticket_id, tried, by=request.user.id, now=datetime.now(UTC), wants_training=wish)
    except (Invalid, RuleBroken) as error:
        return await ticket_form(request, "escalate", ticket, fields.values, errors=problems(error), status=422)
    return gone(request, ticket_id, "escalated")


@get("/tickets/{ticket_id:int}/closure/new", permission=Permission.TICKETS_WORK)
async def new_closure(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    ticket = await visible_ticket(request.user, ticket_id)
    values = {"product_id": await likely_product(ticket_id) or ""}
    return await ticket_form(request, "close", ticket, values, **await _closing(ticket_id))


@post("/tickets/{ticket_id:int}/closure", permission=Permission.TICKETS_WORK, status_code=303)
async def close(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    ticket = await visible_ticket(request.user, ticket_id)
    fields = Fields(dict(await request.form()))
    try:
        cause, product = fields.text("cause", limit=40), fields.text("product", limit=200)
        product_id = fields.reference("product_id")
        fields.check()
        await close_ticket(
            ticket_id, cause, product=product, product_id=product_id, by=request.user.id, now=datetime.now(UTC)
        )
    except (Invalid, RuleBroken) as error:
        return await ticket_form(
            request, "close", ticket, fields.values, errors=problems(error), status=422, **await _closing(ticket_id)
        )
    return gone(request, ticket_id, "closed")


async def _closing(ticket_id: int) -> dict[str, Any]:
    """The causes, and the products to choose from: the customer's with one click, any other by its number or name."""
    products = [(str(row.id), local_name(row), row.code) for row in await products_around(ticket_id)]
    known = [(row.code, local_name(row)) for row in await offered_products()]
    return {"causes": [(code, _(name)) for code, name in CAUSES.items()], "products": products, "known_products": known}


async def _reopen(request: StaffRequest, ticket_id: int) -> Response[Any]:
    await visible_ticket(request.user, ticket_id)
    await reopen_ticket(ticket_id, by=request.user.id, now=datetime.now(UTC))
    return gone(request, ticket_id, "reopened")


@delete("/tickets/{ticket_id:int}/closure", permission=Permission.TICKETS_WORK, status_code=303)
async def reopen(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    return await _reopen(request, ticket_id)


@post("/tickets/{ticket_id:int}/reopening", permission=Permission.TICKETS_WORK, status_code=303)
async def reopen_by_form(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """The same for a plain form, which cannot say DELETE."""
    return await _reopen(request, ticket_id)


@get("/tickets/{ticket_id:int}/assignment/edit", permission=Permission.TICKETS_WORK)
async def edit_assignment(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    ticket = await ticket_for(request.user, ticket_id)
    return await ticket_form(
        request, "assign", ticket, {"assignee_id": ticket.assignee or ""}, people=await _people(ticket)
    )


async def _people(ticket: Row) -> list[tuple[str, str]]:
    """Whom to hand it to: those who suit best first, with level and load in words."""
    people = []
    for row in workers(await staff_for(ticket.topic)):
        facts = [row.name]
        facts.append(_("level %(level)s") % {"level": row.level} if row.level else _("doesn't handle this topic"))
        if row.capacity is not None:
            facts.append(_("%(load)s of %(capacity)s") % {"load": row.load, "capacity": row.capacity})
        people.append((str(row.id), " · ".join(facts)))
    return people


@post("/tickets/{ticket_id:int}/assignment", permission=Permission.TICKETS_WORK, status_code=303)
async def assign(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    """Hand it over, or take it: without an assignee in the form it becomes one's own."""
    ticket = await ticket_for(request.user, ticket_id)
    fields = Fields(dict(await request.form()))
    try:
        user_id = fields.reference("assignee_id")
        note = fields.text("note", limit=NOTE_LIMIT, many_lines=True)
        fields.check()
        await transfer_ticket(ticket_id, user_id or request.user.id, note, by=request.user.id, now=datetime.now(UTC))
    except (Invalid, RuleBroken) as error:
        people = await _people(ticket)
        return await ticket_form(
            request, "assign", ticket, fields.values, errors=problems(error), status=422, people=people
        )
    return gone(request, ticket_id, "assigned")


@get("/tickets/{ticket_id:int}/status/edit", permission=Permission.TICKETS_WORK)
async def edit_status(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    return await ticket_form(request, "status", await visible_ticket(request.user, ticket_id), {"status": "waiting"})


@post("/tickets/{ticket_id:int}/status", permission=Permission.TICKETS_WORK, status_code=303)
async def save_status(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    ticket = await visible_ticket(request.user, ticket_id)
    values = dict(await request.form())
    now = datetime.now(UTC)
    try:
        status, until = parse_status(values, now)
        await set_status(ticket_id, status, by=request.user.id, now=now, until=until)
    except (Invalid, RuleBroken) as error:
        return await ticket_form(request, "status", ticket, values, errors=problems(error), status=422)
    return gone(request, ticket_id, "status")


async def _choices() -> dict[str, Any]:
    return {
        "topics": [(row.code, local_name(row)) for row in await topics()],
        "kinds": [(code, _(name)) for code, name in KINDS.items()],
        "priorities": [(code, _(name)) for code, name in PRIORITIES.items()],
    }


@get("/tickets/{ticket_id:int}/edit", permission=Permission.TICKETS_WORK)
async def edit_ticket(request: StaffRequest, ticket_id: FromPath[int]) -> Response[str]:
    ticket = await ticket_for(request.user, ticket_id)
    values = {
        "subject": ticket.subject, "topic": ticket.topic_code, "kind": ticket.kind, "priority": ticket.priority,
        "is_moment_of_truth": "1" if ticket.is_moment_of_truth else "", "version": ticket.version,
    }  # fmt: skip
    return await ticket_form(request, "edit", ticket, values, **await _choices())


@post("/tickets/{ticket_id:int}", permission=Permission.TICKETS_WORK, status_code=303)
async def save_ticket(request: StaffRequest, ticket_id: FromPath[int]) -> Response[Any]:
    ticket = await visible_ticket(request.user, ticket_id)
    values = dict(await request.form())
    try:
        facts, version = parse_facts(values)
        await change_ticket(ticket_id, facts, version, by=request.user.id, now=datetime.now(UTC))
    except (Invalid, RuleBroken) as error:
        return await ticket_form(
            request, "edit", ticket, values, errors=problems(error), status=422, **await _choices()
        )
    except Conflict as conflict:
        newer = values | {"version": conflict.version}
        return await ticket_form(request, "edit", ticket, newer, status=409, conflict=conflict, **await _choices())
    return gone(request, ticket_id, "changed")


handlers = [
    new_message, new_escalation, give_up, new_closure, close, reopen, reopen_by_form, edit_assignment, assign, edit_status,
    save_status, edit_ticket, save_ticket,
]  # fmt: skip
