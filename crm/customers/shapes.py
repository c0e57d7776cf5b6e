"""The shapes of customers, persons and history as the API takes and gives them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from crm.web.parameters import Id, Version

Text = str | None
Unset = msgspec.UnsetType
Reaches = list[str | dict[str, Any]] | None
"""E-mail addresses, telephone numbers or websites: texts, or objects with `value` and `kind`."""
Addresses = list[dict[str, Any]] | None
"""Objects with street, postcode, city, country, extra, kind."""


class PersonIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A person at a customer. One of the names is needed; or the `person_id` of somebody who is at another customer already."""

    given_name: Text = None
    family_name: Text = None
    title: Text = None
    form_of_address: Text = None
    function: Text = None
    email: Text = None
    phone: Text = None
    language: Text = None
    emails: Reaches = None
    phones: Reaches = None
    birthday: Text = None
    salutation: Text = None
    preferred_channel: Text = None
    person_id: Id | None = None
    came_back: bool = False
    """Whoever was erased on their own request has come back by themselves."""


class PersonPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What to change of a person; what is left out stays, null empties. The function is that at `customer_id`, or at the
    customer to whom the person belongs first."""

    given_name: Text | Unset = msgspec.UNSET
    family_name: Text | Unset = msgspec.UNSET
    title: Text | Unset = msgspec.UNSET
    form_of_address: Text | Unset = msgspec.UNSET
    function: Text | Unset = msgspec.UNSET
    email: Text | Unset = msgspec.UNSET
    phone: Text | Unset = msgspec.UNSET
    language: Text | Unset = msgspec.UNSET
    emails: Reaches | Unset = msgspec.UNSET
    phones: Reaches | Unset = msgspec.UNSET
    birthday: Text | Unset = msgspec.UNSET
    salutation: Text | Unset = msgspec.UNSET
    preferred_channel: Text | Unset = msgspec.UNSET
    version: Version | None = None


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
    owner_id: Id | None = None
    deputy_id: Id | None = None
    no_automatic_answers: bool | None = None
    emails: Reaches = None
    phones: Reaches = None
    addresses: Addresses = None
    websites: Reaches = None
    tags: list[str] | None = None
    birthday: Text = None
    salutation: Text = None
    preferred_channel: Text = None
    iban: Text = None
    origin_code: Text = None
    recommended_by: int | None = None
    parent_id: Id | None = None
    team_id: Id | None = None
    team: Text = None
    checked_on: Text = None
    came_back: bool = False
    """Whoever was erased on their own request has come back by themselves."""


class CustomerPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What to change; what is left out stays, null empties. With `version` (or If-Match), 409 if it isn't the saved one."""

    name: Text | Unset = msgspec.UNSET
    given_name: Text | Unset = msgspec.UNSET
    family_name: Text | Unset = msgspec.UNSET
    title: Text | Unset = msgspec.UNSET
    form_of_address: Text | Unset = msgspec.UNSET
    email: Text | Unset = msgspec.UNSET
    phone: Text | Unset = msgspec.UNSET
    street: Text | Unset = msgspec.UNSET
    postcode: Text | Unset = msgspec.UNSET
    city: Text | Unset = msgspec.UNSET
    country: Text | Unset = msgspec.UNSET
    language: Text | Unset = msgspec.UNSET
    service_level: Text | Unset = msgspec.UNSET
    status: Text | Unset = msgspec.UNSET
    brief: Text | Unset = msgspec.UNSET
    origin: Text | Unset = msgspec.UNSET
    website: Text | Unset = msgspec.UNSET
    vat_id: Text | Unset = msgspec.UNSET
    external_id: Text | Unset = msgspec.UNSET
    owner_id: Id | Unset | None = msgspec.UNSET
    deputy_id: Id | Unset | None = msgspec.UNSET
    no_automatic_answers: bool | Unset | None = msgspec.UNSET
    emails: Reaches | Unset = msgspec.UNSET
    phones: Reaches | Unset = msgspec.UNSET
    addresses: Addresses | Unset = msgspec.UNSET
    websites: Reaches | Unset = msgspec.UNSET
    tags: list[str] | Unset | None = msgspec.UNSET
    birthday: Text | Unset = msgspec.UNSET
    salutation: Text | Unset = msgspec.UNSET
    preferred_channel: Text | Unset = msgspec.UNSET
    iban: Text | Unset = msgspec.UNSET
    origin_code: Text | Unset = msgspec.UNSET
    recommended_by: int | Unset | None = msgspec.UNSET
    parent_id: Id | Unset | None = msgspec.UNSET
    team_id: Id | Unset | None = msgspec.UNSET
    team: Text | Unset = msgspec.UNSET
    checked_on: Text | Unset = msgspec.UNSET
    version: Version | None = None


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
    reach_kinds: dict[str, str]
    birthday: date | None
    salutation: str
    salutation_line: str
    preferred_channel: str
    version: int


class AddressOut(msgspec.Struct):
    street: str
    postcode: str
    city: str
    country: str
    extra: str
    kind: str


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
    emails: list[str]
    phones: list[str]
    reach_kinds: dict[str, str]
    addresses: list[AddressOut]
    websites: list[str]
    tags: list[str]
    birthday: date | None
    preferred_channel: str | None
    salutation_line: str
    iban: str
    origin_code: str
    recommended_by: int | None
    parent_id: int | None
    team_id: int | None
    team: str | None
    phase: str
    checked_on: date | None
    missing: list[str]
    personal_data: list[str]


class StatusIn(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A new status; `former` needs `reason_code` or `reason`."""

    status: Text = None
    reason_code: Text = None
    reason: Text = None
    last_touchpoint: Text = None


class ConversionIn(msgspec.Struct, forbid_unknown_fields=True):
    """What happened that can turn a prospect into a customer: first_order, account, newsletter."""

    trigger: str


class StatusOut(msgspec.Struct):
    status: str
    changed: bool


class StatusChangeOut(msgspec.Struct):
    before: str
    after: str
    trigger: str
    reason_code: str
    reason: str
    last_touchpoint: str
    at: datetime
    by: str | None


class DeletedOut(msgspec.Struct):
    """A customer that can still be restored."""

    id: int
    number: str
    name: str
    external_id: str | None
    deleted_at: datetime
    deleted_by_name: str | None
    delete_reason: str
    restorable_until: datetime


class BulkIn(msgspec.Struct, forbid_unknown_fields=True):
    """Customers to create or change, each with an external_id; at most 1000."""

    items: list[Any]


class BulkItem(msgspec.Struct, omit_defaults=True):
    """What became of one item: created, updated, unchanged or wrong, then with `errors` by field."""

    index: int
    status: str
    external_id: str | None = None
    id: int | None = None
    person_id: int | None = None
    errors: dict[str, str] = {}


class BulkOut(msgspec.Struct):
    items: list[BulkItem]
    created: int
    updated: int
    unchanged: int
    wrong: int


class CustomerPage(msgspec.Struct):
    """A page of a list. `similar` are spelt like what was searched for; with `is_guess` the items themselves are."""

    items: list[CustomerItem]
    next: str | None
    similar: list[CustomerItem] = msgspec.field(default_factory=list)
    is_guess: bool = False


class HistoryItem(msgspec.Struct):
    """One line of the history; `id` is that of the record that `kind` names, `customer_id` of the customer it stands with: in an
    organisation's history that is another one where a person of theirs did something elsewhere."""

    kind: str
    at: datetime
    id: int
    summary: str
    detail: dict[str, Any]
    customer_id: int


class HistoryPage(msgspec.Struct):
    items: list[HistoryItem]
    next: str | None
