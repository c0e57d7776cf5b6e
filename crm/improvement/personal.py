"""What criticism, praise and expectations know about people."""

from crm.personal import CODE, NOTE, Declared, Erase, audited, each
from crm.tickets.personal import OF_TICKET
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "feedback",
        each(NOTE, "text") | each(CODE, "kind category heading level"),
        about=(
            "t.interaction IN (SELECT i.id FROM interaction i WHERE i.person = ANY($1) OR i.customer = ANY($2)) "
            f"OR {OF_TICKET}"
        ),
        erase=Erase.BLANK,
        tells=(audited("feedback"),),
        heading=N_("Criticism, praise and expectations"),
    ),
    Declared(
        "feedback_closure",
        each(NOTE, "text") | each(CODE, "reason"),
        about=(
            "t.feedback IN (SELECT f.id FROM feedback f LEFT JOIN interaction i ON i.id = f.interaction "
            "LEFT JOIN ticket k ON k.id = f.ticket WHERE i.person = ANY($1) OR i.customer = ANY($2) "
            "OR k.person = ANY($1) OR k.customer = ANY($2))"
        ),
        erase=Erase.BLANK,
        heading=N_("Why criticism was closed"),
    ),
)
