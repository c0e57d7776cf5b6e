"""What calls to return know about people."""

from crm.customers.personal import WHOSE
from crm.personal import CODE, NOTE, VALUE, Declared, Erase, Tells, audited, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "call_back",
        each(VALUE, "number name") | each(NOTE, "about result") | each(CODE, "kind outcome"),
        about=f"{WHOSE} OR t.person IS NULL AND t.customer IS NULL AND lower(t.number) = ANY($3)",
        erase=Erase.BLANK,
        tells=(
            audited("call_back"),
            Tells("reminder", "t.id", "t.reminder_id"),
            Tells("notification", r"substring(t.dedupe_key FROM '^call-waiting-(\d{1,18})-')::bigint"),
        ),
        heading=N_("Calls to return"),
    ),
)
