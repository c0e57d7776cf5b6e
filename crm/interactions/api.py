"""Contact events over JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.bodies import version_of
from crm.customers.document_queries import papers_of
from crm.customers.queries import sees_restricted
from crm.errors import Invalid
from crm.interactions import paper_pages
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.calls import call_api
from crm.interactions.contact import contact_for
from crm.interactions.correcting import correct_interaction, demand_change
from crm.interactions.deleting import delete_interaction
from crm.interactions.events import event_api
from crm.interactions.followed_guides import GuideSteps, followed_in
from crm.interactions.forms import note, parse_result
from crm.interactions.narrowed import narrowed_to
from crm.interactions.observations import observation_api
from crm.interactions.order_answers import agree_to_order, refuse_order
from crm.interactions.order_naming import orders_about
from crm.interactions.queries import contacts
from crm.interactions.reasons import contact_reasons
from crm.interactions.results import complete_with_result
from crm.interactions.shapes import (
    Contact,
    ContactItem,
    ContactPage,
    ContactPatch,
    EarlierContact,
    FollowedOne,
    NewContact,
    NewResult,
    OfferedOrder,
    OneContact,
    OrderAgreed,
    ReasonItem,
    SettledReminder,
)
from crm.interactions.versions import versions_of
from crm.web.forms import Fields
from crm.web.i18n import zone
from crm.web.parameters import Limit, demand_ids


def _parsed(data: NewContact) -> NewInteraction:
    fields = Fields({"text": data.text, "touchpoint": data.touchpoint, "phase": data.phase, "reason": data.reason})
    text = note(fields)
    touchpoint, phase = fields.text("touchpoint", limit=40), fields.text("phase", limit=40)
    reason = fields.text("reason", limit=60)
    at, follow_up_at = fields.instant("at", data.at), fields.instant("follow_up_at", data.follow_up_at)
    fields.check()
    return NewInteraction(
        customer_id=data.customer_id, channel=data.channel, direction=data.direction, text=text, person_id=data.person_id,
        touchpoint=touchpoint, impression=data.impression, is_moment_of_truth=data.moment_of_truth, minutes=data.minutes,
        ticket_id=data.ticket_id, follow_up_at=follow_up_at, at=at, phase=phase, reason=reason,
        order_id=data.order_id, quotation_id=data.quotation_id, product_id=data.product_id,
        participant_ids=tuple(data.participant_ids), colleague_ids=tuple(data.colleague_ids), event_id=data.event_id,
        guide=GuideSteps(sent.code, sent.version, tuple(sent.done), sent.reason or "") if (sent := data.guide) else None,
    )  # fmt: skip


@post("/interactions", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def create(request: StaffRequest, data: JSONBody[NewContact]) -> Response[bytes]:
    """Log a contact event, with an optional follow-up for the user of the token."""
    now = datetime.now(UTC)
    contact = _parsed(data)

    async def log() -> Contact:
        logged = await log_interaction(contact, by=request.user.id, now=now)
        return Contact(logged.id, logged.customer_id, logged.reminder_id, logged.order_id)

    return await created_once(request, log, now=now)


@get("/interactions", permission=Permission.INTERACTIONS_VIEW)
async def index(
    request: StaffRequest,
    customer_id: FromQuery[int | None] = None,
    reason: FromQuery[str] = "",
    event_id: FromQuery[int | None] = None,
    touchpoint: FromQuery[str] = "",
    first: Annotated[str, QueryParameter(name="from", description="the first day, 2026-10-01")] = "",
    last: Annotated[str, QueryParameter(name="to", description="the last day")] = "",
    segment_id: FromQuery[int | None] = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> ContactPage:
    """Contact events, newest first; of one customer, with one reason (its code), of one event, at one touchpoint (its code), between two
    days (of the company's zone, both included), or with the customers of a saved view, if asked."""
    demand_ids(customer_id=customer_id, event_id=event_id, segment_id=segment_id)
    fields = Fields({"from": first, "to": last, "segment": str(segment_id or "")})
    narrowed = await narrowed_to(request.user, fields, datetime.now(UTC), zone.get())
    fields.check()
    found = await contacts(
        customer_id=customer_id, event_id=event_id, reason=reason.replace("\x00", ""), touchpoint=touchpoint.replace("\x00", ""),
        before=cursor, limit=limit, **narrowed.bounds,
    )  # fmt: skip
    return ContactPage([_item(row) for row in found.rows], found.next)


def _item(row: Any) -> ContactItem:
    return ContactItem(
        id=row.id, at=row.at, customer_id=row.customer, person_id=row.person_id, channel=row.channel, direction=row.direction,
        touchpoint=row.touchpoint, text=row.text, impression=row.impression, moment_of_truth=row.is_moment_of_truth,
        minutes=row.minutes, ticket_id=row.ticket, logged_by=row.by_name, phase=row.phase, reason=row.reason,
        order_id=row.order_id, quotation_id=row.quotation_id, product_id=row.product_id, event_id=row.event_id,
    )  # fmt: skip


@get("/contact-reasons", permission=Permission.INTERACTIONS_VIEW)
async def reasons(request: StaffRequest) -> list[ReasonItem]:
    """The reasons for contact that are offered, in their order."""
    return [
        ReasonItem(
            row.code, row.name_de, row.name_en, row.remedy_de, row.remedy_en, row.is_moment_of_truth, row.touchpoint or None,
            row.topic or None,
        )
        for row in await contact_reasons()
    ]  # fmt: skip


@post("/reminders/{reminder_id:int}/result", permission=Permission.SIGNED_IN, status_code=201)
async def settle_reminder(
    request: StaffRequest, reminder_id: FromPath[int], data: JSONBody[NewResult]
) -> Response[bytes]:
    """Done with a result. A follow-up that is done already refuses a second one."""
    now = datetime.now(UTC)
    typed = {
        "result": data.result,
        "channel": data.channel or "",
        "direction": data.direction,
        "is_last": "1" if data.last else "",
    }
    result = parse_result(typed, logs_contact=request.user.may(Permission.INTERACTIONS_LOG))

    async def settle() -> SettledReminder:
        settled = await complete_with_result(reminder_id, result, by=request.user.id, now=now)
        return SettledReminder(reminder_id, settled.interaction_id, settled.next_id)

    return await created_once(request, settle, now=now)


@get("/interactions/{interaction_id:int}", permission=Permission.INTERACTIONS_VIEW)
async def show(request: StaffRequest, interaction_id: FromPath[int]) -> Response[OneContact]:
    """One contact event, with its earlier versions."""
    return await _answer(request, interaction_id)


@patch("/interactions/{interaction_id:int}", permission=Permission.INTERACTIONS_LOG)
async def correct(
    request: StaffRequest, interaction_id: FromPath[int], data: JSONBody[ContactPatch]
) -> Response[OneContact]:
    """Correct what is sent; the earlier version is kept. 409 with both versions if somebody else saved since `version` (or
    If-Match). For whoever logged it, and for leads."""
    contact = await contact_for(request.user, interaction_id)
    demand_change(request.user, contact.by_user)
    changes = _changes(data)
    await correct_interaction(
        interaction_id, changes, version_of(request, data.version), by=request.user.id, now=datetime.now(UTC)
    )
    return await _answer(request, interaction_id)


def _changes(data: ContactPatch) -> dict[str, Any]:
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    del sent["version"]
    fields = Fields(sent)
    if "text" in sent:
        sent["text"] = note(fields)
    for name in ("participant_ids", "colleague_ids"):
        if name in sent:
            sent[name] = sorted(set(sent[name]))
    for name in ("touchpoint", "phase", "reason"):
        if name in sent:
            sent[name] = fields.text(name, limit=60)
    if "at" in sent:
        sent["at"] = fields.instant("at", sent["at"])
    fields.check()
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in sent.items()}


