"""Logging a contact from anywhere, and the contact history of the company."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.contact_papers import papers
from crm.customers.lists.finding import Wanted, find_customers
from crm.customers.taking_part import taking_part
from crm.customers.uploads import BODY_LIMIT, refusals_of, uploads_in
from crm.customers.words import CHANNELS, contact_title
from crm.database import Row
from crm.errors import Invalid, NotFound
from crm.files.words import size_text
from crm.improvement.personas.queries import persona_for, segment_of
from crm.interactions import belonging_pages, contact_pages, order_pages, paper_pages, reason_pages
from crm.interactions.actions import NewInteraction
from crm.interactions.belonging import belonging_value, read_belonging, told_at_the_field
from crm.interactions.calls import pages as call_pages
from crm.interactions.events import pages as event_pages
from crm.interactions.followed_guides import guide_beside
from crm.interactions.forms import body_of, parse_contact, parse_result
from crm.interactions.narrowed import narrowed_to
from crm.interactions.observations import pages as observation_pages
from crm.interactions.offering import offered
from crm.interactions.papers import log_with_documents, may_attach
from crm.interactions.queries import Choices, LogForm, choices, contacts, form_again, log_form
from crm.interactions.reasons import contact_reasons
from crm.interactions.results import complete_with_result
from crm.interactions.sensible import proposal
from crm.interactions.tables import Channel
from crm.interactions.words import LEFT_OUT
from crm.reminders.queries import reminder_for
from crm.reminders.words import REPEATS
from crm.web.formats import clock, day, days_begun
from crm.web.forms import Fields
from crm.web.i18n import _, zone
from crm.web.render import fragment, is_fragment, page, see_other

PICKED = 8
PICKED_FOR = (
    "/interactions/fields", "/mails/picked", "/observations/fields", "/orders/fields", "/quotations/fields", "/tickets/fields",
)  # fmt: skip


@get("/interactions", permission=Permission.INTERACTIONS_VIEW)
async def contact_history(request: StaffRequest) -> Response[str]:
    """All contacts of the company, newest first."""
    query = Fields(request.query_params)
    channel = query.one_of("channel", ["", *Channel])
    mine = query.flag("mine")
    event_id = query.reference("event")
    now, persona_id = datetime.now(UTC), query.reference("persona")
    typical = await _typical(persona_id, now) if persona_id is not None else None
    narrowed = await narrowed_to(request.user, query, now, zone.get(), typical)
    query.check()
    found = await contacts(
        channel=channel,
        touchpoint=query.text("touchpoint"),
        reason=query.text("reason"),
        by=request.user.id if mine else None,
        event_id=event_id,
        before=query.text("before"),
        **narrowed.bounds,
    )
    context: dict[str, Any] = {
        "found": found, "channel": channel, "mine": mine, "touchpoint": query.text("touchpoint"), "channels": CHANNELS,
        "reason": query.text("reason"), "title_of": contact_title, "taking_part": taking_part, "papers": papers, "event_id": event_id,
        "narrowed": narrowed,
        "days": days_begun(row.at for row in found.rows),
    }  # fmt: skip
    if is_fragment(request) and query.text("before"):
        return await fragment(request, "interactions/_contacts.html", **context)
    context["reasons"] = await contact_reasons(retired=None)
    return await page(request, "interactions/index.html", **context)


async def _typical(persona_id: int, now: datetime) -> tuple[Row, list[int]]:
    """A persona, and the customers whom it stands for."""
    persona = await persona_for(persona_id)
    return persona, await segment_of(persona, now) or []


@get("/interactions/new", permission=Permission.INTERACTIONS_LOG)
async def new_contact(request: StaffRequest) -> Response[str]:
    """The form, in the dialog or as a page, with sensible values filled in."""
    query = Fields(request.query_params)
    names = ("customer", "person", "ticket", "order", "quotation", "product")
    customer_id, person_id, ticket_id, order_id, quotation_id, product_id = map(query.reference, names)
    query.check()
    form, offers = (
        await log_form(customer_id, ticket_id, order_id, quotation_id, product_id),
        await choices(request.user.id),
    )
    here = replace(form.here, touchpoint=query.text("touchpoint")) if query.text("touchpoint") else form.here
    said = proposal(here, offers.uses, offers.places, offers.reasons)
    values = {
        "channel": said.channel, "direction": said.direction, "touchpoint": said.touchpoint, "phase": said.phase,
        "reason": said.reason, "is_moment_of_truth": "1" if said.is_moment else "",
        "belongs_to": belonging_value(
            {"ticket_id": ticket_id, "order_id": order_id, "quotation_id": quotation_id, "product_id": product_id}
        ),
        "person_id": person_id or form.person_id or form.only_person or "",
    }  # fmt: skip
    return await _form(request, form, values, {}, offers)


async def _form(
    request: StaffRequest, form: LogForm, values: dict[str, Any], errors: dict[str, str], offers: Choices | None = None
) -> Response[str]:
    offers = offers or await choices(request.user.id)
    context: dict[str, Any] = {
        "form": form, "offered": offered(offers, values), "values": values,
        "errors": told_at_the_field(errors), "channels": CHANNELS,
        "guide": await guide_beside(values, form.customer_id), "reasons": LEFT_OUT,
        "may_attach": may_attach(request.user), "largest": size_text(request.app.state.settings.largest_document),
    }  # fmt: skip
    status = 422 if errors else 200
    if is_fragment(request):
        return await fragment(request, "interactions/_form.html", status=status, **context)
    return await page(request, "interactions/new.html", status=status, **context)


@get("/interactions/fields", permission=Permission.INTERACTIONS_LOG)
async def fields_of_customer(request: StaffRequest) -> Response[str]:
    """The customer's part of the form, once one has been picked from the list, or without one the field to search in; the note
    stays where it is, and so does a product that it belongs to."""
    query = Fields(request.query_params)
    customer_id = query.reference("customer_id")
    product_id = read_belonging(query)["product_id"]
    query.check()
    form = await log_form(customer_id, product_id=product_id)
    values = {"belongs_to": belonging_value({"product_id": product_id}), "person_id": form.only_person or ""}
    return await fragment(request, "interactions/_customer_fields.html", form=form, values=values, errors={}, oob=True,
        headers={"hx-trigger": "customer-picked"},
    )  # fmt: skip


@post("/interactions", permission=Permission.INTERACTIONS_LOG, request_max_body_size=BODY_LIMIT)
async def create_contact(request: StaffRequest) -> Response[Any]:
    """Log it: the dialog closes, the history behind it shows the new line, a message says what was saved."""
    now = datetime.now(UTC)
    values = await body_of(request)
    uploads = uploads_in((await request.form()).getall("file", [])) if may_attach(request.user) else []
    largest = request.app.state.settings.largest_document
    try:
        contact = await _read_whole(values, uploads, largest, now)

        named = ""

        async def log() -> str:
            nonlocal named
            logged = await log_with_documents(contact, uploads, largest=largest, by=request.user.id, now=now)
            named = logged.named
            return f"/customers/{logged.customer_id}"

        where = await form_once(request, str(values.get("submission_id", "")), log, now=now)
    except NotFound as gone:  # erased or restricted meanwhile: the text stays, for copying or for another customer
        return await _form(request, await log_form(None), values, {"customer_id": gone.sentence})
    except Invalid as error:
        sent = Fields(values)
        form = await form_again(sent.reference("customer_id"), *read_belonging(sent).values())
        again = {"file": _("Please choose the files once more: a browser does not keep them.")} if uploads else {}
        return await _form(request, form, values, again | error.errors)
    if not is_fragment(request):
        return see_other(request, where)
    is_there = urlsplit(request.headers.get("hx-current-url", "")).path == where
    return await fragment(
        request, "interactions/_saved.html", saved=_saved_sentence(contact.follow_up_at, now, named), where="" if is_there else where,
        headers={"hx-trigger": "close-dialog, history-changed"},
    )  # fmt: skip


async def _read_whole(values: dict[str, Any], uploads: list[UploadFile], largest: int, now: datetime) -> NewInteraction:
    """What was typed and chosen. Raises Invalid with all errors, those of the files too; if there is no other one, attaching looks at
    the files."""
    try:
        return parse_contact(values, now)
    except Invalid as error:
        refusals = await refusals_of(uploads, largest)
        raise Invalid(error.errors | ({"file": " ".join(refusals)} if refusals else {})) from error


def _saved_sentence(follow_up_at: datetime | None, now: datetime, named: str) -> str:
    if follow_up_at is None:
        sentence = _("The contact is saved.")
    else:
        when = {"day": day(follow_up_at, now), "time": clock(follow_up_at)}
        sentence = _("The contact is saved. Follow-up on %(day)s at %(time)s.") % when
    if named:
        sentence += " " + _("It belongs to order %(number)s: its number stands in the text.") % {"number": named}
    return sentence


@get("/customers/pick", permission=Permission.CUSTOMERS_VIEW)
async def pick_customer(request: StaffRequest) -> Response[str]:
    """Customers that match what is typed, to pick one for a form. `target` is where the picked one leads: the form that
    asked, as an address that `customer_id` is added to."""
    query = Fields(request.query_params)
    words = query.text("q", limit=200) or query.text("customer_q", limit=200)
    target = query.one_of("target", PICKED_FOR, PICKED_FOR[0])
    query.check()
    found = (await find_customers(Wanted(q=words), limit=PICKED)).rows if words else []
    return await fragment(request, "interactions/_picked.html", found=found, words=words, target=target)


@get("/reminders/{reminder_id:int}/result", permission=Permission.SIGNED_IN)
async def enter_result(request: StaffRequest, reminder_id: FromPath[int]) -> Response[str]:
    """What came of a follow-up: the form that closes it."""
    return await _result_form(request, reminder_id, {"channel": Channel.PHONE.value}, {})


async def _result_form(
    request: StaffRequest, reminder_id: int, values: dict[str, Any], errors: dict[str, str]
) -> Response[str]:
    reminder = await reminder_for(request.user.id, reminder_id, datetime.now(UTC))
    context: dict[str, Any] = {
        "reminder": reminder, "values": values, "errors": errors, "channels": CHANNELS, "repeats": REPEATS,
        "logs_contact": reminder.customer_name is not None and request.user.may(Permission.INTERACTIONS_LOG),
    }  # fmt: skip
    status = 422 if errors else 200
    if is_fragment(request):
        return await fragment(request, "interactions/_result_form.html", status=status, **context)
    return await page(request, "interactions/result.html", status=status, **context)


@post("/reminders/{reminder_id:int}/result", permission=Permission.SIGNED_IN)
async def create_result(request: StaffRequest, reminder_id: FromPath[int]) -> Response[Any]:
    """Done with a result; one goes back to the list one came from."""
    now = datetime.now(UTC)
    values = dict(await request.form())
    back = urlsplit(request.headers.get("hx-current-url", "")).path
    try:
        result = parse_result(values, logs_contact=request.user.may(Permission.INTERACTIONS_LOG))

        async def complete() -> str:
            await complete_with_result(reminder_id, result, by=request.user.id, now=now)
            return "/" if back == "/" else "/reminders?done=result"

        where = await form_once(request, str(values.get("submission_id", "")), complete, now=now)
    except Invalid as error:
        return await _result_form(request, reminder_id, values, error.errors)
    return see_other(request, where)


router = Router(
    "",
    route_handlers=[
        contact_history, new_contact, fields_of_customer, create_contact, pick_customer, enter_result, create_result,
        *belonging_pages.route_handlers, *contact_pages.route_handlers, *paper_pages.route_handlers, *order_pages.route_handlers,
        *event_pages.route_handlers,
        *reason_pages.route_handlers, *observation_pages.route_handlers,
        *call_pages.route_handlers,
    ],
)  # fmt: skip
