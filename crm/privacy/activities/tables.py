"""Versions of the record of processing activities that somebody asked for."""

from piccolo.columns import BigSerial, Date, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User


class ProcessingRecord(Table, tablename="processing_record"):
    """A printed record: of a day, in a language, with the digest of what it says. What says the same on the same day is printed once."""

    id = BigSerial(primary_key=True)
    made_on = Date(default=None, null=True)
    language = Varchar(2)
    digest = Varchar(64)
    pdf_hash = Varchar(64)
    made_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    made_at = Timestamptz(default=None, null=True)
