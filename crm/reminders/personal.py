"""What follow-ups and alarms know about people."""

from crm.personal import CODE, DERIVED, NOTE, Declared, Erase, Tells, audited, each
from crm.tickets.personal import OF_TICKET
from crm.web.i18n import N_


def _noticed(key: str) -> Tells:
    """Notices to staff that name the row by its id under this key."""
    return Tells(
        "notification", f"CASE jsonb_typeof(t.detail->'{key}') WHEN 'number' THEN (t.detail->>'{key}')::bigint END"
    )


PERSONAL = (
    Declared(
        "reminder",
        each(NOTE, "text result") | each(CODE, "repeat cause cause_detail") | each(DERIVED, "cause_key"),
        about=f"t.customer = ANY($2) OR {OF_TICKET}",
        erase=Erase.DELETE,
        tells=(
            audited("reminder"),
            _noticed("reminder_id"),
            Tells("reminder_given", "t.reminder"),
        ),
        heading=N_("Follow-ups"),
    ),
    Declared("reminder_given", erase=Erase.DELETE, heading=N_("Follow-ups passed on")),
    Declared("follow_up_rule", each(CODE, "code text_de text_en statuses levels")),
    Declared(
        "alarm",
        each(CODE, "kind detail outcome") | each(NOTE, "note"),
        about="t.customer = ANY($2)",
        erase=Erase.BLANK,
        tells=(audited("alarm"), _noticed("alarm_id")),
        heading=N_("Alarms"),
    ),
    Declared("portfolio_handover"),
)
