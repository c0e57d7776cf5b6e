"""Observations over JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.errors import Invalid, NotFound
from crm.interactions.contact import contact_for
from crm.interactions.correcting import demand_change
from crm.interactions.forms import note
from crm.interactions.observations.forms import channel_of, parse_concern, parse_observation, source_of, web_link
from crm.interactions.observations.linking import link_observation, open_enquiry_from, unlink_observation
from crm.interactions.observations.listing import STATES, Seen, observation_of, observations
from crm.interactions.observations.observing import correct_observation, log_observation
from crm.interactions.tables import Channel
from crm.web.forms import Fields
from crm.web.i18n import _, language
from crm.web.parameters import Id, Limit, Version

Rating = Annotated[int, msgspec.Meta(ge=1, le=5)]


class NewObservationBody(msgspec.Struct, forbid_unknown_fields=True):
    """An observation to note. `touchpoint` empty: the usual one of the channel; `at`: ISO 8601 with a zone, left out: now."""

    channel: Channel
    text: str
    source: str = ""
    link: str = ""
    rating: Rating | None = None
    touchpoint: str = ""
    at: datetime | None = None


class ObservationPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What of an observation shall read differently; what is left out stays. `version`: the one that the caller saw."""

    version: Version | None = None
    at: datetime | msgspec.UnsetType = msgspec.UNSET
    channel: Channel | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET
    source: str | msgspec.UnsetType = msgspec.UNSET
    link: str | msgspec.UnsetType = msgspec.UNSET
    rating: Rating | msgspec.UnsetType | None = msgspec.UNSET
    touchpoint: str | msgspec.UnsetType = msgspec.UNSET


class ObservationItem(msgspec.Struct):
    """An observation. `rating` is the customer's view, as the source gave it."""

    id: int
    at: datetime
    channel: str
    source: str
    link: str
    rating: int | None
    touchpoint: str | None
    text: str
    customer_id: int | None
    person_id: int | None
    ticket_id: int | None
    version: int
    logged_by: str | None


class ObservationPage(msgspec.Struct):
    items: list[ObservationItem]
    next: str | None


class Whose(msgspec.Struct, forbid_unknown_fields=True):
    """The customer whose observation it is, and the person if that is known."""

    customer_id: Id
    person_id: Id | None = None


class NewEnquiry(msgspec.Struct, forbid_unknown_fields=True):
    """The enquiry to make of it: for `customer_id`, or for a new private person (`family_name`, `given_name`) or organisation
    (`name`). An observation that is linked already needs none of them."""

    subject: str
    text: str = ""
    customer_id: Id | None = None
    person_id: Id | None = None
    given_name: str = ""
    family_name: str = ""
    name: str = ""
    topic: str = ""
    priority: str = "normal"
    kind: str = "question"


class Made(msgspec.Struct):
    id: int


class MadeEnquiry(msgspec.Struct):
    """The enquiry that was opened."""

    ticket_id: int


