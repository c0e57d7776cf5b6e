"""Criticism, praise and expectations of customers."""

from enum import StrEnum

from piccolo.columns import BigSerial, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.interactions.tables import Interaction
from crm.tickets.tables import Ticket
from crm.touchpoints.tables import Touchpoint


class FeedbackKind(StrEnum):
    CRITICISM = "criticism"
    PRAISE = "praise"
    EXPECTATION = "expectation"


class FeedbackCategory(StrEnum):
    """Whom or what it is about."""

    SALES_STAFF = "sales_staff"
    PRODUCTS = "products"
    SERVICE_STAFF = "service_staff"
    OTHER = "other"


class ExpectationLevel(StrEnum):
    """What happens if it is not met: basic disappoints, expected is missed, delight would have been a joy (after N. Kano)."""

    BASIC = "basic"
    EXPECTED = "expected"
    DELIGHT = "delight"


class ClosureReason(StrEnum):
    """Why a criticism needs no measure."""

    PUT_RIGHT = "put_right"
    EXPLAINED = "explained"
    SINGLE_CASE = "single_case"
    KNOWN = "known"
    NOT_OURS = "not_ours"
    STAYS = "stays"
    OTHER = "other"


class Feedback(Table, tablename="feedback"):
    """One point of criticism or praise, or one expectation, from a contact or an enquiry; it goes with its source. `level` is of
    expectations only, `heading` a code of crm/improvement/words.py. A deleted one keeps no text, but that it was there."""

    id = BigSerial(primary_key=True)
    kind = Varchar(15, choices=FeedbackKind)
    category = Varchar(15, choices=FeedbackCategory)
    heading = Varchar(20, default="")
    level = Varchar(10, choices=ExpectationLevel, default="")
    text = Text(default="")
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.restrict)
    interaction = ForeignKey(Interaction, null=True, on_delete=OnDelete.cascade)
    ticket = ForeignKey(Ticket, null=True, on_delete=OnDelete.cascade)
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    deleted_at = Timestamptz(default=None, null=True)
    deleted_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)


class FeedbackClosure(Table, tablename="feedback_closure"):
    """That a criticism is closed without a measure, and why. Taken back, the row goes."""

    id = BigSerial(primary_key=True)
    feedback = ForeignKey(Feedback, null=False, on_delete=OnDelete.cascade, unique=True)
    reason = Varchar(12, choices=ClosureReason)
    text = Text(default="")
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
