"""Notices to people: that they were sent is the proof that the duty was met; their words are in the outbox."""

from crm.personal import CODE, STAFF, VALUE, Declared, Erase, Tells, each
from crm.web.i18n import N_

PERSONAL = (
    Declared("notice_text", each(CODE, "language") | each(STAFF, "subject text")),
    Declared("notice_run", each(CODE, "status persons")),
    Declared(
        "information_notice",
        each(VALUE, "address"),
        about="t.person = ANY($1)",
        erase=Erase.BLANK,
        tells=(Tells("outbox_message", "t.id", "t.outbox_id"),),
        heading=N_("Notices about data protection"),
    ),
)
