"""Contact events as JSON: what the API takes and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from crm.interactions.participants import MOST
from crm.interactions.tables import Channel, Direction, LeftOut
from crm.web.parameters import Id, Version


class TickedGuide(msgspec.Struct, forbid_unknown_fields=True):
    """The steps of a guide that were taken: keys as /guides tells them. `reason`: why others were left out (did_not_fit, no_time,
    not_wanted, solved_otherwise), if somebody says so."""

    code: str
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    done: list[str] = []
    reason: LeftOut | None = None


class FollowedOne(msgspec.Struct):
    """The guide that was followed in a contact, in the version of that time."""

    code: str
    version: int
    done: list[str]
    left_out: list[str]
    reason: str | None


class NewContact(msgspec.Struct, forbid_unknown_fields=True):
    """A contact event to log. `customer_id` null: an observation. Times are ISO 8601 with a zone. `participant_ids` are further
    persons of the customer besides `person_id`, `colleague_ids` members of staff besides the one of the token."""

    channel: Channel
    customer_id: Id | None = None
    person_id: Id | None = None
    direction: Direction = Direction.INBOUND
    touchpoint: str = ""
    text: str = ""
    impression: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    moment_of_truth: bool | None = None
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | None = None
    ticket_id: Id | None = None
    at: datetime | None = None
    follow_up_at: datetime | None = None
    guide: TickedGuide | None = None
    phase: str = ""
    reason: str = ""
    order_id: Id | None = None
    quotation_id: Id | None = None
    product_id: Id | None = None
    participant_ids: Annotated[list[Id], msgspec.Meta(max_length=MOST)] = []
    colleague_ids: Annotated[list[Id], msgspec.Meta(max_length=MOST)] = []
    event_id: Id | None = None


class OrderAgreed(msgspec.Struct, forbid_unknown_fields=True):
    """The order of the customer that a contact belongs to."""

    order_id: Id


class NewResult(msgspec.Struct, forbid_unknown_fields=True):
    """What came of a follow-up. With a customer the contact is logged too; `channel` null: there was none. `last` ends a
    series."""

    result: str
    channel: Channel | None = Channel.PHONE
    direction: Direction = Direction.OUTBOUND
    last: bool = False


class SettledReminder(msgspec.Struct):
    """What settling a follow-up has made: the contact that was logged, and the next one of the series."""

    id: int
    interaction_id: int | None
    next_id: int | None


class Contact(msgspec.Struct):
    """A contact event that was logged. `order_id`: the order it belongs to, also if it is the one that its text names."""

    id: int
    customer_id: int | None
    reminder_id: int | None
    order_id: int | None


class ContactItem(msgspec.Struct):
    """A contact event in a list."""

    id: int
    at: datetime
    customer_id: int | None
    person_id: int | None
    channel: str
    direction: str
    touchpoint: str | None
    text: str
    impression: int | None
    moment_of_truth: bool
    minutes: int | None
    ticket_id: int | None
    logged_by: str | None
    phase: str | None
    reason: str | None
    order_id: int | None
    quotation_id: int | None
    product_id: int | None
    event_id: int | None


class ContactPage(msgspec.Struct):
    items: list[ContactItem]
    next: str | None


class EarlierContact(msgspec.Struct):
    """A version that was replaced, at `replaced_at` by `replaced_by`. `fields` has the names of the contact's own; it is empty
    if what they said had to go."""

    version: int
    replaced_at: datetime
    replaced_by: str | None
    fields: dict[str, Any]


class ReasonItem(msgspec.Struct):
    """A reason for contact. `remedy` says what helps then, if it is a moment of truth."""

    code: str
    name_de: str
    name_en: str
    remedy_de: str
    remedy_en: str
    moment_of_truth: bool
    touchpoint: str | None
    topic: str | None


class OfferedOrder(msgspec.Struct):
    """An order that a contact may belong to."""

    id: int
    number: str


class OneContact(ContactItem):
    """A contact event with its earlier versions, the newest first. `order_basis` says how it came that it belongs to its order, if
    it was not logged with it: named, agreed or chosen; `orders_offered` are those it may belong to."""

    version: int
    earlier: list[EarlierContact]
    guide: FollowedOne | None
    participant_ids: list[int]
    colleague_ids: list[int]
    document_ids: list[int]
    order_basis: str | None
    orders_offered: list[OfferedOrder]


class ContactPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What of a contact shall read differently; what is left out stays. `version`: the one that the caller saw."""

    version: Version | None = None
    at: datetime | msgspec.UnsetType = msgspec.UNSET
    channel: Channel | msgspec.UnsetType = msgspec.UNSET
    direction: Direction | msgspec.UnsetType = msgspec.UNSET
    person_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    touchpoint: str | msgspec.UnsetType = msgspec.UNSET
    ticket_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET
    impression: Annotated[int, msgspec.Meta(ge=1, le=5)] | msgspec.UnsetType | None = msgspec.UNSET
    moment_of_truth: bool | msgspec.UnsetType = msgspec.UNSET
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | msgspec.UnsetType | None = msgspec.UNSET
    phase: str | msgspec.UnsetType = msgspec.UNSET
    reason: str | msgspec.UnsetType = msgspec.UNSET
    order_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    quotation_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    product_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    participant_ids: Annotated[list[Id], msgspec.Meta(max_length=MOST)] | msgspec.UnsetType = msgspec.UNSET
    colleague_ids: Annotated[list[Id], msgspec.Meta(max_length=MOST)] | msgspec.UnsetType = msgspec.UNSET
