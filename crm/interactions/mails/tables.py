"""What belongs to mails that staff write by hand: templates, who writes, and the mail behind a contact."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.interactions.tables import Interaction


class MailTemplate(Table, tablename="mail_template"):
    """A text to begin with, with placeholders (placeholders.py), in one language or both. `purpose` is the code of the purpose
    at the gate that such a mail usually has. A retired one is not offered any more."""

    id = BigSerial(primary_key=True)
    purpose = Varchar(40)
    name_de = Varchar(120, default="")
    name_en = Varchar(120, default="")
    subject_de = Varchar(300, default="")
    subject_en = Varchar(300, default="")
    body_de = Text(default="")
    body_en = Text(default="")
    position = Integer(default=0)
    changed_at = Timestamptz(default=None, null=True)
    retired_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class MailSender(Table, tablename="mail_sender"):
    """How a member of staff signs, per language, and the telephone number (E.164) that they give to customers."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, unique=True)
    phone = Varchar(30, default="")
    signature_de = Text(default="")
    signature_en = Text(default="")


class InteractionMail(Table, tablename="interaction_mail"):
    """The message in the outbox that a contact stands for. `told_at`: when its writer was told that it could not go out.
    `follow_up` is empty unless a rule sent it: the follow-up that takes its place then (see event_mails.py)."""

    id = BigSerial(primary_key=True)
    interaction = ForeignKey(Interaction, null=False, on_delete=OnDelete.cascade, unique=True)
    outbox_id = BigInt(unique=True)
    told_at = Timestamptz(null=True, default=None)
    follow_up = JSONB(default="{}")


class LoggedState(StrEnum):
    """NEW: not looked at yet. FILED: in the history. WAITING: for its owner to say whose it is. DROPPED: not kept in the history.
    OFFICER: with a restricted person, for the data protection officer alone (GDPR Art. 18)."""

    NEW = "new"
    FILED = "filed"
    WAITING = "waiting"
    DROPPED = "dropped"
    OFFICER = "officer"


class LoggedMail(Table, tablename="logged_mail"):
    """A mail that somebody sent to their own log address, as it came in (`content`, empty once it was read). `message_key`
    is its Message-ID, or the digest of its bytes: the same mail is there once for each owner. `reason` is a code of words.py."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    message_key = Varchar(200)
    content = Bytea()
    state = Varchar(10, choices=LoggedState, default=LoggedState.NEW)
    reason = Varchar(20, default="")
    sender = Varchar(254, default="")
    counterpart = Text(default="")
    direction = Varchar(10, default="")
    subject = Varchar(300, default="")
    text = Text(default="")
    at = Timestamptz(default=None, null=True)
    received_at = Timestamptz(default=None, null=True)
    settled_at = Timestamptz(null=True, default=None)


class LogAddress(Table, tablename="log_address"):
    """The secret part of the address to which a member of staff sends copies of mails; renewed, the old one is worth nothing."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, unique=True)
    token = Varchar(20, unique=True)
    created_at = Timestamptz(default=None, null=True)
