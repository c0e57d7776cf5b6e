"""The words of forms on the website: their fields, as staff choose them and as customers read them."""

from __future__ import annotations

from crm.interactions.web_forms.tables import FormKind
from crm.web.i18n import N_

KINDS = {FormKind.ENQUIRY: N_("Becomes an enquiry"), FormKind.CALL_BACK: N_("Becomes a call to return")}

FIELDS = {
    "name": N_("Name"), "company": N_("Company"), "email": N_("E-mail address"), "phone": N_("Phone"),
    "customer_number": N_("Customer number"), "order_number": N_("Order number"), "subject": N_("Subject"),
}  # fmt: skip
"""What a form can ask beside the text, in the order in which it stands there."""

ALWAYS = {FormKind.ENQUIRY: ("email",), FormKind.CALL_BACK: ("phone",)}
"""Without it nobody could answer."""

LABELS = {
    "name": N_("Name for yourselves"), "kind": N_("What it becomes"), "languages": N_("Languages"), "title_de": N_("Heading in German"),
    "title_en": N_("Heading in English"), "thanks_de": N_("Thanks in German"), "thanks_en": N_("Thanks in English"),
    "privacy_de": N_("Privacy notice in German"), "privacy_en": N_("Privacy notice in English"),
    "privacy_url": N_("Address of the privacy policy"), "asked": N_("Fields that are asked"),
    "demanded": N_("Fields that must be filled in"),
    "topics": N_("Topics"), "takes_files": N_("Takes files along"), "origins": N_("Websites that may show it"),
    "hourly_limit": N_("At most so many an hour"),
}  # fmt: skip
