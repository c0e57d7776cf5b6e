"""The shapes of customers, persons and history as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

Text = str | None


class PersonIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A person at a customer. One of the names is needed."""

    given_name: Text = None
    family_name: Text = None
    title: Text = None
    form_of_address: Text = None
    function: Text = None
    email: Text = None
    phone: Text = None
    language: Text = None


class CustomerIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A customer to create: an organisation has a name, a person a given or family name. `service_level` is a code."""

    kind: Text = None
    name: Text = None
    given_name: Text = None
    family_name: Text = None
    title: Text = None
    form_of_address: Text = None
    function: Text = None
    email: Text = None
    phone: Text = None
    street: Text = None
    postcode: Text = None
    city: Text = None
    country: Text = None
    language: Text = None
    service_level: Text = None
    status: Text = None
    brief: Text = None
    origin: Text = None
    website: Text = None
    vat_id: Text = None
    external_id: Text = None
    owner_id: int | None = None
    deputy_id: int | None = None
    no_automatic_answers: bool | None = None


class CustomerPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What to change; what is left out stays, null empties. With `version` (or If-Match), 409 if it isn't the saved one."""

    name: Text | msgspec.UnsetType = msgspec.UNSET
    given_name: Text | msgspec.UnsetType = msgspec.UNSET
    family_name: Text | msgspec.UnsetType = msgspec.UNSET
    title: Text | msgspec.UnsetType = msgspec.UNSET
    form_of_address: Text | msgspec.UnsetType = msgspec.UNSET
    email: Text | msgspec.UnsetType = msgspec.UNSET
    phone: Text | msgspec.UnsetType = msgspec.UNSET
    street: Text | msgspec.UnsetType = msgspec.UNSET
    postcode: Text | msgspec.UnsetType = msgspec.UNSET
    city: Text | msgspec.UnsetType = msgspec.UNSET
    country: Text | msgspec.UnsetType = msgspec.UNSET
    language: Text | msgspec.UnsetType = msgspec.UNSET
    service_level: Text | msgspec.UnsetType = msgspec.UNSET
    status: Text | msgspec.UnsetType = msgspec.UNSET
    brief: Text | msgspec.UnsetType = msgspec.UNSET
    origin: Text | msgspec.UnsetType = msgspec.UNSET
    website: Text | msgspec.UnsetType = msgspec.UNSET
    vat_id: Text | msgspec.UnsetType = msgspec.UNSET
    external_id: Text | msgspec.UnsetType = msgspec.UNSET
    owner_id: int | msgspec.UnsetType | None = msgspec.UNSET
    deputy_id: int | msgspec.UnsetType | None = msgspec.UNSET
    no_automatic_answers: bool | msgspec.UnsetType | None = msgspec.UNSET
    version: int | None = None


class CreatedOut(msgspec.Struct, omit_defaults=True):
    """The ids of what was made."""

    id: int
    person_id: int | None = None


class PersonOut(msgspec.Struct):
    id: int
    given_name: str
    family_name: str
    title: str
    form_of_address: str
    function: str
    language: str
    emails: list[str]
    phones: list[str]


class CustomerItem(msgspec.Struct):
    """A customer in a list."""

    id: int
    number: str
    kind: str
    name: str
    status: str
    service_level: str
    owner: str | None
    language: str
    given_name: str | None
    family_name: str | None
    person_id: int | None
    email: str | None
    phone: str | None
    street: str | None
    postcode: str | None
    city: str | None
    country: str | None
    external_id: str | None
    last_contact_at: datetime | None
    contact_due_at: datetime | None
    open_tickets: int
    version: int


class CustomerOut(CustomerItem, kw_only=True):
    """A customer with everything that its page says, and its persons."""

    brief: str
    origin: str
    website: str
    vat_id: str
    owner_id: int | None
    deputy_id: int | None
    no_automatic_answers: bool
    created_at: datetime
    persons: list[PersonOut]


class CustomerPage(msgspec.Struct):
    items: list[CustomerItem]
    next: str | None


class HistoryItem(msgspec.Struct):
    """One line of the history; `id` is that of the record that `kind` names."""

    kind: str
    at: datetime
    id: int
    summary: str
    detail: dict[str, Any]


class HistoryPage(msgspec.Struct):
    items: list[HistoryItem]
    next: str | None
