"""E-mails that came in, as they came, until they are settled."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.interactions.web_forms.tables import WebForm
from crm.mail.tables import LetterBox
from crm.tickets.tables import Ticket


class IncomingState(StrEnum):
    """NEW: not looked at yet. FILED: in an enquiry. QUARANTINE: somebody says where it belongs. ASIDE: an automatic one that
    needs nobody, kept for a while in case that is wrong. DROPPED: somebody did without it. OFFICER: of a restricted person,
    for the data protection officer alone (GDPR Art. 18)."""

    NEW = "new"
    FILED = "filed"
    QUARANTINE = "quarantine"
    ASIDE = "aside"
    DROPPED = "dropped"
    OFFICER = "officer"


class IncomingMail(Table, tablename="incoming_mail"):
    """A mail as it came in (`content`, empty once it is settled). `message_key` is its Message-ID, or the digest of its bytes:
    the same mail is there once. With a `form` it is no mail but what was typed into that form of the website
    (web_forms/entries.py). `reason` is a code of words.py; `attempts` counts how often filing it failed.
    `phone` and `customer_number` are what such an entry says (the number in capitals): whose it may be is asked by them.
    `letter_box` is where it was found first."""

    id = BigSerial(primary_key=True)
    message_key = Varchar(320, unique=True)
    content = Bytea()
    state = Varchar(10, choices=IncomingState, default=IncomingState.NEW)
    reason = Varchar(20, default="")
    sender = Varchar(254, default="")
    sender_name = Varchar(200, default="")
    subject = Varchar(300, default="")
    text = Text(default="")
    phone = Varchar(40, default="")
    customer_number = Varchar(40, default="")
    ticket = ForeignKey(Ticket, null=True, on_delete=OnDelete.set_null, index=True)
    named_ticket_id = BigInt(null=True, default=None)
    attempts = Integer(default=0)
    form = ForeignKey(WebForm, null=True, on_delete=OnDelete.restrict, index=True)
    letter_box = ForeignKey(LetterBox, null=True, on_delete=OnDelete.set_null, index=True)
    received_at = Timestamptz(default=None, null=True)
    settled_at = Timestamptz(null=True, default=None)
