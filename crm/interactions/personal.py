"""What the contact history knows about people: every contact with them, in the words of staff."""

from crm.customers.personal import WHOSE
from crm.personal import CODE, NOTE, VALUE, Declared, Duty, Erase, Tells, audited, each, linked
from crm.web.i18n import N_

_TOOK_PART = "t.id IN (SELECT p.interaction FROM contact_participant p WHERE p.person = ANY($1))"

_WITH_THEM = f"CASE WHEN {WHOSE} THEN t.id END"
"""Where somebody only took part, what is to be done next is about whoever the contact was with."""

PERSONAL = (
    Declared("contact_reason", each(CODE, "code name_de name_en remedy_de remedy_en")),
    Declared("gathering", each(CODE, "name channel")),
    Declared(
        "interaction",
        each(NOTE, "text") | each(CODE, "channel direction"),
        about=f"{WHOSE} OR {_TOOK_PART}",
        erase=Erase.BLANK,
        erase_if=WHOSE,  # where somebody only took part, the note is that of whoever it was with
        keep=Duty.COMMERCIAL_LETTER,
        keep_if="t.channel IN ('email', 'letter') AND (t.customer_order IS NOT NULL OR t.quotation IS NOT NULL)",
        since="t.at",
        tells=(
            audited("interaction"),
            *linked("/interactions/"),
            Tells("interaction_version", "t.interaction"),
            Tells("observation", "t.interaction"),
            Tells("contact_document", "t.interaction"),
            Tells("contact_order", "t.interaction"),
            Tells("followed_guide", "t.interaction"),
            Tells("interaction_mail", "t.interaction"),
            Tells("reminder", "t.interaction_id", _WITH_THEM),
            Tells("alarm", "t.interaction_id", _WITH_THEM),
        ),
        heading=N_("Contacts"),
    ),
    Declared(
        "contact_participant",
        about="t.person = ANY($1)",
        erase=Erase.DELETE,
        heading=N_("Contacts in which they took part"),
    ),
    Declared("contact_document", heading=N_("Documents of contacts")),
    Declared("contact_order", each(CODE, "basis"), heading=N_("Contacts about orders")),
    Declared(
        "interaction_version",
        each(VALUE, "fields"),
        erase=Erase.BLANK,
        erase_if=("t.interaction IN (SELECT i.id FROM interaction i WHERE i.person = ANY($1) OR i.customer = ANY($2))"),
        heading=N_("Earlier versions of contacts"),
    ),
    Declared("followed_guide", each(CODE, "variant done reason"), heading=N_("Guides that were followed")),
)
