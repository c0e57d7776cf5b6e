"""What lists of customers know about people: words that are searched for, and who was in a change to many."""

from crm.customers.personal import OF_CUSTOMER
from crm.personal import CODE, DERIVED, NOTE, STAFF, Declared, Erase, each
from crm.web.i18n import N_

PERSONAL = (
    Declared("search_word", each(DERIVED, "word")),  # what nobody has any more is swept every night
    Declared("saved_view", each(NOTE, "name query"), heading=N_("Saved views")),
    Declared("list_setting", each(STAFF, "columns")),
    Declared(
        "bulk_change", each(CODE, "kind value status") | each(NOTE, "query"), heading=N_("Changes to many customers")
    ),
    Declared(
        "bulk_item", each(CODE, "state"), about=OF_CUSTOMER, erase=Erase.DELETE, heading=N_("Changes to many customers")
    ),
)
