"""The catalogue of attributes, the bases that were stated for them, their values; scores with their inputs and reviews."""

from decimal import Decimal
from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Boolean, Date, ForeignKey, Integer, Numeric, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.consents.tables import LegalBasis
from crm.customers.tables import Customer, Person


class AttributeKind(StrEnum):
    SOCIO_DEMOGRAPHIC = "socio_demographic"
    BEHAVIOURAL = "behavioural"
    PSYCHOGRAPHIC = "psychographic"
    DERIVED = "derived"


class ValueType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


class About(StrEnum):
    """Whom an attribute describes. What describes an organisation itself is no personal data."""

    PERSON = "person"
    ORGANISATION = "organisation"
    BOTH = "both"


class RetentionUnit(StrEnum):
    DAYS = "days"
    MONTHS = "months"


BASES = (LegalBasis.CONSENT, LegalBasis.CONTRACT, LegalBasis.LEGAL_DUTY, LegalBasis.LEGITIMATE_INTEREST)
"""The legal bases on which an attribute of a person can rest (GDPR Art. 6 (1) a, b, c, f)."""


class Attribute(Table, tablename="attribute"):
    """A further fact that may be kept about customers. `roles` are codes with commas, empty for all staff; `basis_note`
    is the law or the interest on which it rests. `is_special`: a category of GDPR Art. 9."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120)
    hint_de = Varchar(300, default="")
    hint_en = Varchar(300, default="")
    kind = Varchar(20, choices=AttributeKind)
    data_type = Varchar(10, choices=ValueType)
    about = Varchar(12, choices=About, default=About.PERSON)
    purpose = Varchar(40)
    legal_basis = Varchar(30)
    basis_note = Varchar(300, default="")
    retention = Integer(default=24)
    retention_unit = Varchar(6, choices=RetentionUnit, default=RetentionUnit.MONTHS)
    roles = Varchar(200, default="")
    is_special = Boolean(default=False)
    position = Integer(default=0)
    created_at = Timestamptz(default=None, null=True)
    retired_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class AttributeChoice(Table, tablename="attribute_choice"):
    """One option of an attribute that is chosen. A retired one is not offered any more; values keep it."""

    id = BigSerial(primary_key=True)
    attribute = ForeignKey(Attribute, null=False, on_delete=OnDelete.cascade)
    code = Varchar(40)
    name_de = Varchar(120)
    name_en = Varchar(120)
    position = Integer(default=0)
    retired_at = Timestamptz(null=True, default=None)


class AttributeBasis(Table, tablename="attribute_basis"):
    """On which basis attributes of one purpose may be kept about one person: the ledger's event of the consent, or a
    reference (contract, law, interest). Stated once and ended, never changed; `ended_by_event` is the withdrawal."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    purpose = Varchar(40)
    basis = Varchar(30)
    consent_event = BigInt(null=True, default=None)
    reference = Varchar(300, default="")
    valid_from = Timestamptz(default=None, null=True)
    stated_by = BigInt(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    ended_by_event = BigInt(null=True, default=None)


class AttributeValue(Table, tablename="attribute_value"):
    """The value of an attribute, of a person or of an organisation itself. The column is that of the attribute's type;
    a choice is kept by its code. `blocked_at`: its basis has ended, it is neither shown nor used and goes at night."""

    id = BigSerial(primary_key=True)
    attribute = ForeignKey(Attribute, null=False, on_delete=OnDelete.restrict)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.cascade)
    text = Text(null=True, default=None)
    number = Numeric(digits=(18, 4), null=True, default=None)
    on_date = Date(null=True, default=None)
    flag = Boolean(null=True, default=None)
    source = Varchar(20, default="form")
    recorded_at = Timestamptz(default=None, null=True)
    recorded_by = BigInt(null=True, default=None)
    blocked_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class ScoreSettings(Table, tablename="score_settings"):
    """The one row that says how customers are scored: up to which share of revenue (percent) A and B reach, and what
    is demanded at least before a private person is (consent, or legitimate_interest until they object)."""

    id = BigSerial(primary_key=True)
    abc_a = Integer(default=80)
    abc_b = Integer(default=95)
    profiling_basis = Varchar(30, default=LegalBasis.CONSENT)
    version = Integer(default=1)


