"""What the links of enquiries know about people: which orders, products and enquiries theirs belong to."""

from crm.personal import CODE, Declared, each
from crm.tickets.personal import OF_TICKET, TICKETS
from crm.web.i18n import N_

PERSONAL = (
    Declared("ticket_order", each(CODE, "basis"), about=OF_TICKET, heading=N_("Enquiries about orders")),
    Declared("ticket_product", each(CODE, "basis"), about=OF_TICKET, heading=N_("Enquiries about products")),
    Declared("ticket_merge", each(CODE, "status_before"), about=OF_TICKET, heading=N_("Enquiries brought together")),
    Declared("ticket_link", about=f"t.one IN ({TICKETS}) OR t.other IN ({TICKETS})", heading=N_("Linked enquiries")),
)
