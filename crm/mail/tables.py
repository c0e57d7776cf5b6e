"""Mail that is to leave, or has left: the outbox, whose rows carry their permission as a value; and the boxes where mail comes in."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class OutboxStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    REFUSED = "refused"


class OutboxMessage(Table, tablename="outbox_message"):
    """One message to one address. `permission` holds the gate's answer when it was written: basis and sentence. `from_address` is
    empty where it comes from the company's sender; an answer to it goes to `reply_to`, if there is one."""

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
    from_address = Varchar(254, default="")
    reply_to = Varchar(254, default="")
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


class BoxPurpose(StrEnum):
    """What becomes of the mails in a letter box. ENQUIRIES: each is an enquiry, or an answer in one. LOG: copies for somebody's log
    address go into the history, all else is left alone. BOTH: copies into the history, all else becomes enquiries."""

    ENQUIRIES = "enquiries"
    LOG = "log"
    BOTH = "both"


class LetterBox(Table, tablename="letter_box"):
    """A letter box of the company (IMAP), and how far it was looked through. `topic` (its code) and `language` are those of an
    enquiry that tells nothing better; `is_sender`: answers are not only to come to `address`, they leave from it.

    Messages above `last_uid` are new, as long as `uid_validity` is the same (RFC 3501 section 2.3.1.1). `failing_since`: it cannot
    be used since then, and `error` is what was said at the last try. `opens_since`: mails written since then become enquiries."""

    id = BigSerial(primary_key=True)
    name = Varchar(120, default="")
    address = Varchar(254, default="")
    host = Varchar(254, default="")
    port = Integer(default=993)
    security = Varchar(10, default="tls")
    user_name = Varchar(254, default="")
    password = Text(default="", secret=True)
    folder = Varchar(200, default="INBOX")
    purpose = Varchar(10, choices=BoxPurpose, default=BoxPurpose.LOG)
    topic = Varchar(40, default="")
    language = Varchar(2, default="")
    is_sender = Boolean(default=False)
    is_active = Boolean(default=True)
    version = Integer(default=1)
    uid_validity = BigInt(default=0)
    last_uid = BigInt(default=0)
    looked_at = Timestamptz(null=True, default=None)
    error = Text(default="")
    failing_since = Timestamptz(null=True, default=None)
    opens_since = Timestamptz(null=True, default=None)
