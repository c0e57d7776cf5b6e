"""Staff, their sessions and tokens, the company's settings, the audit trail and the memory of repeated submissions."""

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.permissions import Permission, Role, role_may


class Team(Table, tablename="team"):
    id = BigSerial(primary_key=True)
    name = Varchar(120, unique=True)


class User(Table, tablename="staff"):
    """A member of staff who can log in. Never deleted, only deactivated: their name stays in the history."""

    id = BigSerial(primary_key=True)
    email = Varchar(254, unique=True)
    name = Varchar(200)
    role = Varchar(20, choices=Role)
    team = ForeignKey(Team, null=True, on_delete=OnDelete.set_null)
    language = Varchar(2, default="")
    theme = Varchar(10, default="system")
    single_keys = Boolean(default=True)
    password_hash = Text(default="", secret=True)
    totp_secret = Text(default="", secret=True)
    totp_confirmed_at = Timestamptz(null=True, default=None)
    totp_last_step = BigInt(default=0)
    created_at = Timestamptz(default=None, null=True)
    deactivated_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)

    def may(self, permission: Permission) -> bool:
        return self.deactivated_at is None and role_may(Role(self.role), permission)


class Session(Table, tablename="login_session"):
    """A log-in of one browser. Only the hash of its token is stored."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    token_hash = Bytea(unique=True)
    created_at = Timestamptz(default=None, null=True)
    seen_at = Timestamptz(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    user_agent = Varchar(300, default="")
    ip_address = Varchar(45, default="")
    second_factor_pending = Boolean(default=False)


class ApiToken(Table, tablename="api_token"):
    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    name = Varchar(120, default="")
    token_hash = Bytea(unique=True)
    created_at = Timestamptz(default=None, null=True)
    used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class RecoveryCode(Table, tablename="recovery_code"):
    """A single-use code for someone who has lost the second factor."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    code_hash = Bytea()
    used_at = Timestamptz(null=True, default=None)


class OneTimeLink(Table, tablename="one_time_link"):
    """An invitation or a forgotten password: works once, until it expires."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    kind = Varchar(20)
    token_hash = Bytea(unique=True)
    created_at = Timestamptz(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    used_at = Timestamptz(null=True, default=None)


class LoginAttempt(Table, tablename="login_attempt"):
    """A failed log-in, counted per account and per address to slow guessing down; swept after a day."""

    id = BigSerial(primary_key=True)
    account = Varchar(254, index=True)
    ip_address = Varchar(45, default="", index=True)
    at = Timestamptz(default=None, null=True)


class Company(Table, tablename="company"):
    """The one row of settings that belong to the company rather than to the machine it runs on."""

    id = BigSerial(primary_key=True)
    name = Varchar(200, default="")
    imprint = Text(default="")
    logo_hash = Varchar(64, default="")
    language = Varchar(2, default="de")
    secret = Bytea(default=b"", secret=True)
    mail_from = Varchar(254, default="")
    smtp_host = Varchar(254, default="")
    smtp_port = Integer(default=587)
    smtp_security = Varchar(10, default="starttls")
    smtp_user = Varchar(254, default="")
    smtp_password = Text(default="", secret=True)
    acknowledges_mail = Boolean(default=True)
    demo_filled_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)
    conversion_trigger = Varchar(20, default="first_order")
    prospect_service_level = Varchar(40, default="basis")
    tells_at_night = Boolean(default=False)
    untouched_after_days = Integer(default=90)
    closes_after_days = Integer(default=7)
    reopens_within_days = Integer(default=30)
    confirmation_days = Integer(default=14)
    report_colour = Varchar(7, default="#0d6068")
    report_nps_target = Integer(null=True, default=None)
    report_promises_target = Integer(null=True, default=None)
    report_first_contact_target = Integer(null=True, default=None)


class AuditPayload(Table, tablename="audit_payload"):
    """The values of an audit entry, apart from it, so that they can be erased while the entry stands."""

    id = BigSerial(primary_key=True)
    salt = Bytea()
    fields = JSONB(default="{}", null=True)
    erased_at = Timestamptz(null=True, default=None)


class AuditEntry(Table, tablename="audit_entry"):
    """Who did what to which record, when. The database refuses to change or delete it."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=None, null=True)
    actor_id = BigInt(null=True, default=None)
    action = Varchar(60)
    subject_kind = Varchar(40)
    subject_id = BigInt(null=True, default=None)
    payload_id = BigInt(null=True, default=None)
    payload_hash = Bytea(default=b"")


class Submission(Table, tablename="submission"):
    """What a form's submission id or an API's idempotency key has already done, so that a repeat does nothing."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    key = Varchar(200)
    request_hash = Bytea(default=b"")
    status = Integer(default=0)
    location = Text(default="")
    body = Text(default="")
    created_at = Timestamptz(default=None, null=True)
