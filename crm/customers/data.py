"""What is known about a customer before it is written: the values that forms, the API and the import agree on."""

from __future__ import annotations

from dataclasses import dataclass, field

from crm.customers.tables import CustomerKind, CustomerStatus, FormOfAddress


@dataclass(frozen=True, slots=True)
class PersonData:
    """A human being, at an organisation or as a customer of their own. `phone` is E.164 (ITU-T)."""

    given_name: str = ""
    family_name: str = ""
    title: str = ""
    form_of_address: str = FormOfAddress.NEUTRAL
    language: str = "de"
    function: str = ""
    email: str = ""
    phone: str = ""

    @property
    def full_name(self) -> str:
        return full_name(self.title, self.given_name, self.family_name)


@dataclass(frozen=True, slots=True)
class MasterData:
    """What an organisation and a private person have in common. `service_level` is a code; without an `owner_id` a
    sales person who creates the customer becomes its owner."""

    status: str = CustomerStatus.PROSPECT
    service_level: str = "basis"
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


@dataclass(frozen=True, slots=True)
class OrganisationData:
    """A company, association or authority; `email` and `phone` are its own (info@, switchboard), not a person's."""

    name: str
    email: str = ""
    phone: str = ""
    master: MasterData = field(default_factory=MasterData)


@dataclass(frozen=True, slots=True)
class PrivatePersonData:
    """A customer who is a person: name, e-mail and telephone belong to that person."""

    person: PersonData
    master: MasterData = field(default_factory=MasterData)


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """One customer to create, with the first person of an organisation if there is one."""

    kind: CustomerKind
    organisation: OrganisationData | None
    person: PersonData | None
    master: MasterData


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


def full_name(title: str, given_name: str, family_name: str) -> str:
    """The name as it is read out: "Dr. Emre Yıldız"."""
    return " ".join(part for part in (title, given_name, family_name) if part)
