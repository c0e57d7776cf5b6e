"""Observations: the list, the form, linking one to a customer, and making an enquiry of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.words import CHANNELS
from crm.database import Row
from crm.errors import Conflict, Invalid, NotFound
from crm.interactions.contact import contact_for
from crm.interactions.correcting import demand_change
from crm.interactions.observations.forms import (
    parse_concern,
    parse_link,
    parse_observation,
    parse_observation_correction,
)
from crm.interactions.observations.kinds import OBSERVED
from crm.interactions.observations.linking import link_observation, open_enquiry_from, unlink_observation
from crm.interactions.observations.listing import STATES, Seen, observation_of, observations, sources
from crm.interactions.observations.observing import correct_observation, log_observation
from crm.interactions.observations.words import shown_source, text_of
from crm.interactions.queries import form_again, log_form, touchpoint_choices
from crm.tickets.queries import topics
from crm.tickets.words import KINDS
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import N_, _, language, local_name
from crm.web.render import flashes, fragment, is_fragment, page, see_other

DONE = {
    "logged": N_("The observation is kept."),
    "linked": N_("The observation is linked and stands in the customer's history."),
    "unlinked": N_("The link is taken back. The observation is open again."),
}
BAD = 2


@get("/observations", permission=Permission.INTERACTIONS_VIEW)
async def list_observations(request: StaffRequest) -> Response[str]:
    """What was written or said about us, newest first."""
    query = Fields(request.query_params)
    channel = query.one_of("channel", ["", *OBSERVED])
    state = query.one_of("which", ["", *STATES])
    query.check()
    seen = Seen(query.text("source", limit=120), channel, query.text("touchpoint", limit=40), state)
    found = await observations(seen, before=query.text("before"))
    filters = {"source": seen.source, "channel": channel, "touchpoint": seen.touchpoint, "which": state}
    context: dict[str, Any] = {
        "found": found, "seen": seen, "channels": _channels(), "shown_source": shown_source,
        "here": "/observations?" + urlencode({name: value for name, value in filters.items() if value}),
    }  # fmt: skip
    if is_fragment(request) and query.text("before"):
        return await fragment(request, "observations/_rows.html", **context)
    context |= {
        "source_options": [(name, name) for name in await sources()],
        "touchpoints": await touchpoint_choices(),
        "flashes": flashes(request, DONE),
    }
    return await page(request, "observations/index.html", **context)


def _channels() -> dict[str, str]:
    return {code.value: _(CHANNELS[code]) for code in OBSERVED}


@get("/observations/new", permission=Permission.INTERACTIONS_LOG)
async def new_observation(request: StaffRequest) -> Response[str]:
    query = Fields(request.query_params)
    values = {"channel": query.one_of("channel", OBSERVED, OBSERVED[0]), "on": f"{local(datetime.now(UTC)):%Y-%m-%d}"}
    query.check()
    return await _form(request, values, {})


async def _form(
    request: StaffRequest, values: Mapping[str, Any], errors: Mapping[str, str], contact: Row | None = None
) -> Response[str]:
    touchpoints = await touchpoint_choices()
    if (
        contact
        and contact.touchpoint
        and contact.touchpoint not in {code for _phase, each in touchpoints for code, _n in each}
    ):
        touchpoints = [*touchpoints, (_("no longer in use"), [(contact.touchpoint, contact.touchpoint_name)])]
    context: dict[str, Any] = {
        "values": values, "errors": errors, "contact": contact, "channels": _channels(), "sources": await sources(),
        "touchpoints": touchpoints, "today": f"{local(datetime.now(UTC)):%Y-%m-%d}",
    }  # fmt: skip
    status = 422 if errors else 200
    if is_fragment(request) and contact is None:
        return await fragment(request, "observations/_form.html", status=status, **context)
    return await page(request, "observations/form.html", status=status, **context)


@post("/observations", permission=Permission.INTERACTIONS_LOG)
async def create_observation(request: StaffRequest) -> Response[Any]:
    """Note it: the list follows, with the new one on top."""
    now = datetime.now(UTC)
    values = dict(await request.form())
    try:
        observation = parse_observation(values, now)

        async def log() -> str:
            await log_observation(observation, by=request.user.id, now=now)
            return "/observations?done=logged"

        where = await form_once(request, str(values.get("submission_id", "")), log, now=now)
    except Invalid as error:
        return await _form(request, values, error.errors | _as_day(error.errors))
    return see_other(request, where)


def _as_day(errors: Mapping[str, str]) -> dict[str, str]:
    """The form asks for the day only: what is said of the moment stands beside it."""
    return {"on": errors["at"]} if "at" in errors else {}


async def _observation(request: StaffRequest, interaction_id: int) -> tuple[Row, Row]:
    """The contact event and what the observation knows beside it, if this user may see it."""
    contact = await contact_for(request.user, interaction_id)
    row = await observation_of(interaction_id)
    if row is None:
        raise NotFound()
    return contact, row


@get("/observations/{interaction_id:int}/edit", permission=Permission.INTERACTIONS_LOG)
async def edit_observation(request: StaffRequest, interaction_id: FromPath[int]) -> Response[str]:
    contact, row = await _observation(request, interaction_id)
    demand_change(request.user, contact.by_user)
    values = {
        "channel": contact.channel, "text": contact.text, "source": row.source, "link": row.link, "rating": row.rating or "",
        "touchpoint": contact.touchpoint, "on": f"{local(contact.at):%Y-%m-%d}", "version": contact.version,
    }  # fmt: skip
    return await _form(request, values, {}, contact)


@post("/observations/{interaction_id:int}", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def save_observation(request: StaffRequest, interaction_id: FromPath[int]) -> Response[Any]:
    """Save the correction; if somebody else saved meanwhile, show both versions."""
    contact, _row = await _observation(request, interaction_id)
    demand_change(request.user, contact.by_user)
    values, now = dict(await request.form()), datetime.now(UTC)
    try:
        changes, version = parse_observation_correction(values, now, contact.at)
        await correct_observation(interaction_id, changes, version, by=request.user.id, now=now)
    except Invalid as error:
        return await _form(request, Fields(values).values, error.errors | _as_day(error.errors), contact)
    except Conflict as conflict:
        return await page(
            request, "interactions/conflict.html", status=409, contact=contact, title=_("Observation"),
            action=f"/observations/{interaction_id}", show_url=f"/interactions/{interaction_id}",
            rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**Fields(values).values, "version": conflict.version}, changed_by=None, changed_at=None,
        )  # fmt: skip
    return see_other(request, f"/interactions/{interaction_id}")


@get("/observations/{interaction_id:int}/link", permission=Permission.INTERACTIONS_LOG)
async def link_form(request: StaffRequest, interaction_id: FromPath[int]) -> Response[str]:
    return await _link_page(request, interaction_id, {}, {})


@get("/observations/fields", permission=Permission.INTERACTIONS_LOG)
async def fields_of_customer(request: StaffRequest) -> Response[str]:
    """The customer's part of the forms, once one has been picked from the list."""
    query = Fields(request.query_params)
    customer_id = query.reference("customer_id", required=True)
    query.check()
    return await fragment(
        request, "observations/_customer_fields.html", form=await log_form(customer_id), values={}, errors={}
    )


