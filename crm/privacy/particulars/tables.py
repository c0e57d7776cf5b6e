"""The one row of what the officer writes down about the company's data protection."""

from piccolo.columns import BigSerial, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class PrivacyParticulars(Table, tablename="privacy_particulars"):
    """Free texts, a line each where there are several. `log_months`: so long the log of access is kept."""

    id = BigSerial(primary_key=True)
    one = Integer(default=1, unique=True)
    controller_contact = Text(default="")
    representative = Text(default="")
    officer_name = Varchar(200, default="")
    officer_contact = Text(default="")
    authority = Text(default="")
    recipients = Text(default="")
    third_countries = Text(default="")
    measures = Text(default="")
    log_months = Integer(default=12)
    changed_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)
