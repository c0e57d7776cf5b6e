"""Approved answers in their versions, the settings of level 0, and what was answered automatically."""

from __future__ import annotations

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.tickets.tables import Ticket, Topic


class ApprovedAnswer(Table, tablename="approved_answer"):
    """An answer to a standard question. `version` is the number of its newest text, `approved_version` of the one that is shown
    and sent (none before the first approval). `helped` and `did_not_help` count what
    readers of the FAQ page said: no more is kept of them. `inserted` counts replies of
    agents that were begun with it."""

    id = BigSerial(primary_key=True)
    version = Integer(default=1)
    approved_version = Integer(null=True, default=None)
    is_published = Boolean(default=False)
    is_automatic = Boolean(default=False)
    helped = Integer(default=0)
    did_not_help = Integer(default=0)
    inserted = Integer(default=0)
    created_at = Timestamptz(default=None, null=True)
    reminded_for = Date(null=True, default=None)
    retired_at = Timestamptz(null=True, default=None)


class AnswerVersion(Table, tablename="answer_version"):
    """A text of an answer; kept for good, so that what was sent can always be shown. Questions are one per line. A language that
    has no answer is not served; after `expires_on` none is."""

    id = BigSerial(primary_key=True)
    answer = ForeignKey(ApprovedAnswer, null=False, on_delete=OnDelete.restrict)
    number = Integer(default=1)
    topic = ForeignKey(Topic, null=True, on_delete=OnDelete.restrict)
    expires_on = Date(null=True, default=None)
    title_de = Varchar(200, default="")
    title_en = Varchar(200, default="")
    questions_de = Text(default="")
    questions_en = Text(default="")
    text_de = Text(default="")
    text_en = Text(default="")
    by = ForeignKey(User, null=False, on_delete=OnDelete.restrict, db_column_name="by_user")
    at = Timestamptz(default=None, null=True)
    approved_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    approved_at = Timestamptz(null=True, default=None)


class LevelZero(Table, tablename="level_zero"):
    """The one row of settings: whether enquiries are answered automatically, from which score on (percent), after how many days
    without a word from the customer that counts as solved, and whether the FAQ page is public."""

    id = BigSerial(primary_key=True)
    is_on = Boolean(default=False)
    threshold = Integer(default=75)
    settled_after_days = Integer(default=7)
    is_faq_public = Boolean(default=False)
    version = Integer(default=1)


class EndedBy(StrEnum):
    """How it came that a person took over."""

    MESSAGE = "message"
    CLICK = "click"
    STAFF = "staff"
    UNREACHED = "unreached"
    """The answer did not arrive."""


class AutomaticAnswer(Table, tablename="automatic_answer"):
    """An enquiry that was answered automatically: by which version of which answer, why (score in percent and the words that
    matched), and how it came that a person took over, if one did. One for each enquiry at most."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade, unique=True)
    answer = ForeignKey(ApprovedAnswer, null=False, on_delete=OnDelete.restrict)
    number = Integer()
    language = Varchar(2, default="de")
    score = Integer()
    words = JSONB(default="[]")
    message_id = BigInt(null=True, default=None)
    at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(null=True, default=None)
    ended_by = Varchar(10, choices=EndedBy, null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)
