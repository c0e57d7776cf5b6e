"""The placeholders of mailings. Each always has a value: nobody is there to fill a gap."""

from __future__ import annotations

from crm.mail.placeholders import Catalogue, Placeholder
from crm.web.i18n import N_

PLACEHOLDERS = (
    Placeholder("salutation", "Anrede", N_("how the mail begins: Sehr geehrte Frau Weiß,")),
    Placeholder("name", "Name", N_("name of the person; for a company's own address that of the company")),
    Placeholder("customer", "Kunde", N_("name of the customer")),
    Placeholder("customer_number", "Kundennummer", N_("number of the customer")),
    Placeholder("owner", "Betreuung", N_("who looks after the customer; our company where nobody does")),
    Placeholder("company", "Firma", N_("name of our company")),
    Placeholder("date", "Datum", N_("the day on which it is sent, in full")),
)
MAILINGS = Catalogue(PLACEHOLDERS)
