"""The placeholders of mails to customers, {Anrede} or {salutation}; how they are found and filled is in crm.mail.placeholders."""

from __future__ import annotations

from crm.mail.placeholders import Catalogue, Placeholder
from crm.web.i18n import N_

PLACEHOLDERS = (
    Placeholder("salutation", "Anrede", N_("how the mail begins: Sehr geehrte Frau Weiß,"), ""),
    Placeholder("name", "Name", N_("name of the person, or of the customer where nobody is chosen"), ""),
    Placeholder(
        "given_name", "Vorname", N_("given name of the person"),
        N_("Nobody with a given name is chosen as recipient. Choose a person, or write it yourself."),
    ),
    Placeholder(
        "family_name", "Nachname", N_("family name of the person"),
        N_("Nobody with a family name is chosen as recipient. Choose a person, or write it yourself."),
    ),
    Placeholder("customer", "Kunde", N_("name of the customer"), ""),
    Placeholder("customer_number", "Kundennummer", N_("number of the customer"), ""),
    Placeholder("my_name", "mein Name", N_("your name"), ""),
    Placeholder(
        "my_phone", "meine Telefonnummer", N_("your telephone number"),
        N_("You have not stored your telephone number yet. You do so under Account, Signature."),
    ),
    Placeholder("my_email", "meine E-Mail", N_("your own e-mail address"), ""),
    Placeholder("company", "Firma", N_("name of our company"), N_("The name of the company is missing in the settings.")),
    Placeholder("date", "Datum", N_("the date of today, in full"), ""),
    Placeholder(
        "order_number", "Bestellnummer", N_("number of the newest order; in a mail after a delivery that of its order"),
        N_("This customer has no order with a number. Write the number yourself, or leave it out."),
    ),
    Placeholder(
        "quotation_number", "Angebotsnummer", N_("number of the newest quotation that waits for a decision"),
        N_("No quotation with a number waits for this customer's decision. Write the number yourself, or leave it out."),
    ),
    Placeholder(
        "quotation_date", "Angebotsdatum", N_("date of the newest quotation that waits for a decision"),
        N_("No quotation was sent that waits for this customer's decision. Write the date yourself, or leave it out."),
    ),
)  # fmt: skip
_MAILS = Catalogue(PLACEHOLDERS)
name_in, fill, left_in = _MAILS.name_in, _MAILS.fill, _MAILS.left_in
left_sentence, mistakes = _MAILS.left_sentence, _MAILS.mistakes
