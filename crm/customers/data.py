"""What is known about a customer before it is written: the values that forms, the API and the import agree on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from crm.customers.tables import CustomerKind, CustomerStatus, FormOfAddress


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to reach somebody: an e-mail address, a telephone number (E.164) or a website, and what kind it is."""

    value: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `extra` is the line above the street. The country has two letters (ISO 3166-1 alpha-2)."""

    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "DE"
    extra: str = ""
    kind: str = ""

    def __bool__(self) -> bool:
        return bool(self.street or self.postcode or self.city)


def together(first: str, listed: Sequence[Reach]) -> tuple[Reach, ...]:
    """All ways of one sort, each once: `first` alone, a list alone, or both, then `first` leads."""
    if not listed:
        return (Reach(first),) if first else ()
    found = {one.value: one for one in listed if one.value}
    if first and first not in found:
        found = {first: Reach(first), **found}
    return tuple(found.values())


def told(value: object) -> object:
    """A value as the audit trail keeps it: a list as one text."""
    if type(value) is str:
        return value
    if isinstance(value, tuple):
        return "; ".join(str(told(one)) for one in value)
    if isinstance(value, Reach):
        return f"{value.value} ({value.kind})" if value.kind else value.value
    if isinstance(value, Address):
        line = ", ".join(
            filter(None, (value.extra, value.street, f"{value.postcode} {value.city}".strip(), value.country))
        )
        return f"{line} ({value.kind})" if value.kind else line
    return value


def plain_first(websites: Iterable[Reach]) -> tuple[Reach, ...]:
    """Websites in the order in which they are kept: one of no special kind leads, if there is one."""
    listed = list(websites)
    plain = next((one for one in listed if not one.kind), None)
    return tuple(listed) if plain is None else (plain, *(one for one in listed if one is not plain))


@dataclass(frozen=True, slots=True)
class PersonData:
    """A human being, at an organisation or as a customer of their own. `phone` is E.164 (ITU-T). `email` and `phone` are
    the first of `all_emails` and `all_phones`; who gives one need not give the lists. `salutation` is a line of one's own
    ("Liebe Anna"), empty for the one that follows from title and form of address."""

    given_name: str = ""
    family_name: str = ""
    title: str = ""
    form_of_address: str = FormOfAddress.NEUTRAL
    language: str = "de"
    function: str = ""
    email: str = ""
    phone: str = ""
    emails: tuple[Reach, ...] = ()
    phones: tuple[Reach, ...] = ()
    birthday: date | None = None
    salutation: str = ""
    preferred_channel: str = ""

    @property
    def full_name(self) -> str:
        return full_name(self.title, self.given_name, self.family_name)

    @property
    def all_emails(self) -> tuple[Reach, ...]:
        return together(self.email, self.emails)

    @property
    def all_phones(self) -> tuple[Reach, ...]:
        return together(self.phone, self.phones)


@dataclass(frozen=True, slots=True)
class MasterData:
    """What an organisation and a private person have in common. `service_level` is a code, empty for the company's usual
    one; without an `owner_id` a sales person who creates the customer becomes its owner. Street, postcode, city and
    country are the first of `all_addresses`, `website` the first of `all_websites` that is of no special kind. `origin` says in words what
    `origin_code` (Origin) counts."""

    status: str = CustomerStatus.PROSPECT
    service_level: str = ""
    language: str = "de"
    brief: str = ""
    origin: str = ""
    website: str = ""
    vat_id: str = ""
    external_id: str | None = None
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "DE"
    owner_id: int | None = None
    deputy_id: int | None = None
    no_automatic_answers: bool = False
    addresses: tuple[Address, ...] = ()
    websites: tuple[Reach, ...] = ()
    tags: tuple[str, ...] = ()
    iban: str = ""
    origin_code: str = ""
    recommended_by: int | None = None
    parent_id: int | None = None
    team_id: int | None = None
    checked_on: date | None = None

    @property
    def all_addresses(self) -> tuple[Address, ...]:
        first = Address(self.street, self.postcode, self.city, self.country)
        if not self.addresses:
            return (first,) if first else ()
        listed = tuple(dict.fromkeys(one for one in self.addresses if one))
        return listed if not first or first in listed else (first, *listed)

    @property
    def all_websites(self) -> tuple[Reach, ...]:
        return plain_first(together(self.website, self.websites))


@dataclass(frozen=True, slots=True)
class OrganisationData:
    """A company, association or authority; e-mail addresses and telephone numbers are its own (info@, switchboard), not
    a person's."""

    name: str
    email: str = ""
    phone: str = ""
    master: MasterData = field(default_factory=MasterData)
    emails: tuple[Reach, ...] = ()
    phones: tuple[Reach, ...] = ()

    @property
    def all_emails(self) -> tuple[Reach, ...]:
        return together(self.email, self.emails)

    @property
    def all_phones(self) -> tuple[Reach, ...]:
        return together(self.phone, self.phones)


@dataclass(frozen=True, slots=True)
class PrivatePersonData:
    """A customer who is a person: name, e-mail and telephone belong to that person."""

    person: PersonData
    master: MasterData = field(default_factory=MasterData)


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """One customer to create, with the first person of an organisation if there is one. `came_back`: whoever was erased on their own
    request has come back by themselves."""

    kind: CustomerKind
    organisation: OrganisationData | None
    person: PersonData | None
    master: MasterData
    came_back: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    """The ids of what was made; `person_id` is None for an organisation without a person."""

    customer_id: int
    person_id: int | None


def full_name_sql(person: str) -> str:
    """`full_name` for a row of the table person that a statement calls `person`."""
    return (
        f"concat_ws(' ', nullif({person}.title, ''), nullif({person}.given_name, ''), nullif({person}.family_name, ''))"
    )


def first_address_sql(customer: str, person: str) -> str:
    """The e-mail address to which one writes first, or null, as SQL: the person's, or the customer's where `person` (an id) is null.
    A statement of its own for each, so that both find their index."""
    first = "SELECT e.address FROM email_address e WHERE e.{whose} ORDER BY e.position, e.id LIMIT 1"
    return (
        f"(CASE WHEN {person} IS NULL THEN ({first.format(whose=f'customer = {customer}')}) "
        f"ELSE ({first.format(whose=f'person = {person}')}) END)"
    )


def full_name(title: str, given_name: str, family_name: str) -> str:
    """The name as it is read out: "Dr. Emre Yıldız"."""
    return " ".join(part for part in (title, given_name, family_name) if part)
