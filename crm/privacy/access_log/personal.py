"""The log of access tells of staff; of a data subject only that their data were looked at. Words of a search may name somebody."""

from crm.personal import CODE, DERIVED, NOTE, SECRET, STAFF, Declared, Erase, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "access_entry",
        each(CODE, "kind subject_kind via")
        | each(STAFF, "user_id role permission relation")
        | each(NOTE, "words")
        | each(SECRET, "salt")
        | each(DERIVED, "words_hash"),
        about="t.person_id = ANY($1) OR t.customer_id = ANY($2) OR t.kind = 'searched' AND lower(t.words) = ANY($3)",
        erase=Erase.BLANK,
        heading=N_("When these data were looked at"),
    ),
)
