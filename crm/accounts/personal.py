"""What the tables of accounts know about people: staff, and in the audit trail the people that a change was about."""

from crm.personal import CODE, SECRET, STAFF, VALUE, Declared, Erase, Tells, each
from crm.web.i18n import N_

PERSONAL = (
    Declared("api_token", each(STAFF, "name") | each(SECRET, "token_hash")),
    Declared(
        "audit_entry",
        each(CODE, "action subject_kind") | each(SECRET, "payload_hash"),
        about=(
            "t.subject_kind = 'person' AND t.subject_id = ANY($1) OR t.subject_kind = 'customer' AND t.subject_id = ANY($2)"
        ),
        tells=(Tells("audit_payload", "t.id", "t.payload_id"),),
        heading=N_("Log: who did what with the data"),
    ),
    Declared(
        "audit_payload",
        each(SECRET, "salt") | each(VALUE, "fields"),
        about="t.fields->'customer_id' IN (SELECT to_jsonb(c) FROM unnest($2) c)",
        copy_if=(  # what was changed about another person at the same customer, or about many at once
            "NOT EXISTS (SELECT FROM audit_entry e WHERE e.payload_id = t.id AND (e.subject_kind = 'person' "
            "AND NOT e.subject_id = ANY($1) OR e.subject_kind = 'customer' AND NOT e.subject_id = ANY($2)))"
        ),
        erase=Erase.BLANK,
        heading=N_("Log: values before and after"),
    ),
    Declared(
        "company",
        each(STAFF, "name imprint logo_hash language mail_from smtp_host smtp_security smtp_user")
        | each(STAFF, "conversion_trigger prospect_service_level report_colour")
        | each(SECRET, "secret smtp_password"),
    ),
    Declared("login_attempt", each(STAFF, "account ip_address")),
    Declared("one_time_link", each(STAFF, "kind") | each(SECRET, "token_hash")),
    Declared("recovery_code", each(SECRET, "code_hash")),
    Declared("login_session", each(STAFF, "user_agent ip_address") | each(SECRET, "token_hash")),
    Declared(
        "submission",  # for 7 days; what it repeats stands in the rows themselves
        each(CODE, "location") | each(VALUE, "body") | each(SECRET, "key request_hash"),
        copy_if="false",
        erase=Erase.DELETE,
        heading=N_("Repeated submissions"),
    ),
    Declared("team", each(STAFF, "name")),
    Declared("staff", each(STAFF, "email name role language theme") | each(SECRET, "password_hash totp_secret")),
)
