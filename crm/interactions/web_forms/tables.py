"""The forms that stand on the company's website, and how often each is sent from where."""

from enum import StrEnum

from piccolo.columns import BigSerial, Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class FormKind(StrEnum):
    """What becomes of what is sent: an enquiry, or a call to return."""

    ENQUIRY = "enquiry"
    CALL_BACK = "call_back"


class WebForm(Table, tablename="web_form"):
    """A form of the website. `code` stands in its public address. `languages`, `asked`, `demanded` (fields) and `topics` are codes
    parted by commas: one topic is taken as it is, of several the customer chooses. `origins` are the websites that may show it in a
    frame, one a line ("https://www.example.de"). Beyond `hourly_limit` entries an hour what comes waits for a person; `overrun_at` is
    when that happened last."""

    id = BigSerial(primary_key=True)
    code = Varchar(24, unique=True)
    name = Varchar(120)
    kind = Varchar(10, choices=FormKind)
    languages = Varchar(10, default="de")
    title_de = Varchar(160, default="")
    title_en = Varchar(160, default="")
    thanks_de = Text(default="")
    thanks_en = Text(default="")
    privacy_de = Text(default="")
    privacy_en = Text(default="")
    privacy_url = Varchar(500, default="")
    asked = Varchar(200, default="")
    demanded = Varchar(200, default="")
    topics = Varchar(600, default="")
    takes_files = Boolean(default=False)
    origins = Text(default="")
    hourly_limit = Integer(default=60)
    overrun_at = Timestamptz(null=True, default=None)
    retired_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class FormAttempt(Table, tablename="form_attempt"):
    """That a form was sent, for a day: from which address and with which text, both as keyed digests that nobody reads back.
    `is_suspicious`: it waits for a person."""

    id = BigSerial(primary_key=True)
    form = ForeignKey(WebForm, null=False, on_delete=OnDelete.cascade)
    address_hash = Bytea()
    text_hash = Bytea()
    nonce = Varchar(40)
    at = Timestamptz(default=None, null=True)
    is_suspicious = Boolean(default=False)
