"""Texts of the notice, notices, and runs that send many."""

from enum import StrEnum

from piccolo.columns import Array, BigInt, BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.tables import Person


class NoticeText(Table, tablename="notice_text"):
    """What the officer made of the text that the program proposes; without a row the proposal goes out."""

    id = BigSerial(primary_key=True)
    language = Varchar(2, unique=True)
    subject = Varchar(200)
    text = Text()
    changed_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    changed_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class NoticeRun(Table, tablename="notice_run"):
    """Notices to many, written in the background: `persons` are those who were pending when it was asked for, `done` how many of them
    it has come past, `written` how many notices it wrote."""

    id = BigSerial(primary_key=True)
    status = Varchar(10, choices=RunStatus, default=RunStatus.QUEUED)
    persons = Array(base_column=BigInt(), default=[])
    done = Integer(default=0)
    written = Integer(default=0)
    requested_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    requested_at = Timestamptz(default=None, null=True)
    claimed_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)


class Notice(Table, tablename="information_notice"):
    """One notice to a person; whether it went out is what the outbox says of `outbox_id`."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    run = ForeignKey(NoticeRun, null=True, on_delete=OnDelete.set_null)
    outbox_id = BigInt(null=True, default=None)
    address = Varchar(254, default="")
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    at = Timestamptz(default=None, null=True)
