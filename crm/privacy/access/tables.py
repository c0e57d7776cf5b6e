"""Copies of a person's data that were made for a request, their files, and what was blacked out in them."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.privacy.desk.tables import DataRequest


class CopyStatus(StrEnum):
    REQUESTED = "requested"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class AccessCopy(Table, tablename="access_copy"):
    """One copy of everything about the person of a request. `done` of `total` says how far it is, `entries` how many rows it holds,
    `blacked` how many texts were blacked out in it. `serial` is raised to end the links that were sent. With `handed_on` it was
    printed and handed over."""

    id = BigSerial(primary_key=True)
    request = ForeignKey(DataRequest, null=False, on_delete=OnDelete.cascade, index=True)
    language = Varchar(2, default="de")
    status = Varchar(12, choices=CopyStatus, default=CopyStatus.REQUESTED)
    done = Integer(default=0)
    total = Integer(default=0)
    entries = Integer(default=0)
    blacked = Integer(default=0)
    attempts = Integer(default=0)
    requested_by = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    requested_at = Timestamptz(default=None, null=True)
    claimed_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)
    serial = Integer(default=0)
    sent_to = Varchar(254, default="")
    sent_at = Timestamptz(null=True, default=None)
    sent_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    link_until = Timestamptz(null=True, default=None)
    outbox_id = BigInt(null=True, default=None)
    handed_on = Date(null=True, default=None)
    handed_how = Varchar(300, default="")
    handed_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)


class FileKind(StrEnum):
    """The readable PDF (in parts, if it is long), the archive with the JSON and the files, and the JSON of Art. 20 alone."""

    PDF = "pdf"
    ARCHIVE = "archive"
    PORTABLE = "portable"


class AccessFile(Table, tablename="access_file"):
    """A file of a copy; `sha256` names its content in crm/files, and is empty again when it was thrown away."""

    id = BigSerial(primary_key=True)
    copy = ForeignKey(AccessCopy, null=False, on_delete=OnDelete.cascade, index=True)
    kind = Varchar(10, choices=FileKind)
    position = Integer(default=0)
    name = Varchar(200)
    sha256 = Varchar(64, index=True)
    size = BigInt()
    media_type = Varchar(120)
    fetches = Integer(default=0)
    fetched_at = Timestamptz(null=True, default=None)


class BlackedKind(StrEnum):
    """A passage: these words, wherever they stand. A text: one item as a whole. A file: one content by its SHA-256."""

    PASSAGE = "passage"
    TEXT = "text"
    FILE = "file"


class BlackedOut(Table, tablename="blacked_out"):
    """What the person does not get to see since it would harm the rights of others (GDPR Art. 15 (4)), and why. `value` is the
    passage, the text or the file's SHA-256; `place` says where the officer found it ("interaction.text 12")."""

    id = BigSerial(primary_key=True)
    request = ForeignKey(DataRequest, null=False, on_delete=OnDelete.cascade, index=True)
    kind = Varchar(10, choices=BlackedKind)
    value = Text()
    place = Varchar(120, default="")
    reason = Varchar(500)
    by = ForeignKey(User, null=False, on_delete=OnDelete.restrict, db_column_name="by_user")
    at = Timestamptz(default=None, null=True)
