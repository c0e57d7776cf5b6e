"""Customers that somebody has put back on their list of whom to contact."""

from piccolo.columns import BigSerial, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.tables import Customer


class ContactPutBack(Table, tablename="contact_put_back"):
    """Not now: until `until` the customer is not on this user's list of whom to contact, for the `reason` if one was given. One that
    was taken back (`undone_at`) does not count."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade, index=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.restrict, index=True)
    at = Timestamptz(default=None, null=True)
    until = Timestamptz(default=None, null=True)
    reason = Text(default="")
    undone_at = Timestamptz(null=True, default=None)