@post("/observations", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def create(request: StaffRequest, data: JSONBody[NewObservationBody]) -> Response[bytes]:
    """Note an observation."""
    now = datetime.now(UTC)
    values = {name: value for name, value in msgspec.structs.asdict(data).items() if name != "at" and value is not None}
    fields = Fields({})
    at = fields.instant("at", data.at)
    fields.check()
    parsed = replace(parse_observation(values, now), at=at)

    async def log() -> Made:
        return Made(await log_observation(parsed, by=request.user.id, now=now))

    return await created_once(request, log, now=now)


@get("/observations", permission=Permission.INTERACTIONS_VIEW)
async def index(
    request: StaffRequest,
    source: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    touchpoint: FromQuery[str] = "",
    which: FromQuery[str] = "",
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> ObservationPage:
    """Observations, newest first; `which`: open, linked or enquiry."""
    fields = Fields({"which": which, "source": source, "channel": channel, "touchpoint": touchpoint})
    fields.one_of("which", ["", *STATES])
    seen = Seen(
        fields.text("source", limit=120), fields.text("channel", limit=20), fields.text("touchpoint", limit=40), which
    )
    fields.check()
    found = await observations(seen, before=cursor, limit=limit)
    items = [
        ObservationItem(
            id=row.id, at=row.at, channel=row.channel, source=row.source, link=row.link, rating=row.rating, touchpoint=row.touchpoint,
            text=row.text, customer_id=row.customer, person_id=row.person_id, ticket_id=row.ticket, version=row.version,
            logged_by=row.by_name,
        )
        for row in found.rows
    ]  # fmt: skip
    return ObservationPage(items, found.next)


async def _item(request: StaffRequest, interaction_id: int) -> ObservationItem:
    contact = await contact_for(request.user, interaction_id)
    row = await observation_of(interaction_id)
    if row is None:
        raise NotFound()
    return ObservationItem(
        id=contact.id, at=contact.at, channel=contact.channel, source=row.source, link=row.link, rating=row.rating,
        touchpoint=contact.touchpoint or None, text=contact.text, customer_id=contact.customer, person_id=contact.person_id,
        ticket_id=contact.ticket_id, version=contact.version, logged_by=contact.by_name,
    )  # fmt: skip


@get("/observations/{interaction_id:int}", permission=Permission.INTERACTIONS_VIEW)
async def show(request: StaffRequest, interaction_id: FromPath[int]) -> ObservationItem:
    """One observation; its earlier versions are with the contact event of the same id."""
    return await _item(request, interaction_id)


@patch("/observations/{interaction_id:int}", permission=Permission.INTERACTIONS_LOG)
async def correct(
    request: StaffRequest, interaction_id: FromPath[int], data: JSONBody[ObservationPatch]
) -> ObservationItem:
    """Correct what is sent; the earlier version is kept. 409 with both versions if somebody else saved since `version`. For
    whoever noted it, and for leads."""
    known = await _item(request, interaction_id)
    contact = await contact_for(request.user, interaction_id)
    demand_change(request.user, contact.by_user)
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    sent.pop("version", None)
    fields = Fields({"channel": known.channel, **{name: value for name, value in sent.items() if value is not None}})
    changes: dict[str, Any] = {}
    if "channel" in sent or "source" in sent:
        channel = channel_of(fields)
        fields.values.setdefault("source", known.source)
        changes |= {"channel": channel.value, "source": source_of(fields, channel)}
    if "text" in sent:
        changes["text"] = note(fields)
    if "link" in sent:
        changes["link"] = web_link(fields)
    if "touchpoint" in sent:
        changes["touchpoint"] = fields.text("touchpoint", limit=40)
    if "rating" in sent:
        changes["rating"] = sent["rating"]
    if "at" in sent:
        changes["at"] = fields.instant("at", sent["at"])
    fields.check()
    await correct_observation(interaction_id, changes, data.version, by=request.user.id, now=datetime.now(UTC))
    return await _item(request, interaction_id)


@put("/observations/{interaction_id:int}/customer", permission=Permission.INTERACTIONS_LOG)
async def link(request: StaffRequest, interaction_id: FromPath[int], data: JSONBody[Whose]) -> ObservationItem:
    """Link it to a customer; it stands in their history then. A repeat changes nothing; another customer's is refused (422)."""
    await _item(request, interaction_id)
    await link_observation(interaction_id, data.customer_id, data.person_id, by=request.user.id, now=datetime.now(UTC))
    return await _item(request, interaction_id)


@delete("/observations/{interaction_id:int}/customer", permission=Permission.INTERACTIONS_LOG, status_code=204)
async def unlink(request: StaffRequest, interaction_id: FromPath[int]) -> None:
    """Take the link back. A repeat changes nothing."""
    await _item(request, interaction_id)
    await unlink_observation(interaction_id, by=request.user.id, now=datetime.now(UTC))


@post("/observations/{interaction_id:int}/ticket", permission=Permission.TICKETS_WORK, status_code=201)
async def make_enquiry(
    request: StaffRequest, interaction_id: FromPath[int], data: JSONBody[NewEnquiry]
) -> Response[bytes]:
    """Make an enquiry of it."""
    now = datetime.now(UTC)
    item = await _item(request, interaction_id)
    values = {name: value for name, value in msgspec.structs.asdict(data).items() if value not in (None, "")}
    whose = "organisation" if data.name else "person" if data.family_name or data.given_name else "known"
    if whose != "known" and data.customer_id is not None:
        raise Invalid({"customer_id": _("Name a customer who is there or a new one, not both.")})
    concern = parse_concern(
        {"text": item.text} | values | {"whose": whose}, channel=item.channel, language=language.get(),
        customer_id=item.customer_id, may_create=request.user.may(Permission.CUSTOMERS_EDIT),
    )  # fmt: skip

    async def do() -> MadeEnquiry:
        return MadeEnquiry(await open_enquiry_from(interaction_id, concern, by=request.user.id, now=now))

    return await created_once(request, do, now=now)


route_handlers = [create, index, show, correct, link, unlink, make_enquiry]
