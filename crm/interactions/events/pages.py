"""Pages of events: the list, one with its contacts and the form for the next customer, a new prospect, making and changing one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.contact_papers import papers
from crm.customers.tables import CustomerKind
from crm.customers.taking_part import taking_part
from crm.customers.words import CHANNELS, contact_title
from crm.database import Row
from crm.errors import Conflict, Invalid, NotFound
from crm.interactions.belonging import read_belonging
from crm.interactions.events.forms import EVENT_CHANNELS, parse_event, parse_prospect
from crm.interactions.events.holding import change_event, create_event, delete_event, log_prospect, log_talk
from crm.interactions.events.listing import event_for, events
from crm.interactions.events.when import moment_of
from crm.interactions.forms import body_of, parse_contact
from crm.interactions.queries import contacts, form_again, touchpoint_choices
from crm.web.formats import day, days_begun, local, short_date
from crm.web.forms import Fields
from crm.web.i18n import N_, _, word, zone
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission
DONE = {
    "created": N_("The event is there. Now add the customers whom you met."),
    "changed": N_("The event is changed."),
    "logged": N_("The contact is saved in the customer's history. Who is next?"),
    "prospect": N_("The new prospect and the contact are saved. Who is next?"),
    "deleted": N_("The event is deleted."),
}


def days_text(event: Row) -> str:
    """ "23 Nov 2026", or the first and the last day."""
    first = short_date(event.held_on)
    return f"{first} – {short_date(event.ends_on)}" if event.ends_on else first


@get("/events", permission=P.INTERACTIONS_VIEW)
async def list_events(request: StaffRequest) -> Response[str]:
    """All events, the latest first."""
    rows, following = await events(request.query_params.get("before") or None)
    context: dict[str, Any] = {
        "rows": rows,
        "next": following,
        "days_text": days_text,
        "channels": CHANNELS,
        "word": word,
    }
    if is_fragment(request) and request.query_params.get("before"):
        return await fragment(request, "events/_rows.html", **context)
    return await page(request, "events/index.html", flashes=flashes(request, DONE), **context)


@get("/events/new", permission=P.INTERACTIONS_LOG)
async def new_event(request: StaffRequest) -> Response[str]:
    values = {"held_on": f"{local(datetime.now(UTC)):%Y-%m-%d}", "channel": "fair", "touchpoint": "fair"}
    return await _event_form(request, None, values, {})


@post("/events", permission=P.INTERACTIONS_LOG, status_code=303)
async def make_event(request: StaffRequest) -> Response[Any]:
    now, values = datetime.now(UTC), dict(await request.form())
    try:
        data, _version = parse_event(values)

        async def do() -> str:
            return f"/events/{await create_event(data, by=request.user.id, now=now)}?done=created"

        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _event_form(request, None, values, error.errors)
    return see_other(request, where)


@get("/events/{event_id:int}/edit", permission=P.INTERACTIONS_LOG)
async def edit_event(request: StaffRequest, event_id: FromPath[int]) -> Response[str]:
    event = await event_for(event_id)
    values = {
        "name": event.name, "held_on": event.held_on.isoformat(), "ends_on": event.ends_on.isoformat() if event.ends_on else "",
        "channel": event.channel, "touchpoint": event.touchpoint, "version": event.version,
    }  # fmt: skip
    return await _event_form(request, event, values, {})


@post("/events/{event_id:int}", permission=P.INTERACTIONS_LOG, status_code=303)
async def save_event(request: StaffRequest, event_id: FromPath[int]) -> Response[Any]:
    event, values = await event_for(event_id), dict(await request.form())
    try:
        data, version = parse_event(values)
        await change_event(event_id, data, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _event_form(request, event, values, error.errors)
    except Conflict as conflict:
        saved = _("Meanwhile it is called “%(name)s”. Send yours again if it shall stand.") % {"name": event.name}
        errors = {"": f"{conflict.sentence} {saved}"}
        return await _event_form(request, event, {**values, "version": conflict.version}, errors, status=409)
    return see_other(request, f"/events/{event_id}?done=changed")


@post("/events/{event_id:int}/deletion", permission=P.INTERACTIONS_LOG, status_code=303)
async def remove_event(request: StaffRequest, event_id: FromPath[int]) -> Response[Any]:
    """Take away an event in which nothing was logged."""
    await delete_event(event_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/events?done=deleted")


async def _event_form(
    request: StaffRequest, event: Row | None, values: Mapping[str, Any], errors: dict[str, str], status: int = 422
) -> Response[str]:
    return await page(
        request, "events/form.html", status=status if errors else 200, event=event, values=values, errors=errors,
        touchpoints=await touchpoint_choices(), channels=[(code.value, word(CHANNELS, code)) for code in EVENT_CHANNELS],
    )  # fmt: skip


@get("/events/{event_id:int}", permission=P.INTERACTIONS_VIEW)
async def show_event(request: StaffRequest, event_id: FromPath[int]) -> Response[str]:
    """The event, who was met there, and the form for the next one."""
    query = Fields(request.query_params)
    customer_id = query.reference("customer")
    query.check()
    return await _show(request, await event_for(event_id), {"customer_id": customer_id or ""}, {})


async def _show(request: StaffRequest, event: Row, values: Mapping[str, Any], errors: dict[str, str]) -> Response[str]:
    found = await contacts(event_id=event.id)
    begun, form, sent = _has_begun(event) or bool(errors), None, Fields(values)
    if begun and request.user.may(P.INTERACTIONS_LOG):
        form = await form_again(sent.reference("customer_id"), *read_belonging(sent).values())
        values = {"person_id": form.only_person or "", **values}
    return await page(
        request, "events/show.html", status=422 if errors else 200, event=event, found=found, values=values, errors=errors,
        form=form, days_text=days_text, channels=CHANNELS, word=word,
        days=days_begun(row.at for row in found.rows), title_of=contact_title,
        channel="", mine=False, touchpoint="", reason="", event_id=event.id, taking_part=taking_part, papers=papers,
        has_begun=begun, begins=day(event.held_on), flashes=flashes(request, DONE),
    )  # fmt: skip


def _has_begun(event: Row) -> bool:
    return moment_of(event.held_on, event.ends_on, datetime.now(UTC), zone.get()) is not None


@post("/events/{event_id:int}/contacts", permission=P.INTERACTIONS_LOG, status_code=303)
async def add_talk(request: StaffRequest, event_id: FromPath[int]) -> Response[Any]:
    """One more customer who was met at the event."""
    now, event, values = datetime.now(UTC), await event_for(event_id), await body_of(request)
    try:
        talk = parse_contact(values, now)

        async def do() -> str:
            await log_talk(event_id, talk, by=request.user.id, now=now)
            return f"/events/{event_id}?done=logged"

        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except NotFound as gone:  # erased or restricted meanwhile: the text stays, for copying or for another customer
        return await _show(request, event, {**values, "customer_id": ""}, {"customer_id": gone.sentence})
    except Invalid as error:
        return await _show(request, event, values, error.errors)
    return see_other(request, where)


@get("/events/{event_id:int}/prospects/new", permission=P.CUSTOMERS_EDIT)
async def new_prospect(request: StaffRequest, event_id: FromPath[int]) -> Response[str]:
    return await _prospect_form(request, await event_for(event_id), {"kind": CustomerKind.ORGANISATION.value}, {})


@post("/events/{event_id:int}/prospects", permission=P.CUSTOMERS_EDIT, status_code=303)
async def add_prospect(request: StaffRequest, event_id: FromPath[int]) -> Response[Any]:
    """A new customer who was met at the event, with what was said."""
    now, event, values = datetime.now(UTC), await event_for(event_id), await body_of(request)
    try:
        prospect, talk = parse_prospect(values, now, event=event)

        async def do() -> str:
            await log_prospect(event_id, prospect, talk, by=request.user.id, now=now)
            return f"/events/{event_id}?done=prospect"

        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _prospect_form(request, event, values, error.errors)
    return see_other(request, where)


async def _prospect_form(
    request: StaffRequest, event: Row, values: Mapping[str, Any], errors: dict[str, str]
) -> Response[str]:
    return await page(
        request, "events/prospect.html", status=422 if errors else 200, event=event, values=values, errors=errors,
        has_begun=_has_begun(event) or bool(errors), begins=day(event.held_on),
    )  # fmt: skip


route_handlers = [
    list_events, new_event, make_event, edit_event, save_event, remove_event, show_event, add_talk, new_prospect, add_prospect,
]  # fmt: skip
