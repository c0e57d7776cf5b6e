"""Mailings and who gets them."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.lists.tables import SavedView


class MailingKind(StrEnum):
    NEWSLETTER = "newsletter"
    INVITATION = "invitation"
    THANK_YOU = "thank_you"


class MailingStatus(StrEnum):
    """PLANNED: confirmed, and waits for its time. Of RUNNING and PLANNED `next_at` says when the next portion is due."""

    DRAFT = "draft"
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class Mailing(Table, tablename="mailing"):
    """One mailing. `view` is whom it is for while it is a draft, as `audience_by` sees it ("my customers" are theirs); with the
    confirmation its filters are kept in `query`. `version` is that of the draft, for two who write at once.

    `confirmed`: so many readers were on the page where somebody confirmed. `problem` is a code that says why it stands still."""

    id = BigSerial(primary_key=True)
    kind = Varchar(12, choices=MailingKind)
    purpose = Varchar(40)
    name = Varchar(120)
    view = ForeignKey(SavedView, null=True, on_delete=OnDelete.set_null, index=True)
    audience_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    query = Text(default="")
    view_name = Varchar(80, default="")
    subject_de = Varchar(200, default="")
    subject_en = Varchar(200, default="")
    body_de = Text(default="")
    body_en = Text(default="")
    per_minute = Integer(default=60)
    at_night = Boolean(default=False)
    status = Varchar(10, choices=MailingStatus, default=MailingStatus.DRAFT)
    problem = Varchar(40, default="")
    created_by = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=None, null=True)
    changed_by = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    changed_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)
    confirmed = Integer(default=0)
    confirmed_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    confirmed_at = Timestamptz(null=True, default=None)
    start_at = Timestamptz(null=True, default=None)
    started_at = Timestamptz(null=True, default=None)
    next_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)


class RecipientState(StrEnum):
    """HANDED_OVER: in the outbox, whose row says what became of it. DROPPED: the mailing was ended before it was their turn."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    LEFT_OUT = "left_out"
    DROPPED = "dropped"


class MailingRecipient(Table, tablename="mailing_recipient"):
    """Whom a mailing found when it began, and what became of them; who gets nothing is there with the reason (a code). Of restricted
    persons nothing is kept but that there was one. `person_id` is empty for a company's own address."""

    id = BigSerial(primary_key=True)
    mailing = ForeignKey(Mailing, null=False, on_delete=OnDelete.cascade)
    customer_id = BigInt(null=True, default=None, index=True)
    person_id = BigInt(null=True, default=None, index=True)
    name = Varchar(200, default="")
    address = Varchar(254, default="")
    language = Varchar(2, default="de")
    state = Varchar(12, choices=RecipientState, default=RecipientState.WAITING)
    reason = Varchar(40, default="")
    basis = Varchar(30, default="")
    outbox_id = BigInt(null=True, default=None, index=True)
