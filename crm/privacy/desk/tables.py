"""Requests of data subjects, what happened to them, whom we told, and whose data are restricted."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.tables import Customer, Person
from crm.records.tables import ExportRun


class RequestKind(StrEnum):
    """What is asked: GDPR Art. 15, 20, 16, 17, 18, 21, 22 (3) and 7 (3)."""

    ACCESS = "access"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    REVIEW = "review"
    CONSENT_WITHDRAWAL = "consent_withdrawal"


class RequestSource(StrEnum):
    """How it came in: from the preference page, by mail, written down by hand, by the API."""

    PAGE = "page"
    MAIL = "mail"
    HAND = "hand"
    API = "api"


class RequestStatus(StrEnum):
    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_IDENTITY = "waiting_identity"
    DONE = "done"
    REFUSED = "refused"


class Identity(StrEnum):
    """Whether we know that it is the person who asks (GDPR Art. 12 (6))."""

    UNCHECKED = "unchecked"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class DataRequest(Table, tablename="data_request"):
    """One request. `due_on` is the last day for the answer (desk/clock.py), `extended_on` the day on which it was extended, once.
    `reminded` is how often the officers were reminded of the due day: it starts anew when that changes. `incoming_id` is the mail it
    came from; `weighing` is the officer's weighing of an objection (Art. 21 (1)), `against` what the objection is to."""

    id = BigSerial(primary_key=True)
    kind = Varchar(20, choices=RequestKind)
    source = Varchar(10, choices=RequestSource)
    status = Varchar(20, choices=RequestStatus, default=RequestStatus.NEW)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.set_null)
    requester_name = Varchar(200, default="")
    requester_address = Varchar(254, default="")
    language = Varchar(2, default="")
    text = Text(default="")
    received_at = Timestamptz(default=None, null=True)
    due_on = Date(default=None, null=True)
    extended_on = Date(null=True, default=None)
    extension_reason = Text(default="")
    reminded = Integer(default=0)
    identity = Varchar(10, choices=Identity, default=Identity.UNCHECKED)
    identity_how = Text(default="")
    identity_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    identity_at = Timestamptz(null=True, default=None)
    against = Varchar(20, default="")
    weighing = Text(default="")
    refusal_reason = Text(default="")
    incoming_id = BigInt(null=True, default=None)
    filed_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    settled_at = Timestamptz(null=True, default=None)
    settled_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    version = Integer(default=1)


class DataRequestEvent(Table, tablename="data_request_event"):
    """One line of a request's log. `event` is a code of words.py, `detail` its values, `note` what somebody wrote; `outbox_id` the
    mail that went out."""

    id = BigSerial(primary_key=True)
    request = ForeignKey(DataRequest, null=False, on_delete=OnDelete.cascade, index=True)
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    event = Varchar(30)
    note = Text(default="")
    detail = JSONB(default="{}")
    outbox_id = BigInt(null=True, default=None)


class RecipientNotice(Table, tablename="recipient_notice"):
    """A recipient of the data who must hear of a rectification, an erasure or a restriction (GDPR Art. 19): from an export, or named
    by the officer. `told_how` is a code of words.py; null `told_on`: not told yet."""

    id = BigSerial(primary_key=True)
    request = ForeignKey(DataRequest, null=False, on_delete=OnDelete.cascade, index=True)
    export = ForeignKey(ExportRun, null=True, on_delete=OnDelete.set_null)
    recipient = Varchar(300, default="")
    told_on = Date(null=True, default=None)
    told_how = Varchar(20, default="")
    note = Text(default="")
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")


class Restriction(Table, tablename="restriction"):
    """For how long a person's or a customer's data are stored and nothing else (GDPR Art. 18). `told_at` is when they were told that it
    will be lifted: without that it isn't (Art. 18 (3)). One at a time; `restricted_at` on person and customer is what queries ask."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.set_null)
    request = ForeignKey(DataRequest, null=True, on_delete=OnDelete.set_null)
    reason = Text(default="")
    begun_at = Timestamptz(default=None, null=True)
    begun_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    told_at = Timestamptz(null=True, default=None)
    lifted_at = Timestamptz(null=True, default=None)
    lifted_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    lifted_reason = Text(default="")
