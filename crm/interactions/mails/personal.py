"""What mails written or passed on by hand know about people."""

from crm.personal import CODE, DERIVED, NOTE, SECRET, STAFF, VALUE, Declared, Erase, Tells, audited, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "mail_template",
        each(CODE, "purpose name_de name_en subject_de subject_en") | each(NOTE, "body_de body_en"),
        heading=N_("Mail templates"),
    ),
    Declared("mail_sender", each(STAFF, "phone signature_de signature_en")),
    Declared(
        "interaction_mail",
        each(DERIVED, "follow_up"),
        erase=Erase.BLANK,
        tells=(Tells("outbox_message", "t.id", "t.outbox_id"),),
        heading=N_("E-mails of contacts"),
    ),
    Declared(
        "logged_mail",
        each(VALUE, "sender counterpart content")
        | each(NOTE, "subject text")
        | each(CODE, "state reason direction")
        | each(DERIVED, "message_key"),
        about="lower(t.sender) = ANY($3) OR string_to_array(lower(t.counterpart), ', ') && $3",
        erase=Erase.DELETE,
        tells=(audited("logged_mail"),),
        heading=N_("E-mails that wait to be logged"),
    ),
    Declared("log_address", each(SECRET, "token")),
)
