"""What the tables of mail know about people: whom we wrote to, what, and with which files."""

from crm.personal import CODE, DERIVED, NOTE, SECRET, STAFF, VALUE, Declared, Duty, Erase, Tells, each
from crm.web.i18n import N_

_ABOUT_A_DEAL = (
    "EXISTS (SELECT FROM ticket_message m JOIN ticket_order o ON o.ticket = m.ticket AND o.refused_at IS NULL "
    "WHERE m.outbox_id = t.id) OR EXISTS (SELECT FROM interaction_mail m JOIN interaction i ON i.id = m.interaction "
    "WHERE m.outbox_id = t.id AND (i.customer_order IS NOT NULL OR i.quotation IS NOT NULL))"
)
"""What is written about a deal is a commercial letter; what was written without one is not."""

PERSONAL = (
    Declared(
        "outbox_message",
        each(CODE, "status purpose language")
        | each(VALUE, "to_address to_name permission error")
        | each(NOTE, "subject text")
        | each(DERIVED, "html message_id in_reply_to headers dedupe_key")
        | each(STAFF, "from_address reply_to"),
        about=(
            "t.person_id = ANY($1) OR t.customer_id = ANY($2) "
            "OR t.person_id IS NULL AND t.customer_id IS NULL AND t.user_id IS NULL AND lower(t.to_address) = ANY($3)"
        ),
        copy_if="t.user_id IS NULL",  # mails to staff may tell of several customers; what they repeat stands elsewhere
        erase=Erase.DELETE,
        keep=Duty.COMMERCIAL_LETTER,
        keep_if=f"t.status = 'sent' AND ({_ABOUT_A_DEAL})",
        since="coalesce(t.sent_at, t.created_at)",
        tells=(Tells("outbox_copy", "t.message"), Tells("outbox_attachment", "t.message")),
        heading=N_("E-mails that we sent"),
    ),
    Declared(
        "outbox_copy",
        each(VALUE, "name address permission error"),
        about="lower(t.address) = ANY($3)",
        copy_if="EXISTS (SELECT FROM outbox_message m WHERE m.id = t.message AND m.user_id IS NULL)",
        erase=Erase.DELETE,
        heading=N_("Recipients of copies"),
    ),
    Declared(
        "outbox_attachment",
        each(VALUE, "name sha256") | each(CODE, "media_type"),
        copy_if="EXISTS (SELECT FROM outbox_message m WHERE m.id = t.message AND m.user_id IS NULL)",
        erase=Erase.DELETE,
        files=("sha256",),
        heading=N_("Attachments of e-mails"),
    ),
    Declared(
        "letter_box",
        each(STAFF, "name address host security user_name folder purpose topic language error")
        | each(SECRET, "password"),
    ),
)
