"""Follow-ups: something that someone must not forget."""

from datetime import datetime

from piccolo.columns import BigInt, BigSerial, Date, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.tables import Customer


class Reminder(Table, tablename="reminder"):
    """`user` sees it when it is due; `delivered_at` is set once, in the transaction that writes the notification."""

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

    def is_overdue(self, now: datetime) -> bool:
        return self.done_at is None and now > self.due_at


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