async def _link_page(
    request: StaffRequest, interaction_id: int, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    contact, row = await _observation(request, interaction_id)
    return await page(
        request, "observations/link.html", status=422 if errors else 200, contact=contact, observation=row, values=values,
        errors=errors, form=await form_again(Fields(values).reference("customer_id")), shown_source=shown_source,
    )  # fmt: skip


@post("/observations/{interaction_id:int}/customer", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def link(request: StaffRequest, interaction_id: FromPath[int]) -> Response[Any]:
    """Link it to a customer."""
    await _observation(request, interaction_id)
    values = dict(await request.form())
    try:
        customer_id, person_id = parse_link(values)
        await link_observation(interaction_id, customer_id, person_id, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _link_page(request, interaction_id, values, error.errors)
    return see_other(request, f"/interactions/{interaction_id}?done=linked")


@post("/observations/{interaction_id:int}/customer/removal", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def unlink(request: StaffRequest, interaction_id: FromPath[int]) -> Response[Any]:
    """Take the link back."""
    await _observation(request, interaction_id)
    await unlink_observation(interaction_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/interactions/{interaction_id}?done=unlinked")


@get("/observations/{interaction_id:int}/enquiry", permission=Permission.TICKETS_WORK)
async def enquiry_form(request: StaffRequest, interaction_id: FromPath[int]) -> Response[str]:
    contact, row = await _observation(request, interaction_id)
    values = {
        "subject": shown_source(contact.channel, row.source), "text": text_of(contact.text, row.source, row.rating, row.link),
        "kind": "complaint" if row.rating and row.rating <= BAD else "question", "customer_id": contact.customer or "",
    }  # fmt: skip
    return await _enquiry_page(request, contact, row, values, {})


async def _enquiry_page(
    request: StaffRequest, contact: Row, row: Row, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    customer_id = contact.customer or Fields(values).reference("customer_id")
    return await page(
        request, "observations/enquiry.html", status=422 if errors else 200, contact=contact, observation=row, values=values,
        errors=errors, form=await form_again(customer_id), topics=[(each.code, local_name(each)) for each in await topics()],
        kinds=[(code, _(name)) for code, name in KINDS.items()],
        may_create=request.user.may(Permission.CUSTOMERS_EDIT),
    )  # fmt: skip


@post("/observations/{interaction_id:int}/enquiry", permission=Permission.TICKETS_WORK, status_code=303)
async def make_enquiry(request: StaffRequest, interaction_id: FromPath[int]) -> Response[Any]:
    """Open the enquiry, and show where it went."""
    contact, row = await _observation(request, interaction_id)
    values, now = dict(await request.form()), datetime.now(UTC)
    try:
        concern = parse_concern(
            values, channel=contact.channel, language=language.get(), customer_id=contact.customer,
            may_create=request.user.may(Permission.CUSTOMERS_EDIT),
        )  # fmt: skip

        async def do() -> str:
            return (
                f"/tickets/{await open_enquiry_from(interaction_id, concern, by=request.user.id, now=now)}?done=opened"
            )

        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _enquiry_page(request, contact, row, values, error.errors)
    return see_other(request, where)


route_handlers = [
    list_observations, new_observation, create_observation, edit_observation, save_observation, link_form, fields_of_customer, link,
    unlink, enquiry_form, make_enquiry,
]  # fmt: skip
