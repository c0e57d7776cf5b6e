"""What the placeholders of text blocks stand for in an enquiry. Pure rules over what was read."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from babel.dates import format_date

from crm.customers.salutation import salutation
from crm.errors import Invalid
from crm.mail.placeholders import Catalogue, Placeholder
from crm.web.formats import clock, day, local
from crm.web.i18n import N_, speaking

_NO_PERSON = N_("The enquiry names no person. Write it yourself.")

BLOCKS = Catalogue(
    (
        Placeholder("salutation", "Anrede", N_("how the answer begins: Sehr geehrte Frau Weiß,")),
        Placeholder("name", "Name", N_("name of the person, or of the customer where the enquiry names nobody")),
        Placeholder("given_name", "Vorname", N_("given name of the person"), _NO_PERSON),
        Placeholder("family_name", "Nachname", N_("family name of the person"), _NO_PERSON),
        Placeholder("customer", "Kunde", N_("name of the customer")),
        Placeholder("customer_number", "Kundennummer", N_("number of the customer")),
        Placeholder("number", "Nummer", N_("number of the enquiry: #1234")),
        Placeholder("subject", "Betreff", N_("subject of the enquiry")),
        Placeholder("topic", "Thema", N_("topic of the enquiry"), N_("The enquiry has no topic yet.")),
        Placeholder(
            "order_number", "Bestellnummer", N_("number of the order that the enquiry is about"),
            N_("The enquiry belongs to no order yet. Connect it, or write the number yourself."),
        ),
        Placeholder(
            "due", "Frist", N_("when the next promise of the enquiry is due"),
            N_("No promise of this enquiry is running. Write the time yourself."),
        ),
        Placeholder("my_name", "mein Name", N_("your name")),
        Placeholder("company", "Firma", N_("name of our company"), N_("The name of the company is missing in the settings.")),
        Placeholder("date", "Datum", N_("the date of today, in full")),
    )
)  # fmt: skip


def values_for(facts: Any, now: datetime) -> dict[str, str]:
    """What the placeholders stand for, in the enquiry's language. `facts` is a row of queries.block_facts."""
    lang = facts.language
    person = None
    if facts.person_id is not None:
        person = SimpleNamespace(
            given_name=facts.given_name, family_name=facts.family_name, title=facts.title,
            form_of_address=facts.form_of_address, salutation=facts.salutation,
        )  # fmt: skip
    with speaking(lang):
        due = f"{day(facts.due_at, now)}, {clock(facts.due_at)}" if facts.due_at else ""
    return {
        "salutation": salutation(person, lang), "name": facts.person_name or facts.customer_name,
        "given_name": facts.given_name or "", "family_name": facts.family_name or "", "customer": facts.customer_name,
        "customer_number": facts.customer_number, "number": f"#{facts.id}", "subject": facts.subject,
        "topic": (facts.topic_en if lang == "en" else facts.topic_de) or "", "order_number": facts.order_number or "", "due": due,
        "my_name": facts.my_name, "company": facts.company, "date": format_date(local(now).date(), format="long", locale=lang),
    }  # fmt: skip


def demand_filled(text: str) -> None:
    """Raises Invalid for an answer in which a placeholder or a gap is left: no customer reads "{Anrede}"."""
    if left := BLOCKS.left_in(text):
        raise Invalid({"text": " ".join(BLOCKS.left_sentence(each) for each in left)})
