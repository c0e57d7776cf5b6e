"""Calls to return: missed ones, and those that somebody asked for."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.tables import Customer, Person


class CallBackKind(StrEnum):
    MISSED = "missed"
    WANTED = "wanted"


class CallBackOutcome(StrEnum):
    """How it ended: we spoke, or it needed no call (any more)."""

    CALLED = "called"
    DISMISSED = "dismissed"


class CallBack(Table, tablename="call_back"):
    """Somebody waits for our call, until it is done. `at` is when they called or asked; they can be reached from `from_at` until
    `until_at` if they said so. `due_at` is when it is to be tried (again), `tries` counts the times nobody answered. `user` is who
    calls back, empty for anybody; `reminder_id` is what keeps that person from forgetting it."""

    id = BigSerial(primary_key=True)
    kind = Varchar(10, choices=CallBackKind)
    number = Varchar(20, default="")
    name = Varchar(200, default="")
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    user = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    about = Text(default="")
    at = Timestamptz(default=None, null=True)
    from_at = Timestamptz(null=True, default=None)
    until_at = Timestamptz(null=True, default=None)
    due_at = Timestamptz(default=None, null=True)
    tries = Integer(default=0)
    tried_at = Timestamptz(null=True, default=None)
    reminder_id = BigInt(null=True, default=None)
    created_at = Timestamptz(default=None, null=True)
    created_by = BigInt(null=True, default=None)
    done_at = Timestamptz(null=True, default=None)
    done_by = BigInt(null=True, default=None)
    outcome = Varchar(10, default="", choices=CallBackOutcome)
    result = Text(default="")
    interaction_id = BigInt(null=True, default=None)
