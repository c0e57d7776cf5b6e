"""Contact events (Kundenkontakte) of every channel."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.orders.tables import Order, Product, Quotation
from crm.customers.tables import Customer, Document, Person
from crm.tickets.links.tables import OrderBasis
from crm.tickets.tables import Ticket, Topic
from crm.touchpoints.tables import Guide, Phase, StepFor, Touchpoint


class Channel(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    VISIT = "visit"
    LETTER = "letter"
    CHAT = "chat"
    WEB = "web"
    SOCIAL = "social"
    FAIR = "fair"
    REVIEW = "review"
    PRESS = "press"
    WORD_OF_MOUTH = "word_of_mouth"
    OTHER = "other"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class ContactReason(Table, tablename="contact_reason"):
    """Why customers turn to the company (Grund des Kontakts). Known moments of truth come with a remedy: what helps then.
    A reason with a touchpoint or a topic is proposed where a contact is logged there. A retired one is no longer offered;
    contacts keep it."""

    id = BigSerial(primary_key=True)
    code = Varchar(60, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120)
    remedy_de = Varchar(500, default="")
    remedy_en = Varchar(500, default="")
    is_moment_of_truth = Boolean(default=False)
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.set_null)
    topic = ForeignKey(Topic, null=True, on_delete=OnDelete.set_null)
    position = Integer(default=0)
    retired_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class Gathering(Table, tablename="gathering"):
    """An event (Veranstaltung) at which several customers are met: a fair, an evening, a webinar. Each of them has a contact of
    their own in it, with its touchpoint and channel. `ends_on` is empty for one of a single day."""

    id = BigSerial(primary_key=True)
    name = Varchar(120)
    held_on = Date(default=None, null=True)
    ends_on = Date(default=None, null=True)
    channel = Varchar(15, choices=Channel)
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=None, null=True)
    created_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    version = Integer(default=1)


class Interaction(Table, tablename="interaction"):
    """One contact event. `impression` (1-5) is staff's own view and never mixed with the customer's answers.
    `customer` is empty for an observation (a review, a press report) until it is linked. `counts`: not for the contact rhythm if
    nobody wrote it (an automatic mail), or if it never arrived."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    channel = Varchar(15, choices=Channel)
    direction = Varchar(10, choices=Direction)
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.restrict)
    phase = ForeignKey(Phase, null=True, on_delete=OnDelete.restrict)
    text = Text(default="")
    impression = Integer(null=True, default=None)
    is_moment_of_truth = Boolean(default=False)
    minutes = Integer(null=True, default=None)
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    ticket = ForeignKey(Ticket, null=True, on_delete=OnDelete.set_null)
    version = Integer(default=1)
    reason = ForeignKey(ContactReason, null=True, on_delete=OnDelete.restrict)
    order = ForeignKey(Order, null=True, on_delete=OnDelete.set_null, db_column_name="customer_order")
    quotation = ForeignKey(Quotation, null=True, on_delete=OnDelete.set_null)
    product = ForeignKey(Product, null=True, on_delete=OnDelete.set_null)
    gathering = ForeignKey(Gathering, null=True, on_delete=OnDelete.restrict)
    counts = Boolean(default=True)


class ContactParticipant(Table, tablename="contact_participant"):
    """Who else took part in a contact: a further person of the customer, or a colleague (`staff`); one of the two."""

    id = BigSerial(primary_key=True)
    interaction = ForeignKey(Interaction, null=False, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.cascade)
    staff = ForeignKey(User, null=True, on_delete=OnDelete.restrict)


class ContactDocument(Table, tablename="contact_document"):
    """A document of the customer that belongs to a contact: it was handed over, sent or drawn there."""

    id = BigSerial(primary_key=True)
    interaction = ForeignKey(Interaction, null=False, on_delete=OnDelete.cascade)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.cascade)


class ContactOrder(Table, tablename="contact_order"):
    """How it came that a contact belongs to its order, if not by being logged with it; with `refused_at` that somebody said that
    it does not belong to that order, so that nobody asks again."""

    id = BigSerial(primary_key=True)
    interaction = ForeignKey(Interaction, null=False, on_delete=OnDelete.cascade)
    order = ForeignKey(Order, null=False, on_delete=OnDelete.cascade, index=True, db_column_name="customer_order")
    basis = Varchar(10, choices=OrderBasis)
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    refused_at = Timestamptz(null=True, default=None)


class InteractionVersion(Table, tablename="interaction_version"):
    """A contact event as it was before a correction: `version` is the one that was replaced, at `at` by `by`. `fields` has
    the names of the API (crm/interactions/versions.py). The database refuses change and deletion; when the contact itself is
    deleted or its import undone, `fields` alone becomes empty: that there was an earlier version stays."""

    id = BigSerial(primary_key=True)
    interaction = BigInt()
    version = Integer()
    fields = JSONB(default="{}")
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")


class ContactDeletion(StrEnum):
    """Why an entry of the history was deleted."""

    DUPLICATE = "duplicate"
    WRONG_CUSTOMER = "wrong_customer"
    NEVER_HAPPENED = "never_happened"
    ASKED_FOR = "asked_for"
    OTHER = "other"


class LeftOut(StrEnum):
    """Why steps of a guide were left out, if somebody says so; nobody has to."""

    DID_NOT_FIT = "did_not_fit"
    NO_TIME = "no_time"
    NOT_WANTED = "not_wanted"
    SOLVED_OTHERWISE = "solved_otherwise"


class FollowedGuide(Table, tablename="followed_guide"):
    """Which steps of a guide were ticked in a contact: their keys. `version` is the guide's, `variant` the kind of customer."""

    id = BigSerial(primary_key=True)
    interaction = ForeignKey(Interaction, null=False, on_delete=OnDelete.cascade, unique=True)
    guide = ForeignKey(Guide, null=False, on_delete=OnDelete.restrict)
    version = Integer()
    variant = Varchar(15, choices=StepFor)
    done = JSONB(default="[]")
    reason = Varchar(20, choices=LeftOut, default="")
