"""Saved views, the words that a search knows, and changes to many customers at once."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import Team, User
from crm.customers.tables import Customer


class SearchWord(Table, tablename="search_word"):
    """The words of letters in the search texts, for forgiving typing errors. Triggers on customer add them; a word may be
    there twice. What nobody has any more is swept every night."""

    id = BigSerial(primary_key=True)
    word = Varchar(40)


class SavedView(Table, tablename="saved_view"):
    """A list of customers under a name: `query` is the query string of the list with filters, order and columns. With a
    `team` its members see it too."""

    id = BigSerial(primary_key=True)
    name = Varchar(80)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    team = ForeignKey(Team, null=True, on_delete=OnDelete.set_null)
    query = Text(default="")
    created_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)


class ListSetting(Table, tablename="list_setting"):
    """How somebody's list of customers looks: its columns, and the view that it starts with. One row per user at most."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, unique=True)
    columns = Varchar(400, default="")
    start_view = ForeignKey(SavedView, null=True, on_delete=OnDelete.set_null)


class BulkKind(StrEnum):
    """What can be changed about many customers at once."""

    OWNER = "owner"
    TAG_ADD = "tag_add"
    TAG_REMOVE = "tag_remove"
    SERVICE_LEVEL = "service_level"


class BulkStatus(StrEnum):
    """`waiting` and `undoing` are for a worker to go on with."""

    WAITING = "waiting"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class BulkChange(Table, tablename="bulk_change"):
    """One change to many customers: what, by whom, to whom, and how far it is. `value` is an owner's id, a tag's name or a
    service level's code; `total` is how many were chosen, `unchanged` how many had it already, `left_out` how many are not
    there for this. `kept` counts those that somebody changed again before it was undone."""

    id = BigSerial(primary_key=True)
    kind = Varchar(20, choices=BulkKind)
    value = Varchar(120, default="")
    query = Text(default="")
    by = ForeignKey(User, null=False, on_delete=OnDelete.restrict, db_column_name="by_user")
    at = Timestamptz(default=None, null=True)
    status = Varchar(20, choices=BulkStatus, default=BulkStatus.WAITING)
    total = Integer(default=0)
    unchanged = Integer(default=0)
    left_out = Integer(default=0)
    changed = Integer(default=0)
    finished_at = Timestamptz(null=True, default=None)
    undone = Integer(default=0)
    kept = Integer(default=0)
    undone_at = Timestamptz(null=True, default=None)
    undone_by = BigInt(null=True, default=None)


class BulkItem(Table, tablename="bulk_item"):
    """A customer of such a change: whether it is done, and what was there before (the id of an owner or a service level).
    `was_deputy` when the new owner had stood in and does so no longer: nobody is the deputy of themselves."""

    id = BigSerial(primary_key=True)
    bulk = ForeignKey(BulkChange, null=False, on_delete=OnDelete.cascade)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    state = Varchar(10, default="waiting")
    before = BigInt(null=True, default=None)
    was_deputy = Boolean(default=False)