@delete("/interactions/{interaction_id:int}", permission=Permission.INTERACTIONS_LOG, status_code=204)
async def delete_one(
    request: StaffRequest, interaction_id: FromPath[int], reason: FromQuery[str] = "", text: FromQuery[str] = ""
) -> None:
    """Delete a contact event for good. `reason` is demanded: duplicate, wrong_customer, never_happened, asked_for or other,
    which needs `text`. The history says that it was there. For whoever logged it, and for leads."""
    contact = await contact_for(request.user, interaction_id)
    demand_change(request.user, contact.by_user)
    said = Fields({"text": text}).text("text", limit=10_000)
    try:
        await delete_interaction(interaction_id, reason, said, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        names = {"deletion": "reason", "reason": "text"}
        raise Invalid({names[field]: sentence for field, sentence in error.errors.items()}) from error


@post("/interactions/{interaction_id:int}/orders", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def agree(request: StaffRequest, interaction_id: FromPath[int], data: JSONBody[OrderAgreed]) -> Response[bytes]:
    """The contact event belongs to this order of its customer. 422 if it belongs to another one already."""
    now = datetime.now(UTC)
    await contact_for(request.user, interaction_id)

    async def do() -> OneContact:
        await agree_to_order(interaction_id, data.order_id, by=request.user.id, now=now)
        return await _one(request, interaction_id)

    return await created_once(request, do, now=now)


@delete(
    "/interactions/{interaction_id:int}/orders/{order_id:int}", permission=Permission.INTERACTIONS_LOG, status_code=200
)
async def refuse(request: StaffRequest, interaction_id: FromPath[int], order_id: FromPath[int]) -> Response[OneContact]:
    """The contact event does not belong to this order, which is not offered for it again."""
    await contact_for(request.user, interaction_id)
    await refuse_order(interaction_id, order_id, by=request.user.id, now=datetime.now(UTC))
    return await _answer(request, interaction_id)


async def _answer(request: StaffRequest, interaction_id: int) -> Response[OneContact]:
    one = await _one(request, interaction_id)
    return Response(one, headers={"etag": f'"{one.version}"'})


async def _one(request: StaffRequest, interaction_id: int) -> OneContact:
    row = await contact_for(request.user, interaction_id)
    earlier = [
        EarlierContact(one.version, one.at, one.by_name, msgspec.json.decode(one.fields))
        for one in await versions_of(interaction_id, restricted=sees_restricted(request.user))
    ]
    followed = await followed_in(interaction_id)
    guide = None
    if followed:
        guide = FollowedOne(followed.code, followed.version, followed.done, followed.left_out, followed.reason or None)
    orders = await orders_about(row)
    return OneContact(
        id=row.id, at=row.at, customer_id=row.customer, person_id=row.person_id, channel=row.channel, direction=row.direction,
        touchpoint=row.touchpoint or None, text=row.text, impression=row.impression, moment_of_truth=row.moment_of_truth,
        minutes=row.minutes, ticket_id=row.ticket_id, logged_by=row.by_name, phase=row.phase or None, reason=row.reason or None,
        order_id=row.order_id, quotation_id=row.quotation_id, product_id=row.product_id, event_id=row.event_id,
        version=row.version, earlier=earlier, guide=guide, participant_ids=row.participant_ids, colleague_ids=row.colleague_ids,
        document_ids=[one.id for one in await papers_of(request.user, interaction_id)],
        order_basis=orders.connected["basis"] if orders.connected else None,
        orders_offered=[OfferedOrder(one["id"], one["number"]) for one in orders.offers],
    )  # fmt: skip


router = Router(
    "/api/v1",
    route_handlers=[
        create,
        index,
        reasons,
        settle_reminder,
        show,
        correct,
        delete_one,
        agree,
        refuse,
        *observation_api.route_handlers,
        *call_api.route_handlers,
        *paper_pages.api_handlers,
        *event_api.route_handlers,
    ],
    include_in_schema=True,
    tags=["interactions"],
)
