"""Follow-ups: something that someone must not forget."""

from datetime import datetime

from piccolo.columns import BigInt, BigSerial, ForeignKey, Text, Timestamptz
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
