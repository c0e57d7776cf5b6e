"""Who opened a record and who searched: one row for each user, record and hour."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class Relation(StrEnum):
    """What somebody had to do with the record when they looked: it was theirs, or it was not."""

    OWNER = "owner"
    DEPUTY = "deputy"
    ASSIGNEE = "assignee"
    NONE = ""


class AccessEntry(Table, tablename="access_entry"):
    """`kind` opened: a record was on the screen (`via` page) or read by a program (api), `times` in the hour that begins at `hour`
    (0: only a part of a page that is fetched by itself).
    `role` and `permission` are those of the moment, `relation` what the user had to do with it. `customer_id` and `person_id` are whom
    the record is about. No foreign keys: what is gone was looked at all the same.

    `kind` searched: `subject_kind` says where, `words` what for, `hits` how many were found. The words can be erased: `words_hash`
    (SHA-256 of `salt` and words) stays."""

    id = BigSerial(primary_key=True)
    kind = Varchar(10)
    user_id = BigInt()
    role = Varchar(20)
    permission = Varchar(40)
    relation = Varchar(10, default="", choices=Relation)
    subject_kind = Varchar(20)
    subject_id = BigInt(null=True, default=None)
    customer_id = BigInt(null=True, default=None)
    person_id = BigInt(null=True, default=None)
    via = Varchar(5)
    hour = Timestamptz(default=None, null=True)
    at = Timestamptz(default=None, null=True)
    last_at = Timestamptz(default=None, null=True)
    times = Integer(default=1)
    words = Text(default="")
    salt = Bytea(default=b"")
    words_hash = Bytea(default=b"")
    hits = Integer(null=True, default=None)
