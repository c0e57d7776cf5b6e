"""Purposes, their wordings, and the consent ledger, to which rows are only ever added."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.customers.orders.tables import Order


class ConsentEventKind(StrEnum):
    GIVEN = "given"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"
    EXPIRED = "expired"


class ConsentSource(StrEnum):
    WEB_FORM = "web_form"
    PHONE = "phone"
    PAPER = "paper"
    IMPORT = "import"
    PREFERENCE_PAGE = "preference_page"
    OTHER = "other"


class LegalBasis(StrEnum):
    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_DUTY = "legal_duty"
    LEGITIMATE_INTEREST = "legitimate_interest"
    INTERNAL = "internal"


CHANNELS = ("email", "phone", "letter")
"""The channels on which a purpose can be allowed."""

PROCESSING = "processing"
"""The channel of a purpose for which nothing is sent: data are kept or evaluated for it."""


class Purpose(Table, tablename="purpose"):
    """What people's data are used for. `retention_months`: so long data are kept for it after they were last used, or after the
    consent was withdrawn (empty: no fixed time). `consent_months`: so long a consent holds (empty: until it is withdrawn).
    `is_own_similar`: it advertises nothing but our own goods and services that are like those which a customer bought (UWG § 7 (3) no. 2).
    `version` is that of the row, for two who change it at once."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120)
    legal_basis = Varchar(30, choices=LegalBasis)
    is_advertising = Boolean(default=False)
    needs_confirmation = Boolean(default=False)
    channels = Varchar(120, default="email")
    position = Integer(default=0)
    retention_months = Integer(null=True, default=None)
    consent_months = Integer(null=True, default=None)
    retired_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)
    is_own_similar = Boolean(default=False)


class Wording(Table, tablename="wording"):
    """The text that the person saw. A new text is a new version; an old one is never changed."""

    id = BigSerial(primary_key=True)
    purpose = ForeignKey(Purpose, null=False, on_delete=OnDelete.restrict)
    version = Integer()
    language = Varchar(2)
    text = Text()
    valid_from = Timestamptz(default=None, null=True)


class ConsentPayload(Table, tablename="consent_payload"):
    """The values and evidence of a ledger row, with a salt; can be erased without breaking the chain. `name`, `sha256`, `size` and
    `media_type` are those of the document that proves it, if one came along: its name and SHA-256 stand in `fields` as well, which
    the chain covers."""

    id = BigSerial(primary_key=True)
    salt = Bytea()
    fields = JSONB(default="{}", null=True)
    erased_at = Timestamptz(null=True, default=None)
    name = Varchar(255, default="")
    sha256 = Varchar(64, default="", index=True)
    size = BigInt(default=0)
    media_type = Varchar(120, default="")


class ConsentEvent(Table, tablename="consent_event"):
    """One event of the ledger. Holds ids and codes only; `address_key` is a keyed hash of an address without person.
    `hash` covers the row, the salted hash of its payload and the hash of the event before: one chain."""

    id = BigSerial(primary_key=True)
    person_id = BigInt(null=True, default=None, index=True)
    address_key = Varchar(64, null=True, default=None, index=True)
    purpose = Varchar(40)
    channel = Varchar(20)
    event = Varchar(12, choices=ConsentEventKind)
    wording_version = Integer(null=True, default=None)
    source = Varchar(20, choices=ConsentSource)
    at = Timestamptz(default=None, null=True)
    recorded_at = Timestamptz(default=None, null=True)
    recorded_by = BigInt(null=True, default=None)
    payload_id = BigInt()
    payload_hash = Bytea()
    previous_hash = Bytea()
    hash = Bytea()


class LedgerCheck(Table, tablename="ledger_check"):
    """One verification of the whole ledger: how far it reached, and the first event that does not fit (if any). The next
    one also sees whether what was last then is still there."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=None, null=True)
    checked_by = BigInt(null=True, default=None)
    events = Integer(default=0)
    erased = Integer(default=0)
    first_broken = BigInt(null=True, default=None)
    last_event_id = BigInt(null=True, default=None)
    last_hash = Bytea(default=b"")


class ConsentConfirmation(Table, tablename="consent_confirmation"):
    """A link by which the holder of a mailbox confirms a consent (double opt-in): one row for each mail. The token itself stands in
    the mail alone; here is its hash. `given_event` is the event of the ledger that waits for it."""

    id = BigSerial(primary_key=True)
    given_event = BigInt(index=True)
    person_id = BigInt(null=True, default=None, index=True)
    address = Varchar(254)
    purpose = Varchar(40)
    language = Varchar(2)
    token_hash = Bytea(unique=True, secret=True)
    created_at = Timestamptz(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    used_at = Timestamptz(null=True, default=None)


class AddressOrigin(Table, tablename="address_origin"):
    """That an e-mail address came with a sale (UWG § 7 (3) no. 1), and when and how the customer was told of the right to object
    (no. 4): `told_on` is empty where nobody knows. The address stands there as its key, as in the ledger."""

    id = BigSerial(primary_key=True)
    address_key = Varchar(64, unique=True)
    customer_order = ForeignKey(Order, null=False, on_delete=OnDelete.cascade, index=True)
    told_on = Date(null=True, default=None)
    how = Varchar(300, default="")
    recorded_by = BigInt(null=True, default=None)
    recorded_at = Timestamptz(default=None, null=True)


class PreferenceLink(Table, tablename="preference_link"):
    """Whom the links to the preference page are for: a person at an address, or an address without a person. `subject` is both as
    one word, so that there is one row for each."""

    id = BigSerial(primary_key=True)
    subject = Varchar(100, unique=True)
    person_id = BigInt(null=True, default=None, index=True)
    address = Varchar(254, default="")
    created_at = Timestamptz(default=None, null=True)
