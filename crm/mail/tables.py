"""Mail that is to leave, or has left: the outbox. A row carries its permission as a value."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class OutboxStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    REFUSED = "refused"


class OutboxMessage(Table, tablename="outbox_message"):
    """One message to one address. `permission` holds the gate's answer when it was written: basis and sentence."""

    id = BigSerial(primary_key=True)
    status = Varchar(10, choices=OutboxStatus, default=OutboxStatus.QUEUED)
    purpose = Varchar(40)
    to_address = Varchar(254)
    to_name = Varchar(200, default="")
    subject = Text()
    text = Text()
    html = Text(default="")
    language = Varchar(2, default="de")
    message_id = Varchar(200, unique=True)
    in_reply_to = Varchar(200, default="")
    headers = JSONB(default="{}")
    permission = JSONB(default="{}")
    customer_id = BigInt(null=True, default=None, index=True)
    person_id = BigInt(null=True, default=None)
    user_id = BigInt(null=True, default=None)
    dedupe_key = Varchar(200, null=True, default=None, unique=True)
    attempts = Integer(default=0)
    created_at = Timestamptz(default=None, null=True)
    next_attempt_at = Timestamptz(null=True, default=None)
    claimed_at = Timestamptz(null=True, default=None)
    sent_at = Timestamptz(null=True, default=None)
    error = Text(default="")


class OutboxCopy(Table, tablename="outbox_copy"):
    """Somebody who gets a copy of a message, with the gate's answer about their own address. `error` is what their mail server said;
    with `returned_at` the copy had left and came back. Who has it (`sent_at`) gets no second one when the message is tried again."""

    id = BigSerial(primary_key=True)
    message = ForeignKey(OutboxMessage, null=False, on_delete=OnDelete.cascade, index=True)
    position = Integer(default=0)
    name = Varchar(200, default="")
    address = Varchar(254)
    permission = JSONB(default="{}")
    sent_at = Timestamptz(null=True, default=None)
    returned_at = Timestamptz(null=True, default=None)
    error = Text(default="")


class OutboxAttachment(Table, tablename="outbox_attachment"):
    """A file that goes along with a message; `sha256` names its content in crm/files."""

    id = BigSerial(primary_key=True)
    message = ForeignKey(OutboxMessage, null=False, on_delete=OnDelete.cascade, index=True)
    position = Integer(default=0)
    name = Varchar(255)
    sha256 = Varchar(64, index=True)
    size = BigInt()
    media_type = Varchar(120)
