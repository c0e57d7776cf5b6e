"""Follow-ups: something that someone must not forget."""

from datetime import datetime
from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.tables import Customer


class Repeat(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


class Reminder(Table, tablename="reminder"):
    """`user` sees it when it is due; `delivered_at` is set once, in the transaction that writes the notification.

    One that repeats (`repeat` is empty for the others) knows the first moment of its series (`series_from`) and its own
    place in it (`planned_at`, whatever it was postponed to). The next one is written when this one is settled, and
    `follows` it: at most one does. `result` is what came of it, `result_interaction_id` the contact that was logged then."""

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
    raised_at = Timestamptz(default=None, null=True)
    withdrawn_at = Timestamptz(null=True, default=None)
    acknowledged_at = Timestamptz(null=True, default=None)
    acknowledged_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    outcome = Varchar(10, default="")
    note = Text(default="")
    reminder_id = BigInt(null=True, default=None)


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
