"""Rules about what proves something: evidence of consents that have ended, and the values in the audit trail."""

from crm.accounts.action_words import action_name
from crm.privacy.retention.kinds import Effect, Kind
from crm.web.i18n import N_

_LAST = """LATERAL (SELECT v.event, v.at FROM consent_event v WHERE (v.person_id = e.person_id OR v.address_key = e.address_key)
        AND v.purpose = e.purpose AND v.channel = e.channel ORDER BY v.at DESC, v.id DESC LIMIT 1)"""

PROOF = (
    Kind(
        "ended_consents",
        N_("Evidence of consents that have ended"),
        N_(
            "Evidence and values of consents that were withdrawn, refused, objected to or have run out; the ledger's chain stays whole"
        ),
        N_("the end of the consent, and then the time for which its purpose keeps data"),
        "consent_payload",
        Effect.BLANK,
        f"FROM consent_payload t JOIN consent_event e ON e.payload_id = t.id JOIN purpose p ON p.code = e.purpose, {_LAST} l",
        "t.erased_at IS NULL AND l.event IN ('refused', 'withdrawn', 'objected', 'expired')",
        "l.at + make_interval(months => coalesce(p.retention_months, 0))",
        label="p.name_{lang} || ' ' || to_char(e.at AT TIME ZONE {zone}, 'YYYY-MM-DD')",
        person="e.person_id",
    ),
    Kind(
        "audit_values",
        N_("Values in the audit trail"),
        N_("What stood before and after a change; that it was made, when and by whom stays for good"),
        N_("the change"),
        "audit_payload",
        Effect.BLANK,
        "FROM audit_payload t JOIN audit_entry e ON e.payload_id = t.id",
        "t.erased_at IS NULL",
        "e.at",
        label="e.action",
        person="CASE e.subject_kind WHEN 'person' THEN e.subject_id END",
        customer="CASE e.subject_kind WHEN 'customer' THEN e.subject_id END",
        say=action_name,
    ),
)
