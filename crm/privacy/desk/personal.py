"""What the desk knows about people: what they asked for and how it was answered, which is the proof that it was."""

from crm.customers.personal import WHOSE
from crm.personal import CODE, NOTE, VALUE, Declared, Duty, Erase, Tells, audited, each, linked
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "data_request",
        each(CODE, "kind source status language identity against")
        | each(VALUE, "requester_name requester_address")
        | each(NOTE, "text extension_reason identity_how weighing refusal_reason"),
        about=f"{WHOSE} OR t.person IS NULL AND t.customer IS NULL AND lower(t.requester_address) = ANY($3)",
        erase=Erase.BLANK,
        keep=Duty.PROOF,
        since="coalesce(t.settled_at, t.received_at)",
        tells=(
            audited("data_request"),
            *linked("/privacy/requests/"),
            Tells("incoming_mail", "t.id", "t.incoming_id"),
            Tells("data_request_event", "t.request"),
            Tells("recipient_notice", "t.request"),
        ),
        heading=N_("Requests about data protection"),
    ),
    Declared(
        "data_request_event",
        each(CODE, "event") | each(NOTE, "note") | each(VALUE, "detail"),
        erase=Erase.BLANK,
        keep=Duty.PROOF,
        since="t.at",
        tells=(Tells("outbox_message", "t.id", "t.outbox_id"),),
        heading=N_("What happened to such requests"),
    ),
    Declared(
        "recipient_notice",
        each(CODE, "recipient told_how") | each(NOTE, "note"),
        erase=Erase.BLANK,
        keep=Duty.PROOF,
        since="(SELECT coalesce(r.settled_at, r.received_at) FROM data_request r WHERE r.id = t.request)",
        heading=N_("Recipients who were told"),
    ),
    Declared(
        "restriction",
        each(NOTE, "reason lifted_reason"),
        about=WHOSE,
        erase=Erase.BLANK,
        keep=Duty.PROOF,
        since="coalesce(t.lifted_at, t.begun_at)",
        heading=N_("Restrictions of processing"),
    ),
)
