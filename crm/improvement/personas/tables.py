"""Typical customers on one page each."""

from piccolo.columns import BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.lists.tables import SavedView


class Persona(Table, tablename="persona"):
    """A typical customer. `view` is the segment, as `view_by` sees it ("my customers" are theirs): its size and its answers are real."""

    id = BigSerial(primary_key=True)
    name = Varchar(120)
    role = Varchar(200, default="")
    goals = Text(default="")
    everyday = Text(default="")
    problems = Text(default="")
    benefit = Text(default="")
    information = Text(default="")
    context = Text(default="")
    triggers = Text(default="")
    view = ForeignKey(SavedView, null=True, on_delete=OnDelete.set_null, index=True)
    view_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    created_by = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)