class RunStatus(StrEnum):
    REQUESTED = "requested"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class ScoreRun(Table, tablename="score_run"):
    """One computation of all scores, with the settings that it used and what came of it."""

    id = BigSerial(primary_key=True)
    status = Varchar(10, choices=RunStatus, default=RunStatus.REQUESTED)
    requested_by = BigInt(null=True, default=None)
    requested_at = Timestamptz(default=None, null=True)
    claimed_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    computed_on = Date(null=True, default=None)
    abc_a = Integer(default=80)
    abc_b = Integer(default=95)
    profiling_basis = Varchar(30, default=LegalBasis.CONSENT)
    scored = Integer(default=0)
    left_out = Integer(default=0)
    revenue = Numeric(digits=(18, 2), default=Decimal(0))


class CustomerScore(Table, tablename="customer_score"):
    """The scores of a customer as they hold now, with their inputs. `abc_class` is what counts: the class that was
    computed, or that of a human review. `share` and `share_before` are parts of 1 of all revenue that was ranked:
    the customer's own, and that of all with more. `rfm` is recency, frequency and monetary, as in 545; empty where
    too few customers are compared."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade, unique=True)
    run = ForeignKey(ScoreRun, null=False, on_delete=OnDelete.restrict)
    computed_at = Timestamptz(default=None, null=True)
    abc_class = Varchar(1)
    computed_class = Varchar(1)
    revenue = Numeric(digits=(14, 2), default=Decimal(0))
    share = Numeric(digits=(9, 8), default=Decimal(0))
    share_before = Numeric(digits=(9, 8), default=Decimal(0))
    rank = Integer(default=0)
    compared = Integer(default=0)
    orders = Integer(default=0)
    last_order_on = Date(null=True, default=None)
    recency_days = Integer(null=True, default=None)
    recency = Integer(null=True, default=None)
    frequency = Integer(null=True, default=None)
    monetary = Integer(null=True, default=None)
    rfm = Varchar(3, default="")


class ScoreChange(Table, tablename="score_change"):
    """A score as it was when a class or the RFM figures changed, with its inputs, so that it can be explained later."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    run = ForeignKey(ScoreRun, null=False, on_delete=OnDelete.restrict)
    computed_at = Timestamptz(default=None, null=True)
    abc_class = Varchar(1)
    computed_class = Varchar(1)
    revenue = Numeric(digits=(14, 2), default=Decimal(0))
    share = Numeric(digits=(9, 8), default=Decimal(0))
    share_before = Numeric(digits=(9, 8), default=Decimal(0))
    rank = Integer(default=0)
    compared = Integer(default=0)
    orders = Integer(default=0)
    last_order_on = Date(null=True, default=None)
    recency_days = Integer(null=True, default=None)
    recency = Integer(null=True, default=None)
    frequency = Integer(null=True, default=None)
    monetary = Integer(null=True, default=None)
    rfm = Varchar(3, default="")


class ScoreReview(Table, tablename="score_review"):
    """A human review of a customer's ABC class (GDPR Art. 22 (3)): asked for, decided, perhaps taken back. Until it is
    taken back, `decided_class` stands, whatever is computed."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    asked_at = Timestamptz(default=None, null=True)
    recorded_by = BigInt(null=True, default=None)
    request = Text(default="")
    computed_class = Varchar(1, default="")
    decided_at = Timestamptz(null=True, default=None)
    decided_by = BigInt(null=True, default=None)
    decided_class = Varchar(1, default="")
    reason = Text(default="")
    taken_back_at = Timestamptz(null=True, default=None)
    taken_back_by = BigInt(null=True, default=None)
    taken_back_reason = Text(default="")
