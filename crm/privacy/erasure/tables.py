"""Duties that keep data, legal holds, and erasures: what is to go, what has gone, and what goes later."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.tables import Customer, Person


class ErasureStatus(StrEnum):
    """`draft`: being prepared, or what would be erased has changed; `submitted`: waits for the second person; `approved`: waits for
    the worker; `running`; `done`; `cancelled`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class Treatment(StrEnum):
    """What becomes of a row: it goes, its words go, or a duty keeps it until `ends_on`."""

    DELETE = "delete"
    BLANK = "blank"
    KEEP = "keep"


class Decision(StrEnum):
    """What becomes of a mention in somebody else's text."""

    OPEN = ""
    REDACT = "redact"
    EMPTY = "empty"
    LEAVE = "leave"


class KeepingDuty(Table, tablename="keeping_duty"):
    """A duty of law to keep something: for how many years, counted from the end of the calendar year (HGB § 257 (5), AO § 147 (4))
    or from the day itself. What the register of personal columns names by `code` is kept for it while it is in force."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120)
    law_de = Varchar(120)
    law_en = Varchar(120)
    years = Integer()
    from_year_end = Boolean(default=True)
    is_in_force = Boolean(default=True)
    position = Integer(default=0)
    version = Integer(default=1)


class LegalHold(Table, tablename="legal_hold"):
    """Somebody's data must not be erased for the time being, for example because of a dispute (GDPR Art. 17 (3) (e)). It ends after
    `until_on`, or when it is lifted."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.cascade, index=True)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade, index=True)
    reason = Text(default="")
    until_on = Date(null=True, default=None)
    placed_at = Timestamptz(default=None, null=True)
    placed_by = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    lifted_at = Timestamptz(null=True, default=None)
    lifted_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    lifted_reason = Text(default="")


class Erasure(Table, tablename="erasure"):
    """One erasure; the row is the truth, whatever becomes of the worker. `persons` and `customers` are all ids of the one person (those
    merged into them too), `uid` names it beside the backups. `needles` (names, addresses, numbers) is emptied when it is done, as is
    whatever else of the row tells who it was. `fingerprint` is of what was approved; `found` says what came of it per table. `by_rule`: no
    request led to it, but this rule of retention (privacy/retention)."""

    id = BigSerial(primary_key=True)
    uid = Varchar(32, unique=True)
    request = BigInt(null=True, default=None, index=True)
    person = BigInt(null=True, default=None, index=True)
    customer = BigInt(null=True, default=None, index=True)
    persons = Array(base_column=BigInt(), default=list)
    customers = Array(base_column=BigInt(), default=list)
    needles = JSONB(default="{}")
    status = Varchar(10, choices=ErasureStatus, default=ErasureStatus.DRAFT)
    language = Varchar(2, default="de")
    note = Text(default="")
    prepared_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    prepared_at = Timestamptz(default=None, null=True)
    submitted_at = Timestamptz(default=None, null=True)
    fingerprint = Varchar(64, default="")
    changed_at = Timestamptz(default=None, null=True)
    approved_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    approved_at = Timestamptz(default=None, null=True)
    claimed_at = Timestamptz(default=None, null=True)
    journaled_at = Timestamptz(default=None, null=True)
    finished_at = Timestamptz(default=None, null=True)
    is_replayed = Boolean(default=False)
    by_rule = Varchar(40, null=True, default=None)
    files = Array(base_column=Varchar(64), default=list)
    found = JSONB(default="{}")
    certificate_hash = Varchar(64, default="")
    outbox_id = BigInt(null=True, default=None)
    version = Integer(default=1)


class ErasureRow(Table, tablename="erasure_row"):
    """One row of a table that an erasure is about. What a duty keeps waits here until `ends_on` is over."""

    id = BigSerial(primary_key=True)
    erasure = ForeignKey(Erasure, null=False, on_delete=OnDelete.cascade)
    table_name = Varchar(63)
    row_id = BigInt()
    treatment = Varchar(10, choices=Treatment)
    duty = Varchar(40, default="")
    ends_on = Date(null=True, default=None)
    done_at = Timestamptz(null=True, default=None)


class ErasureMention(Table, tablename="erasure_mention"):
    """A place in somebody else's text that names the person, and what was decided about it. `digest` is of the text as it was shown:
    another text is asked about anew."""

    id = BigSerial(primary_key=True)
    erasure = ForeignKey(Erasure, null=False, on_delete=OnDelete.cascade)
    table_name = Varchar(63)
    column_name = Varchar(63)
    row_id = BigInt()
    digest = Varchar(64, default="")
    decision = Varchar(10, choices=Decision, default=Decision.OPEN)
    reason = Text(default="")
    decided_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    decided_at = Timestamptz(null=True, default=None)
    done_at = Timestamptz(null=True, default=None)
