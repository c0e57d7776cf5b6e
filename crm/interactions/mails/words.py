"""The words of mails: fields of a template, and what became of a mail."""

from __future__ import annotations

from crm.database import Row
from crm.web.i18n import N_, _, local_name

LABELS = {
    "purpose": N_("What kind of mail is it?"), "name_de": N_("Name in German"), "name_en": N_("Name in English"),
    "subject_de": N_("Subject in German"), "subject_en": N_("Subject in English"), "body_de": N_("Text in German"),
    "body_en": N_("Text in English"), "phone": N_("Telephone"), "signature_de": N_("German signature"),
    "signature_en": N_("English signature"), "to": N_("Recipient"), "language": N_("Language"), "template": N_("Template"),
    "subject": N_("Subject"), "text": N_("Text"), "documents": N_("Documents that go along"), "file": N_("Further files"),
    "touchpoint": N_("Touchpoint"), "follow_up_at": N_("Follow-up"), "customer_id": N_("Customer"),
}  # fmt: skip
WAITING = {
    "other_sender": N_("It was not sent from your own address. Is it yours?"),
    "nobody": N_("None of its addresses belongs to a customer."),
    "several": N_("More than one customer has this address."),
    "too_long": N_("It is too long for the history."),
}  # fmt: skip


def template_name(template: Row) -> str:
    """In the language of the moment, or the one it has."""
    return local_name(template) or template.name_de or template.name_en


def label(field: str) -> str:
    return _(LABELS[field])
