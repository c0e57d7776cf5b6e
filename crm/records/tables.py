"""Exports on record: who took which customer data out of the house, when, what for and to whom."""

from enum import StrEnum

from piccolo.columns import JSONB, Array, BigInt, BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class ExportStatus(StrEnum):
    REQUESTED = "requested"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class ExportRun(Table, tablename="export_run"):
    """One export. `query` is that of the list, `described` the same in the words that the person saw; `file_hash` is the file
    in the store and empty again when it has been thrown away, `sha256` says for good what the file was."""

    id = BigSerial(primary_key=True)
    status = Varchar(12, choices=ExportStatus, default=ExportStatus.REQUESTED)
    purpose = Varchar(60)
    purpose_text = Varchar(500, default="")
    recipient_kind = Varchar(10)
    recipient = Varchar(200, default="")
    query = Text(default="")
    ids = Array(base_column=BigInt(), null=True, default=None)
    described = Text(default="")
    format = Varchar(10)
    columns = Text(default="")
    options = JSONB(default="{}")
    language = Varchar(2, default="de")
    total = Integer(default=0)
    done = Integer(default=0)
    customers = Integer(default=0)
    persons = Integer(default=0)
    left_out = JSONB(default="{}")
    file_name = Varchar(200, default="")
    file_hash = Varchar(64, default="")
    sha256 = Varchar(64, default="")
    size = BigInt(default=0)
    requested_by = BigInt()
    requested_at = Timestamptz(default=None, null=True)
    attempts = Integer(default=0)
    claimed_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)
    fetches = Integer(default=0)
    fetched_at = Timestamptz(null=True, default=None)


class ExportSubjects(Table, tablename="export_subjects"):
    """Whose data went along, some hundred to a row: ids of customers and of persons."""

    id = BigSerial(primary_key=True)
    export = ForeignKey(ExportRun, null=False, on_delete=OnDelete.cascade, index=True)
    customers = Array(base_column=BigInt())
    persons = Array(base_column=BigInt())
