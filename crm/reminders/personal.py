"""What follow-ups and alarms know about people."""

from crm.personal import CODE, DERIVED, NOTE, Declared, Erase, Tells, audited, each
from crm.tickets.personal import OF_TICKET
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "reminder",
        each(NOTE, "text result") | each(CODE, "repeat cause cause_detail") | each(DERIVED, "cause_key"),
        about=f"t.customer = ANY($2) OR {OF_TICKET}",
        erase=Erase.DELETE,
        tells=(
            audited("reminder"),
            Tells(
                "notification",
                "CASE jsonb_typeof(t.detail->'reminder_id') WHEN 'number' THEN (t.detail->>'reminder_id')::bigint END",
            ),
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
        tells=(audited("alarm"),),
        heading=N_("Alarms"),
    ),
    Declared("portfolio_handover"),
)
