"""Customer master data, the timeline that all packages write to, and the figures row per customer."""

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

from crm.accounts.tables import Team, User
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


class Origin(StrEnum):
    """How a customer heard of the company, as a code that can be counted; what exactly stands beside it as text."""

    RECOMMENDATION = "recommendation"
    SEARCH = "search"
    WEBSITE = "website"
    SOCIAL_MEDIA = "social_media"
    ADVERT = "advert"
    FAIR = "fair"
    PRESS = "press"
    REVIEWS = "reviews"
    COLD_CALL = "cold_call"
    WALK_IN = "walk_in"
    PARTNER = "partner"
    OTHER = "other"


class StatusTrigger(StrEnum):
    """What made the status change: somebody by hand, or one of the actions that can turn a prospect into a customer."""

    HAND = "hand"
    CREATED = "created"
    FIRST_ORDER = "first_order"
    ACCOUNT = "account"
    NEWSLETTER = "newsletter"


class EmailKind(StrEnum):
    WORK = "work"
    PRIVATE = "private"
    INVOICE = "invoice"
    OTHER = "other"


class PhoneKind(StrEnum):
    WORK = "work"
    MOBILE = "mobile"
    PRIVATE = "private"
    FAX = "fax"
    OTHER = "other"


class AddressKind(StrEnum):
    VISIT = "visit"
    INVOICE = "invoice"
    DELIVERY = "delivery"
    PRIVATE = "private"
    OTHER = "other"


class WebKind(StrEnum):
    SHOP = "shop"
    PROFILE = "profile"
    OTHER = "other"


class Customer(Table, tablename="customer"):
    """An organisation or a private person, with one responsible owner. `search_text` and `sort_key` are folded.
    `website` is the plain one, further ones (shop, profile) are rows of web_address. Who was merged into another customer
    (`merged_into`) counts as deleted."""

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
    parent: ForeignKey["Customer"] = ForeignKey("self", null=True, on_delete=OnDelete.set_null)
    team = ForeignKey(Team, null=True, on_delete=OnDelete.set_null)
    origin_code = Varchar(30, default="")
    recommended_by: ForeignKey["Customer"] = ForeignKey("self", null=True, on_delete=OnDelete.set_null)
    iban = Varchar(34, default="")
    checked_by = BigInt(null=True, default=None)
    deleted_by = BigInt(null=True, default=None)
    delete_reason = Varchar(500, default="")
    deletion_ended_at = Timestamptz(null=True, default=None)
    erased_at = Timestamptz(null=True, default=None)
    merged_into = BigInt(null=True, default=None)


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
    birthday = Date(null=True, default=None)
    salutation = Varchar(200, default="")
    preferred_channel = Varchar(20, default="")
    merged_into = BigInt(null=True, default=None)
    external_id = Varchar(200, null=True, default=None, unique=True)
    erased_at = Timestamptz(null=True, default=None)


class Affiliation(Table, tablename="affiliation"):
    """A person at a customer; `is_self` when the customer is that private person."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    function = Varchar(150, default="")
    is_self = Boolean(default=False)
    position = Integer(default=0)


class EmailAddress(Table, tablename="email_address"):
    """Of a person, or (info@) of an organisation: then `person` is empty and it is no personal data. `returned_at`: a mail to it
    came back for good."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.cascade)
    address = Varchar(254)
    position = Integer(default=0)
    kind = Varchar(20, default="")
    returned_at = Timestamptz(null=True, default=None)


class PhoneNumber(Table, tablename="phone_number"):
    """E.164 (ITU-T), shown as people write it."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.cascade)
    number = Varchar(30)
    position = Integer(default=0)
    kind = Varchar(20, default="")


class WebAddress(Table, tablename="web_address"):
    """A customer's further websites (shop, profile ...); the plain one is `customer.website`."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    url = Varchar(300)
    position = Integer(default=0)
    kind = Varchar(20, default="")


