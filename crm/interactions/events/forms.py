"""The forms of an event, of a talk in it and of a new prospect: typed values, or all errors at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.customers.data import MasterData, NewCustomer, OrganisationData, PersonData
from crm.customers.tables import CustomerKind
from crm.errors import Invalid
from crm.interactions.actions import NewInteraction
from crm.interactions.events.holding import EventData, Prospect
from crm.interactions.forms import parse_contact
from crm.interactions.tables import Channel
from crm.web.forms import Fields
from crm.web.i18n import _

EVENT_CHANNELS = (Channel.FAIR, Channel.VISIT, Channel.WEB, Channel.CHAT, Channel.OTHER)
"""A fair; an evening or an open day; a webinar."""
_NOBODY = 1
"""Stands for the customer who is still to be created; the id is replaced before anything is written."""


def parse_event(values: Mapping[str, Any]) -> tuple[EventData, int | None]:
    """The event, and the version that was changed. Raises Invalid with all errors."""
    fields = Fields(values)
    name = fields.text("name", required=True, limit=120)
    held_on, ends_on = fields.on("held_on", required=True), fields.on("ends_on")
    if held_on and ends_on and ends_on < held_on:
        fields.error("ends_on", _("The last day cannot come before the first one."))
    channel = fields.one_of("channel", [each.value for each in EVENT_CHANNELS], Channel.FAIR)
    touchpoint, version = fields.text("touchpoint", limit=40), fields.number("version", low=1, high=2**31 - 1)
    fields.check()
    assert held_on is not None
    return EventData(name, held_on, Channel(channel), touchpoint, None if ends_on == held_on else ends_on), version


def parse_prospect(values: Mapping[str, Any], now: datetime, *, event: Any) -> tuple[Prospect, NewInteraction]:
    """The new customer and what was said. Raises Invalid with all errors, those of the talk too."""
    fields = Fields(values)
    kind = fields.choice("kind", CustomerKind, CustomerKind.ORGANISATION)
    is_organisation = kind is CustomerKind.ORGANISATION
    master = MasterData(origin_code="fair" if event.channel == Channel.FAIR else "", origin=event.name)
    name = fields.text("name", required=is_organisation, limit=200)
    person = PersonData(
        given_name=fields.text("given_name", limit=100),
        family_name=fields.text("family_name", required=not is_organisation, limit=100),
        function=fields.text("function", limit=120) if is_organisation else "",
        email=fields.email("email"),
        phone=fields.phone("phone"),
    )
    if is_organisation and not person.family_name and (person.given_name or person.email or person.phone):
        fields.error("family_name", _("Whose are these? Please give the family name of the person."))
    errors, talk = dict(fields.errors), None
    try:
        talk = parse_contact({**values, "customer_id": str(_NOBODY), "person_id": ""}, now)
    except Invalid as error:
        errors |= error.errors
    if errors or talk is None:
        raise Invalid(errors, fields.values)
    organisation = OrganisationData(name=name, master=master) if is_organisation else None
    named = person if person.family_name else None
    customer = NewCustomer(kind, organisation, named, master, came_back=fields.flag("came_back"))
    return Prospect(customer, is_informed=fields.flag("informed")), talk
