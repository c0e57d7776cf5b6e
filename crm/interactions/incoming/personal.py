"""What mails and forms that came in know about people, as long as they wait to be settled."""

from crm.personal import CODE, DERIVED, NOTE, VALUE, Declared, Erase, audited, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "incoming_mail",
        each(VALUE, "sender sender_name phone customer_number content")
        | each(NOTE, "subject text")
        | each(CODE, "state reason")
        | each(DERIVED, "message_key"),
        about="lower(t.sender) = ANY($3) OR t.ticket IN (SELECT k.id FROM ticket k WHERE k.customer = ANY($2))",
        erase=Erase.DELETE,
        tells=(audited("incoming_mail"),),
        heading=N_("E-mails that came in"),
    ),
)