class PostalAddress(Table, tablename="postal_address"):
    """Position 0 is the first address, the one in lists. `extra` is the line above the street (c/o, building)."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    street = Varchar(200, default="")
    postcode = Varchar(20, default="")
    city = Varchar(120, default="")
    country = Varchar(2, default="DE")
    position = Integer(default=0)
    kind = Varchar(20, default="")
    extra = Varchar(200, default="")


class Tag(Table, tablename="tag"):
    """A word that staff put on customers. `key` is the folded name, so that no word is there in two spellings."""

    id = BigSerial(primary_key=True)
    name = Varchar(60)
    key = Varchar(80, unique=True)
    created_at = Timestamptz(default=None, null=True)
    created_by = BigInt(null=True, default=None)


class CustomerTag(Table, tablename="customer_tag"):
    """A tag on a customer; a pair is there once."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    tag = ForeignKey(Tag, null=False, on_delete=OnDelete.cascade)


class StatusChange(Table, tablename="status_change"):
    """A change of a customer's status, from the first one (`before` is empty) on. `reason` and `last_touchpoint` (a
    touchpoint's code) are asked when a customer is lost."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    before = Varchar(20, default="")
    after = Varchar(20, choices=CustomerStatus)
    trigger = Varchar(20, choices=StatusTrigger, default=StatusTrigger.HAND)
    reason_code = Varchar(30, default="")
    reason = Varchar(500, default="")
    last_touchpoint = Varchar(60, default="")
    at = Timestamptz(default=None, null=True)
    by = BigInt(null=True, default=None, db_column_name="by_user")


class TimelineKind(StrEnum):
    INTERACTION = "interaction"
    TICKET = "ticket"
    CONSENT = "consent"
    ORDER = "order"
    QUOTATION = "quotation"
    SURVEY = "survey"
    MAIL = "mail"
    CHANGE = "change"
    DOCUMENT = "document"


class TimelineEntry(Table, tablename="timeline_entry"):
    """One line of a customer's history, written in the same transaction as what it tells of. `ref_id` is the id of the
    source row; `detail` holds what the line shows beside its title (channel, direction, impression ...). `phase` (a code),
    `channel` and `folded` (the words by which it is found, as crm/text.py folds them) are kept by the database from the others."""

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
    phase = Varchar(40, default="")
    channel = Varchar(20, default="")
    folded = Text(default="")


class CustomerFigures(Table, tablename="customer_figures"):
    """What the portfolio and the list sort by, kept by those who know it. One row per customer, from its first day.

    The figures of the orders (orders/rules.py) are in `revenue_currency`; from `quiet_from_on` on a customer without a new
    order is unusually quiet."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade, unique=True)
    last_contact_at = Timestamptz(null=True, default=None)
    contact_due_at = Timestamptz(null=True, default=None)
    interactions = Integer(default=0)
    open_tickets = Integer(default=0)
    satisfaction_sum = Numeric(digits=(12, 2), default=Decimal(0))
    satisfaction_answers = Integer(default=0)
    orders = Integer(default=0)
    revenue = Numeric(digits=(18, 2), default=Decimal(0))
    revenue_currency = Varchar(3, default="EUR")
    average_order = Numeric(digits=(12, 2), null=True, default=None)
    last_order_on = Date(null=True, default=None)
    order_rhythm_days = Numeric(digits=(8, 1), null=True, default=None)
    next_order_on = Date(null=True, default=None)
    quiet_from_on = Date(null=True, default=None)


class Document(Table, tablename="document"):
    """A file attached to a customer, and perhaps to one of their persons. `sha256` names the content in crm/files;
    `media_type` is what it really is. A deleted one can be restored for 30 days."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null, index=True)
    name = Varchar(255)
    sha256 = Varchar(64, index=True)
    size = BigInt()
    media_type = Varchar(120)
    uploaded_at = Timestamptz(default=None, null=True)
    uploaded_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    deleted_at = Timestamptz(null=True, default=None)
    deleted_by = BigInt(null=True, default=None)
    deletion_reason = Varchar(500, default="")
    version = Integer(default=1)


class DutyStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    NOT_NEEDED = "not_needed"


class InformationDuty(Table, tablename="information_duty"):
    """What a person is owed who was entered without their own doing: to be told who processes their data, why, and where
    they come from (GDPR Art. 14), within a month (Art. 14 (3) a). One row per person, from `crm/customers/informing.py`."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, unique=True)
    source = Varchar(200, default="")
    obtained_at = Timestamptz(default=None, null=True)
    due_on = Date(null=True, default=None)
    status = Varchar(12, choices=DutyStatus, default=DutyStatus.PENDING)
    settled_on = Date(null=True, default=None)
    settled_by = BigInt(null=True, default=None)
    how = Varchar(200, default="")
    import_run = BigInt(null=True, default=None)
