"""Rules of retention as the officer set them, and what each night did by them."""

from piccolo.columns import (
    JSONB,
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
from crm.privacy.retention.periods import Unit


class RetentionRule(Table, tablename="retention_rule"):
    """How long one kind of data (`code`, see kinds.py) is kept, and why. It runs only while `approved` is the fingerprint of the rule as it
    is: whoever changes it has to look at the preview again."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    amount = Integer()
    unit = Varchar(8, choices=Unit)
    from_year_end = Boolean(default=False)
    is_on = Boolean(default=True)
    reason_de = Text(default="")
    reason_en = Text(default="")
    approved = Varchar(64, default="")
    approved_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    approved_at = Timestamptz(default=None, null=True)
    position = Integer(default=0)
    version = Integer(default=1)


class RetentionRun(Table, tablename="retention_run"):
    """One night. `worker` is the mark of whoever is at it: one that was followed by another stops."""

    id = BigSerial(primary_key=True)
    night_on = Date(unique=True)
    started_at = Timestamptz(default=None, null=True)
    claimed_at = Timestamptz(default=None, null=True)
    worker = Varchar(32, default="")
    finished_at = Timestamptz(null=True, default=None)


class RetentionResult(Table, tablename="retention_result"):
    """What one rule did in one night: how many records went, how many were `held` and why (a count for each reason), how many could not
    be done, and whether more are left for the next night."""

    id = BigSerial(primary_key=True)
    run = ForeignKey(RetentionRun, null=False, on_delete=OnDelete.cascade)
    code = Varchar(40)
    done = Integer(default=0)
    held = JSONB(default="{}")
    failed = Integer(default=0)
    is_more = Boolean(default=False)
    finished_at = Timestamptz(null=True, default=None)
