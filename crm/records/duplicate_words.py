"""The words of duplicates: reasons as codes in, text in the language of the moment out."""

from __future__ import annotations

from collections.abc import Iterable

from crm.web.formats import num
from crm.web.i18n import N_, _, ngettext, word

REASONS = {
    "name_same": N_("same name"), "name_similar": N_("similar name"), "name_part": N_("one name is part of the other"),
    "family_same": N_("same family name"), "family_similar": N_("family name almost the same"),
    "family_sounds": N_("family names sound alike"), "family_part": N_("one family name is part of the other"),
    "family_other": N_("other family name"), "given_same": N_("same given name"),
    "given_nickname": N_("given names stand for one another"), "given_part": N_("one given name is part of the other"),
    "given_similar": N_("given name almost the same"), "given_sounds": N_("given names sound alike"),
    "given_initial": N_("same initial"), "given_other": N_("other given name"),
    "names_swapped": N_("given and family name swapped"), "birthday_same": N_("same birthday"),
    "birthday_near": N_("birthday almost the same"), "birthday_other": N_("other birthday"), "email_same": N_("same e-mail address"),
    "email_near": N_("e-mail address almost the same"), "email_domain": N_("same domain"), "email_other": N_("other e-mail address"),
    "phone_same": N_("same phone number"), "phone_near": N_("phone number almost the same"), "phone_other": N_("other phone number"),
    "address_same": N_("same address"), "address_near": N_("same street, other number"), "town_same": N_("same place"),
    "place_same": N_("same place, other street"), "address_other": N_("other address"), "form_other": N_("other legal form"),
    "vat_same": N_("same VAT ID"), "vat_other": N_("other VAT ID"), "branch": N_("perhaps a branch"), "name_other": N_("other name"),
}  # fmt: skip
AGAINST = frozenset(code for code in REASONS if code.endswith("_other")) | {"branch", "place_same"}
"""What speaks against it; all others speak for it."""


def reasons_for(codes: Iterable[str]) -> list[str]:
    return [word(REASONS, code) for code in codes if code in REASONS and code not in AGAINST]


def reasons_against(codes: Iterable[str]) -> list[str]:
    return [word(REASONS, code) for code in codes if code in AGAINST]


def stays_text(stays: dict[str, int]) -> str:
    """ "1 enquiry, 3 contacts": what came since a merge."""
    words = {
        "ticket": lambda n: ngettext("one enquiry", "%(num)s enquiries", n),
        "interaction": lambda n: ngettext("one contact", "%(num)s contacts", n),
        "customer_order": lambda n: ngettext("one order", "%(num)s orders", n),
        "quotation": lambda n: ngettext("one quotation", "%(num)s quotations", n),
        "reminder": lambda n: ngettext("one follow-up", "%(num)s follow-ups", n),
        "affiliation": lambda n: ngettext("one person", "%(num)s persons", n),
        "email_address": lambda n: ngettext("one e-mail address", "%(num)s e-mail addresses", n),
        "phone_number": lambda n: ngettext("one phone number", "%(num)s phone numbers", n),
        "postal_address": lambda n: ngettext("one address", "%(num)s addresses", n),
    }
    return ", ".join(words[table](count) % {"num": num(count)} for table, count in stays.items() if table in words)


def surely(score: float) -> str:
    """How sure the rule is, in a word beside the figure."""
    if score >= 0.95:
        return _("almost certain")
    return _("likely") if score >= 0.75 else _("possible")
