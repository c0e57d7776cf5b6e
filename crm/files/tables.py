"""Attached files by content hash, in PostgreSQL, so that one backup holds everything."""

from piccolo.columns import BigInt, BigSerial, Bytea, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class StoredFile(Table, tablename="stored_file"):
    """One content, named by its SHA-256, whoever attached it and however often."""

    id = BigSerial(primary_key=True)
    sha256 = Varchar(64, unique=True)
    size = BigInt()
    media_type = Varchar(120)
    created_at = Timestamptz(default=None, null=True)


class FileChunk(Table, tablename="file_chunk"):
    """At most 1 MB of a file's bytes."""

    id = BigSerial(primary_key=True)
    file = ForeignKey(StoredFile, null=False, on_delete=OnDelete.cascade)
    position = Integer()
    data = Bytea()
