"""What reviews of conversations know about people: feedback to a colleague, which may quote what a customer said."""

from crm.personal import NOTE, Declared, Erase, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "quality_review",
        each(NOTE, "feedback"),
        about=(
            "t.interaction IN (SELECT i.id FROM interaction i WHERE i.person = ANY($1) OR i.customer = ANY($2)) "
            "OR t.message IN (SELECT m.id FROM ticket_message m JOIN ticket k ON k.id = m.ticket "
            "WHERE k.person = ANY($1) OR k.customer = ANY($2))"
        ),
        copy_if="false",  # it is about the colleague (GDPR Art. 15 (4))
        erase=Erase.BLANK,
        heading=N_("Reviews of conversations"),
    ),
)
