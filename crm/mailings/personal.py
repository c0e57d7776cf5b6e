"""What mailings know about people: who was written to, and who was not and why."""

from crm.personal import CODE, DERIVED, NOTE, VALUE, Declared, Erase, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "mailing",
        each(CODE, "kind purpose status problem view_name")
        | each(NOTE, "name subject_de subject_en body_de body_en")
        | each(DERIVED, "query"),
        heading=N_("Mailings"),
    ),
    Declared(
        "mailing_recipient",
        each(VALUE, "name address") | each(CODE, "language state reason basis"),
        about="t.person_id = ANY($1) OR t.customer_id = ANY($2) OR lower(t.address) = ANY($3)",
        erase=Erase.BLANK,
        heading=N_("Newsletters, invitations and thank-yous"),
    ),
)
