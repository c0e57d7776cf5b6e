"""The forms of observations: the body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from crm.customers.data import MasterData, NewCustomer, OrganisationData, PersonData
from crm.customers.tables import CustomerKind
from crm.customers.words import CHANNELS
from crm.interactions.forms import note
from crm.interactions.observations.kinds import NAMELESS, OBSERVED
from crm.interactions.observations.linking import Concern
from crm.interactions.observations.observing import NewObservation
from crm.interactions.tables import Channel
from crm.service_levels.tables import Priority
from crm.tickets.opening import NewTicket
from crm.tickets.tables import TicketKind
from crm.web.formats import local
from crm.web.forms import NOTE_LIMIT, Fields
from crm.web.i18n import _, zone

LINK_LIMIT = 1000
SOURCE_LIMIT = 120
NOON = time(12)
ORIGINS = {
    "review": "reviews",
    "press": "press",
    "word_of_mouth": "recommendation",
    "social": "social_media",
    "web": "search",
}
"""How a new customer heard of us who was met by an observation of this channel (crm/customers/tables.py, Origin)."""


def web_link(fields: Fields, name: str = "link") -> str:
    """A link that may be clicked: http or https with a host, and nothing that a browser would run."""
    value = fields.text(name, limit=LINK_LIMIT)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in value
    except ValueError:
        is_web = False
    if not is_web:
        fields.error(name, _("Please enter a web address that begins with https:// or http://."))
    return value


def channel_of(fields: Fields) -> Channel:
    channel = fields.choice("channel", Channel, Channel.REVIEW)
    if channel not in OBSERVED:
        fields.error("channel", _("An observation comes by one of these ways: %(channels)s.") % {
            "channels": ", ".join(_(CHANNELS[each]) for each in OBSERVED)
        })  # fmt: skip
    return channel


def source_of(fields: Fields, channel: Channel) -> str:
    source = fields.text("source", limit=SOURCE_LIMIT)
    if not source and channel not in NAMELESS:
        fields.error("source", _("Where did it stand? Name the portal, the newspaper or the page."))
    return source


def moment_of(on: date | None, now: datetime, as_it_was: datetime | None = None) -> datetime | None:
    """The moment that stands for a day: now for today, noon for an earlier one; the known one if the day stays the same."""
    if on is None:
        return None
    if as_it_was is not None and local(as_it_was).date() == on:
        return as_it_was
    if local(now).date() == on:
        return now
    return datetime.combine(on, NOON, zone.get()).astimezone(UTC)


def on_of(fields: Fields, now: datetime, *, required: bool = False) -> date | None:
    on = fields.on("on", required=required)
    if on is not None and on > local(now).date():
        fields.error("on", _("This day is yet to come. When did it stand there?"))
        return None
    return on


def parse_observation(values: Mapping[str, Any], now: datetime) -> NewObservation:
    """What was typed; without a day it is of now. Raises Invalid with all errors."""
    fields = Fields(values)
    channel = channel_of(fields)
    text = note(fields)
    if not text:
        fields.error("text", _("Write down what was said about us, or copy it here."))
    observation = NewObservation(
        channel=channel, text=text, source=source_of(fields, channel), link=web_link(fields),
        rating=fields.number("rating", low=1, high=5), touchpoint=fields.text("touchpoint", limit=40),
        at=moment_of(on_of(fields, now), now),
    )  # fmt: skip
    fields.check()
    return observation


def parse_observation_correction(values: Mapping[str, Any], now: datetime, at: datetime) -> tuple[dict[str, Any], int]:
    """The corrected fields by the names of the API, and the version they were read at. `at` is the moment as it is kept."""
    fields = Fields(values)
    channel = channel_of(fields)
    text = note(fields)
    if not text:
        fields.error("text", _("Write down what was said about us, or copy it here."))
    changes: dict[str, Any] = {
        "channel": channel.value, "text": text, "source": source_of(fields, channel), "link": web_link(fields),
        "rating": fields.number("rating", low=1, high=5), "touchpoint": fields.text("touchpoint", limit=40),
        "at": moment_of(on_of(fields, now, required=True), now, at) or at,
    }  # fmt: skip
    version = fields.number("version", low=1, high=2**31 - 1, required=True)
    fields.check()
    return changes, version or 1


def parse_link(values: Mapping[str, Any]) -> tuple[int, int | None]:
    """Customer and person that an observation is linked to. Raises Invalid."""
    fields = Fields(values)
    customer_id = fields.reference("customer_id")
    if customer_id is None and "customer_id" not in fields.errors:
        fields.error("customer_id", _("Choose the customer: type a part of the name and pick from the list."))
    person_id = fields.reference("person_id")
    fields.check()
    return customer_id or 0, person_id


def parse_concern(
    values: Mapping[str, Any], *, channel: str, language: str, customer_id: int | None, may_create: bool
) -> Concern:
    """The enquiry that an observation becomes: for the customer whose it is already (`customer_id`), a picked or a new one.
    Raises Invalid with all errors."""
    fields = Fields(values)
    whose = "known" if customer_id is not None else fields.one_of("whose", ("known", "person", "organisation"), "known")
    new_customer = None
    if whose == "known":
        customer_id = customer_id or fields.reference("customer_id")
        if customer_id is None and "customer_id" not in fields.errors:
            fields.error("customer_id", _("Choose the customer: type a part of the name and pick from the list."))
    elif not may_create:
        fields.error("whose", _("Your role cannot create customers. Please ask a colleague in sales."))
    else:
        new_customer = _new_customer(fields, whose, channel, language)
    ticket = NewTicket(
        customer_id=customer_id or 0,
        subject=fields.text("subject", required=True),
        text=fields.text("text", limit=NOTE_LIMIT, many_lines=True),
        topic=fields.text("topic", limit=40),
        priority=fields.choice("priority", Priority, Priority.NORMAL),
        kind=fields.choice("kind", TicketKind, TicketKind.QUESTION),
        channel=channel,
        person_id=fields.reference("person_id") if whose == "known" else None,
    )
    fields.check()
    return Concern(ticket, new_customer)


def _new_customer(fields: Fields, whose: str, channel: str, language: str) -> NewCustomer:
    master = MasterData(language=language, origin_code=ORIGINS.get(channel, ""))
    if whose == "organisation":
        organisation = OrganisationData(name=fields.text("name", required=True, limit=200), master=master)
        return NewCustomer(CustomerKind.ORGANISATION, organisation, None, master)
    person = PersonData(
        given_name=fields.text("given_name", limit=100),
        family_name=fields.text("family_name", required=True, limit=100),
        language=language,
    )
    return NewCustomer(CustomerKind.PERSON, None, person, master)
