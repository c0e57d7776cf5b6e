"""Exports and imports on record: who took which data out of the house or brought it in, and what became of each row. Pairs of
customers that may be one, the keys that they are found by, and merges with what they moved."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    DoublePrecision,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.customers.tables import Customer
from crm.records.targets import ImportKind


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


class PairState(StrEnum):
    OPEN = "open"
    DISMISSED = "dismissed"


class DuplicatePair(Table, tablename="duplicate_pair"):
    """Two customers that may be one; `one` has the smaller id. `reasons` are codes with commas between them. `fingerprint` is
    that of both when they were last compared: a dismissed pair is shown again only if it has changed."""

    id = BigSerial(primary_key=True)
    one = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    other = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    score = DoublePrecision()
    reasons = Text(default="")
    state = Varchar(12, choices=PairState, default=PairState.OPEN)
    fingerprint = Varchar(64, default="")
    found_at = Timestamptz(default=None, null=True)
    decided_at = Timestamptz(null=True, default=None)
    decided_by = BigInt(null=True, default=None)


class CustomerBlocks(Table, tablename="customer_blocks"):
    """The keys under which a customer meets those that it may be the same as (blocking.py), as they were last computed."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade, unique=True)
    keys = Array(base_column=BigInt())
    fingerprint = Varchar(32, default="")


class DuplicateTodo(Table, tablename="duplicate_todo"):
    """A customer that changed since it was last compared; written by triggers, one row per change."""

    id = BigSerial(primary_key=True)
    customer_id = BigInt()


class DuplicateSearch(Table, tablename="duplicate_search"):
    """A search among all customers, from being asked for to its end."""

    id = BigSerial(primary_key=True)
    asked_at = Timestamptz(default=None, null=True)
    started_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    customers = Integer(default=0)
    pairs = Integer(default=0)


class Merge(Table, tablename="customer_merge"):
    """One customer taken into another. `kept` says what was moved and changed, so that it can be undone."""

    id = BigSerial(primary_key=True)
    survivor = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    merged = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    at = Timestamptz(default=None, null=True)
    by = BigInt(null=True, default=None, db_column_name="by_user")
    undone_at = Timestamptz(null=True, default=None)
    undone_by = BigInt(null=True, default=None)
    kept = JSONB(default="{}")


class RunStatus(StrEnum):
    RECEIVED = "received"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


class Rule(StrEnum):
    """What happens with a row whose customer is there already."""

    SKIP = "skip"
    UPDATE = "update"
    CREATE = "create"
    ASK = "ask"


class Outcome(StrEnum):
    """What became of a row (or would, in a dry run). JOINED: a new person at an organisation that was there."""

    CREATED = "created"
    JOINED = "joined"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    WRONG = "wrong"
    ASKED = "asked"


class ImportRun(Table, tablename="import_run"):
    """One import of one file. `columns` are its headers, `mapping` the field of each, `position` how many rows are done and
    safe, `counts` what became of them. `problem` is the code of what stopped it."""

    id = BigSerial(primary_key=True)
    kind = Varchar(20, default=ImportKind.CUSTOMERS)
    status = Varchar(20, choices=RunStatus, default=RunStatus.RECEIVED)
    file_name = Varchar(300)
    file_sha256 = Varchar(64, index=True)
    file_size = BigInt(default=0)
    file_kind = Varchar(10, default="csv")
    columns = JSONB(default="[]")
    mapping = JSONB(default="[]")
    choices = JSONB(default="{}")
    about = JSONB(default="{}")
    samples = JSONB(default="[]")
    tool = Varchar(20, default="")
    is_american = Boolean(default=False)
    rule = Varchar(10, choices=Rule, default=Rule.SKIP)
    source = Varchar(200, default="")
    informed_on = Date(null=True, default=None)
    total = Integer(default=0)
    position = Integer(default=0)
    counts = JSONB(default="{}")
    problem = JSONB(default="{}")
    requested_by = BigInt(null=True, default=None)
    created_at = Timestamptz(default=None, null=True)
    claimed_at = Timestamptz(null=True, default=None)
    started_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    undone_at = Timestamptz(null=True, default=None)
    undone_by = BigInt(null=True, default=None)


class ImportPart(Table, tablename="import_part"):
    """At most 1 MB of an uploaded file, until the import is done."""

    id = BigSerial(primary_key=True)
    run = ForeignKey(ImportRun, null=False, on_delete=OnDelete.cascade)
    position = Integer()
    data = Bytea()


class ImportRow(Table, tablename="import_row"):
    """What became of one row. `reason` is a code; `detail` holds errors (by language and column), notes and the former
    values of what was changed; `cells` the row itself where somebody must mend or decide it. A dry run's rows are trials."""

    id = BigSerial(primary_key=True)
    run = ForeignKey(ImportRun, null=False, on_delete=OnDelete.cascade)
    line = Integer()
    is_trial = Boolean(default=False)
    outcome = Varchar(12, choices=Outcome)
    label = Varchar(200, default="")
    reason = Varchar(30, default="")
    customer = BigInt(null=True, default=None)
    person = BigInt(null=True, default=None)
    record = BigInt(null=True, default=None)
    fingerprint = BigInt(null=True, default=None)
    parent = Text(default="")
    decision = Varchar(10, default="")
    detail = JSONB(default="{}")
    cells = JSONB(default="[]")


class ImportMapping(Table, tablename="import_mapping"):
    """The assignment of columns that was last used for a file with these headers (`header_key` is their SHA-256)."""

    id = BigSerial(primary_key=True)
    kind = Varchar(20)
    header_key = Varchar(64)
    mapping = JSONB(default="[]")
    used_at = Timestamptz(default=None, null=True)
    used_by = BigInt(null=True, default=None)
