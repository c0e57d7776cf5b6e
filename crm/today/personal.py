"""What the lists of today know about people: why somebody was put back."""

from crm.customers.personal import OF_CUSTOMER
from crm.personal import NOTE, Declared, Erase, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "contact_put_back",
        each(NOTE, "reason"),
        about=OF_CUSTOMER,
        erase=Erase.BLANK,
        heading=N_("Customers put back on a list"),
    ),
)
