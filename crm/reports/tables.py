"""Runs of the monthly report, with the figures and the PDF they produced."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User


class RunStatus(StrEnum):
    REQUESTED = "requested"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class ReportRun(Table, tablename="report_run"):
    """One report of one month, scope and language. The first run after the month's end is final and stays; a run
    within the month is provisional ("vorläufig") and may be made again. A correction is a further `edition` with the `note` that says
    why; the earlier ones stay as they are. `scope` is a code of crm.reports.scopes, `scope_name` what team or list were called then."""

    id = BigSerial(primary_key=True)
    month = Date(default=None, null=True)
    scope = Varchar(60, default="company")
    scope_name = Varchar(120, default="")
    language = Varchar(2)
    status = Varchar(10, choices=RunStatus, default=RunStatus.REQUESTED)
    is_provisional = Boolean(default=True)
    requested_by = BigInt(null=True, default=None)
    requested_at = Timestamptz(default=None, null=True)
    claimed_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    figures = JSONB(default="{}")
    pdf_hash = Varchar(64, default="")
    error = Text(default="")
    edition = Integer(default=1)
    note = Text(default="")


class ReportReader(Table, tablename="report_reader"):
    """A member of staff to whom each final report of a scope is mailed, in this language; once per scope."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    scope = Varchar(60, default="company")
    language = Varchar(2)
    added_at = Timestamptz(default=None, null=True)
    added_by = BigInt(null=True, default=None)


class ReportScope(Table, tablename="report_scope"):
    """A team or saved list whose report is drawn up by itself each month, besides that of the company."""

    id = BigSerial(primary_key=True)
    scope = Varchar(60, unique=True)
    added_at = Timestamptz(default=None, null=True)
    added_by = BigInt(null=True, default=None)
