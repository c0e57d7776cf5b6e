"""Customer master data, orders, the timeline that all packages write to, and the figures row per customer."""

from decimal import Decimal
from enum import StrEnum

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.service_levels.tables import ServiceLevel


class CustomerKind(StrEnum):
    ORGANISATION = "organisation"
    PERSON = "person"


class CustomerStatus(StrEnum):
    PROSPECT = "prospect"
    CUSTOMER = "customer"
    FORMER = "former"


class FormOfAddress(StrEnum):
    MS = "ms"
    MR = "mr"
    NEUTRAL = "neutral"


class Customer(Table, tablename="customer"):
    """An organisation or a private person, with one responsible owner. `search_text` and `sort_key` are folded."""

    id = BigSerial(primary_key=True)
    number = Varchar(40, unique=True)
    kind = Varchar(20, choices=CustomerKind)
    name = Varchar(300)
    sort_key = Varchar(300, default="")
    search_text = Text(default="")
    status = Varchar(20, choices=CustomerStatus, default=CustomerStatus.PROSPECT)
    owner = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    deputy = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    service_level = ForeignKey(ServiceLevel, null=False, on_delete=OnDelete.restrict)
    language = Varchar(2, default="de")
    brief = Text(default="")
    origin = Varchar(200, default="")
    website = Varchar(300, default="")
    vat_id = Varchar(20, default="")
    external_id = Varchar(200, null=True, default=None, unique=True)
    no_automatic_answers = Boolean(default=False)
    checked_on = Date(null=True, default=None)
    created_at = Timestamptz(default=None, null=True)
    created_by = BigInt(null=True, default=None)
    restricted_at = Timestamptz(null=True, default=None)
    deleted_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class Person(Table, tablename="person"):
    """A human being: the data subject. Belongs to customers through affiliations."""

    id = BigSerial(primary_key=True)
    given_name = Varchar(150, default="")
    family_name = Varchar(150, default="")
    title = Varchar(60, default="")
    form_of_address = Varchar(10, choices=FormOfAddress, default=FormOfAddress.NEUTRAL)
    language = Varchar(2, default="de")
    created_at = Timestamptz(default=None, null=True)
    restricted_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class Affiliation(Table, tablename="affiliation"):
    """A person at a customer; `is_self` when the customer is that private person."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    function = Varchar(150, default="")
    is_self = Boolean(default=False)
    position = Integer(default=0)


class EmailAddress(Table, tablename="email_address"):
    """Of a person, or (info@) of an organisation: then `person` is empty and it is no personal data."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.cascade)
    address = Varchar(254)
    position = Integer(default=0)


class PhoneNumber(Table, tablename="phone_number"):
    """E.164 (ITU-T), shown as people write it."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.cascade)
    number = Varchar(30)
    position = Integer(default=0)


class PostalAddress(Table, tablename="postal_address"):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    street = Varchar(200, default="")
    postcode = Varchar(20, default="")
    city = Varchar(120, default="")
    country = Varchar(2, default="DE")
    position = Integer(default=0)


class Order(Table, tablename="customer_order"):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    number = Varchar(60, unique=True)
    ordered_on = Date(default=None, null=True)
    amount = Numeric(digits=(12, 2))
    currency = Varchar(3, default="EUR")
    channel = Varchar(20, default="")
    status = Varchar(20, default="ordered")
    delivered_on = Date(null=True, default=None)


class TimelineKind(StrEnum):
    INTERACTION = "interaction"
    TICKET = "ticket"
    CONSENT = "consent"
    ORDER = "order"
    SURVEY = "survey"
    MAIL = "mail"
    CHANGE = "change"


class TimelineEntry(Table, tablename="timeline_entry"):
    """One line of a customer's history, written in the same transaction as what it tells of. `ref_id` is the id of the
    source row; `detail` holds what the line shows beside its title (channel, direction, impression ...)."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    person_id = BigInt(null=True, default=None)
    kind = Varchar(20, choices=TimelineKind)
    at = Timestamptz(default=None, null=True)
    ref_id = BigInt()
    title = Text(default="")
    body = Text(default="")
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    detail = JSONB(default="{}")


class CustomerFigures(Table, tablename="customer_figures"):
    """What the portfolio and the list sort by, kept by those who know it. One row per customer, from its first day."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade, unique=True)
    last_contact_at = Timestamptz(null=True, default=None)
    contact_due_at = Timestamptz(null=True, default=None)
    interactions = Integer(default=0)
    open_tickets = Integer(default=0)
    satisfaction_sum = Numeric(digits=(12, 2), default=Decimal(0))
    satisfaction_answers = Integer(default=0)
    orders = Integer(default=0)
    revenue = Numeric(digits=(14, 2), default=Decimal(0))
    last_order_on = Date(null=True, default=None)
