"""Messages to staff in the app."""

from piccolo.columns import JSONB, BigSerial, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User


class Notification(Table, tablename="notification"):
    """One message to one member of staff. `kind` and `detail` become a sentence in the reader's language."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    kind = Varchar(40)
    detail = JSONB(default="{}")
    link = Varchar(300, default="")
    dedupe_key = Varchar(200, null=True, default=None, unique=True)
    at = Timestamptz(default=None, null=True)
    read_at = Timestamptz(null=True, default=None)
