"""Follow-ups: something that someone must not forget."""

from datetime import datetime
from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.tables import Customer
from crm.tickets.tables import Ticket


class Repeat(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


class Cause(StrEnum):
    """Why a follow-up was made without anybody setting it."""

    RHYTHM = "rhythm"
    PROSPECT = "prospect"
    QUOTATION = "quotation"
    DELIVERED = "delivered"
    QUIET = "quiet"


class Reminder(Table, tablename="reminder"):
    """`user` sees it when it is due; `delivered_at` is set once, in the transaction that writes the notification.

    One that repeats (`repeat` is empty for the others) knows the first moment of its series (`series_from`) and its own
    place in it (`planned_at`, whatever it was postponed to). The next one is written when this one is settled, and
    `follows` it: at most one does. `result` is what came of it, `result_interaction_id` the contact that was logged then.

    One that nobody has set has a `cause`; what it says is made of `cause_detail` when it is shown. `cause_key` names the event
    (or the period of the contact rhythm): at most one follow-up comes of it. `withdrawn_at` when the cause is gone: the database
    does that itself, whoever has the contact, decides the quotation or changes the customer (crm/piccolo_migrations).

    One that was set on an enquiry has its `ticket`, and leads back there."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    text = Text(default="")
    due_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=None, null=True)
    created_by = BigInt(null=True, default=None)
    interaction_id = BigInt(null=True, default=None)
    delivered_at = Timestamptz(null=True, default=None)
    done_at = Timestamptz(null=True, default=None)
    done_by = BigInt(null=True, default=None)
    repeat = Varchar(10, default="")
    series_from = Timestamptz(null=True, default=None)
    planned_at = Timestamptz(null=True, default=None)
    follows = BigInt(null=True, default=None, unique=True)
    result = Text(default="")
    result_interaction_id = BigInt(null=True, default=None)
    cause = Varchar(12, default="")
    cause_detail = JSONB(default="{}")
    cause_key = Varchar(80, null=True, default=None, unique=True)
    withdrawn_at = Timestamptz(null=True, default=None)
    ticket = ForeignKey(Ticket, null=True, on_delete=OnDelete.cascade, index=True)

    def is_overdue(self, now: datetime) -> bool:
        return self.done_at is None and now > self.due_at


class ReminderGiven(Table, tablename="reminder_given"):
    """That a follow-up went from somebody to a colleague, and who gave it: the one who had it, or who stood in for them."""

    id = BigSerial(primary_key=True)
    reminder = ForeignKey(Reminder, null=False, on_delete=OnDelete.cascade, index=True)
    from_user = ForeignKey(User, null=False, on_delete=OnDelete.restrict, index=True)
    to_user = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    by = ForeignKey(User, null=False, on_delete=OnDelete.restrict, db_column_name="by_user", index=True)
    at = Timestamptz(default=None, null=True)


class FollowUpRule(Table, tablename="follow_up_rule"):
    """What follows from an event, or how long before the contact rhythm ends its owner is reminded (`days`). `user` empty: the
    customer's owner. `statuses` and `levels` (codes of service levels) are lists with commas; empty: all. `since`: events before
    it count no more, so that nobody is flooded by old ones. With a `mail_template` (its id) the customer gets that mail instead, and
    `user` a follow-up only where it must not or cannot go out."""

    id = BigSerial(primary_key=True)
    code = Varchar(12, unique=True, choices=Cause)
    is_on = Boolean(default=False)
    days = Integer(default=0)
    user = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    text_de = Varchar(500, default="")
    text_en = Varchar(500, default="")
    statuses = Varchar(60, default="")
    levels = Varchar(300, default="")
    since = Timestamptz(null=True, default=None)
    version = Integer(default=1)
    mail_template = BigInt(null=True, default=None)


class AlarmKind(StrEnum):
    BAD_ANSWER = "bad_answer"
    BAD_MOMENT = "bad_moment"


class AlarmOutcome(StrEnum):
    """How far somebody has got with an alarm: `caring`: they look after it; `done`: it is put right, `note` says how."""

    CARING = "caring"
    DONE = "done"


class Alarm(Table, tablename="alarm"):
    """One bad answer, or one contact that went badly at a moment of truth (`at`); at most one for each of them. `user` is who
    was told first. `detail` has the figures that the sentence is made of. It is open until somebody takes it (`acknowledged_at`),
    and withdrawn when its source is deleted or turns out to have been better."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    user = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    kind = Varchar(12, choices=AlarmKind)
    interaction_id = BigInt(null=True, default=None, unique=True)
    answer_id = BigInt(null=True, default=None, unique=True)
    detail = JSONB(default="{}")
    at = Timestamptz(default=None, null=True)
    withdrawn_at = Timestamptz(null=True, default=None)
    acknowledged_at = Timestamptz(null=True, default=None)
    acknowledged_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    outcome = Varchar(10, default="")
    note = Text(default="")


class PortfolioHandover(Table, tablename="portfolio_handover"):
    """All customers of somebody for a colleague, from a day on (a date in the company's time zone). `done_at` when it has
    happened, with how many customers and follow-ups; `cancelled_at` when it shall not."""

    id = BigSerial(primary_key=True)
    from_user = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    to_user = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    starts_on = Date(default=None, null=True)
    planned_by = BigInt(null=True, default=None)
    planned_at = Timestamptz(default=None, null=True)
    done_at = Timestamptz(null=True, default=None)
    cancelled_at = Timestamptz(null=True, default=None)
    customers = Integer(default=0)
    reminders = Integer(default=0)
