"""Messages to staff in the app."""

from datetime import time

from piccolo.columns import JSONB, BigSerial, Boolean, ForeignKey, Time, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User


class Notification(Table, tablename="notification"):
    """One message to one member of staff. `kind` and `detail` become a sentence in the reader's language. `mail_at` is when it may be
    mailed (never, if null), `mailed_at` when it was written into a mail. `hidden_at`: since when the data of whom it tells are restricted
    (GDPR Art. 18); until that is lifted it is neither listed nor mailed."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    kind = Varchar(40)
    detail = JSONB(default="{}")
    link = Varchar(300, default="")
    dedupe_key = Varchar(200, null=True, default=None, unique=True)
    at = Timestamptz(default=None, null=True)
    read_at = Timestamptz(null=True, default=None)
    mail_at = Timestamptz(null=True, default=None)
    mailed_at = Timestamptz(null=True, default=None)
    hidden_at = Timestamptz(null=True, default=None)


class NotificationPreference(Table, tablename="notification_preference"):
    """How somebody wants to be mailed: per group `at_once`, `digest` or `none`; when the digest comes, by the company's clock; and
    whether mail may come at night, or on Sundays and holidays."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, unique=True)
    follow_ups = Varchar(10, default="at_once")
    enquiries = Varchar(10, default="at_once")
    alarms = Varchar(10, default="at_once")
    others = Varchar(10, default="at_once")
    digest_at = Time(default=time(7))
    at_night = Boolean(default=False)
    on_days_off = Boolean(default=False)
