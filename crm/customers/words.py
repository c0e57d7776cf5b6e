"""The words of customers and their history: codes in, text in the language of the moment out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from phonenumbers import SUPPORTED_REGIONS

from crm.customers.data import told
from crm.customers.identifiers import shown_iban
from crm.text import sort_key
from crm.web.formats import clock, country, phone, short_date
from crm.web.i18n import N_, _, language, ngettext, word

KINDS = {"organisation": N_("Organisation"), "person": N_("Private person")}
STATUSES = {"prospect": N_("Prospect"), "customer": N_("Customer"), "former": N_("Former customer")}
FORMS_OF_ADDRESS = {"neutral": N_("neutral"), "ms": N_("Ms"), "mr": N_("Mr")}
LANGUAGES = {"de": N_("German"), "en": N_("English")}
ORIGINS = {
    "recommendation": N_("Recommendation"), "search": N_("Search engine"), "website": N_("Our website"),
    "social_media": N_("Social media"), "advert": N_("Advertisement"), "fair": N_("Trade fair"), "press": N_("Press report"),
    "reviews": N_("Review portal"), "cold_call": N_("We got in touch"), "walk_in": N_("Came by"),
    "partner": N_("Partner company"), "other": N_("Something else"),
}  # fmt: skip
EMAIL_KINDS = {
    "work": N_("at work"), "private": N_("private"), "invoice": N_("for invoices"), "other": N_("other"),
}  # fmt: skip
PHONE_KINDS = {
    "work": N_("at work"), "mobile": N_("mobile"), "private": N_("private"), "fax": N_("fax"), "other": N_("other"),
}  # fmt: skip
ADDRESS_KINDS = {
    "visit": N_("for visits"), "invoice": N_("for invoices"), "delivery": N_("for deliveries"), "private": N_("private"),
    "other": N_("other"),
}  # fmt: skip
WEB_KINDS = {"shop": N_("web shop"), "profile": N_("profile"), "other": N_("other")}
KIND_WORDS = {"emails": EMAIL_KINDS, "phones": PHONE_KINDS, "addresses": ADDRESS_KINDS, "websites": WEB_KINDS}
PREFERRED_CHANNELS = {
    "phone": N_("Phone"), "email": N_("E-mail"), "letter": N_("Letter"), "visit": N_("Visit"), "chat": N_("Chat"),
}  # fmt: skip
STATUS_TRIGGERS = {
    "hand": N_("by hand"), "created": N_("entered"), "first_order": N_("first order"), "account": N_("account opened"),
    "newsletter": N_("newsletter subscribed"),
}  # fmt: skip
LOSS_REASONS = {
    "price": N_("Price"), "competitor": N_("Went to a competitor"), "need_gone": N_("No longer needs it"),
    "service": N_("Unhappy with our service"), "product": N_("Unhappy with the product"),
    "delivery": N_("Waited too long"), "closed": N_("Business closed"), "moved": N_("Moved away"),
    "no_answer": N_("No longer answers"), "deceased": N_("Deceased"), "other": N_("Something else"),
}  # fmt: skip
TIMELINE_KINDS = {
    "interaction": N_("Customer contacts"), "ticket": N_("Enquiries"), "order": N_("Orders"),
    "quotation": N_("Quotations"), "consent": N_("Consents"), "survey": N_("Survey answers"), "mail": N_("Mails"),
    "change": N_("Changes"), "document": N_("Documents"),
}  # fmt: skip
ORDER_STATUSES = {
    "ordered": N_("ordered"), "confirmed": N_("confirmed"), "shipped": N_("shipped"), "delivered": N_("delivered"),
    "invoiced": N_("invoiced"), "paid": N_("paid"), "cancelled": N_("cancelled"),
}  # fmt: skip
TICKET_STATUSES = {
    "new": N_("new"), "open": N_("in progress"), "waiting": N_("waiting for an answer"), "postponed": N_("put back"),
    "solved": N_("solved"), "closed": N_("closed"),
}  # fmt: skip
CONTACT_DELETIONS = {
    "duplicate": N_("logged twice"), "wrong_customer": N_("belongs to another customer"),
    "never_happened": N_("never took place"), "asked_for": N_("the person asked for it"), "other": N_("another reason"),
}  # fmt: skip
CHANNELS = {
    "phone": N_("Phone"), "email": N_("E-mail"), "visit": N_("Visit"), "letter": N_("Letter"), "chat": N_("Chat"),
    "web": N_("Website"), "social": N_("Social media"), "fair": N_("Trade fair"), "review": N_("Review"),
    "press": N_("Press"), "word_of_mouth": N_("Word of mouth"), "other": N_("Other"),
}  # fmt: skip

# (channel, direction) -> with a name, without one; the direction "" is for both
_CONTACTS = {
    ("phone", "inbound"): (N_("Call from %(name)s"), N_("Incoming call")),
    ("phone", "outbound"): (N_("Call to %(name)s"), N_("Outgoing call")),
    ("email", "inbound"): (N_("E-mail from %(name)s"), N_("Incoming e-mail")),
    ("email", "outbound"): (N_("E-mail to %(name)s"), N_("Outgoing e-mail")),
    ("letter", "inbound"): (N_("Letter from %(name)s"), N_("Incoming letter")),
    ("letter", "outbound"): (N_("Letter to %(name)s"), N_("Outgoing letter")),
    ("visit", "inbound"): (N_("Visit by %(name)s"), N_("Visit to us")),
    ("visit", "outbound"): (N_("Visit to %(name)s"), N_("Visit to the customer")),
    ("chat", ""): (N_("Chat with %(name)s"), N_("Chat")),
    ("web", "inbound"): (N_("Message from %(name)s through the website"), N_("Message through the website")),
    ("web", "outbound"): (N_("Reply to %(name)s through the website"), N_("Reply through the website")),
    ("social", "inbound"): (N_("Social media: message from %(name)s"), N_("Social media: message received")),
    ("social", "outbound"): (N_("Social media: message to %(name)s"), N_("Social media: message sent")),
    ("fair", ""): (N_("Trade fair: talk with %(name)s"), N_("Talk at a trade fair")),
    ("review", ""): (N_("Review by %(name)s"), N_("Review")),
    ("press", ""): (N_("Press report about %(name)s"), N_("Press report")),
    ("word_of_mouth", ""): (N_("Word of mouth: %(name)s"), N_("Word of mouth")),
    ("other", ""): (N_("Contact with %(name)s"), N_("Contact")),
}

_CONSENTS = {
    "given": N_("Consent given: %(purpose)s"),
    "confirmed": N_("Consent confirmed: %(purpose)s"),
    "refused": N_("Consent refused: %(purpose)s"),
    "withdrawn": N_("Consent withdrawn: %(purpose)s"),
    "objected": N_("Objection: %(purpose)s"),
    "expired": N_("Consent expired: %(purpose)s"),
}

_CHANGES = {
    "status": N_("Status: %(before)s → %(after)s"),
    "service_level": N_("Service level: %(before)s → %(after)s"),
    "owner": N_("Owner: %(before)s → %(after)s"),
    "deletion": N_("Restored after having been deleted"),
    "abc_class": N_("ABC class after human review: %(before)s → %(after)s"),
}

FIELDS = {
    "kind": N_("Kind"), "name": N_("Name"), "status": N_("Status"), "service_level": N_("Service level"),
    "language": N_("Language"), "brief": N_("Brief"), "origin": N_("More precisely"), "website": N_("Website"),
    "vat_id": N_("VAT ID"), "external_id": N_("External number"), "no_automatic_answers": N_("No automatic answers"),
    "owner_id": N_("Owner"), "deputy_id": N_("Deputy"), "street": N_("Street"), "postcode": N_("Postcode"),
    "city": N_("City"), "country": N_("Country"), "email": N_("E-mail"), "phone": N_("Phone"), "title": N_("Title"),
    "form_of_address": N_("Form of address"), "given_name": N_("Given name"), "family_name": N_("Family name"),
    "function": N_("Function"), "emails": N_("E-mail addresses"), "phones": N_("Telephone numbers"),
    "addresses": N_("Addresses"), "websites": N_("Websites"), "tags": N_("Tags"), "iban": N_("IBAN"),
    "origin_code": N_("How they heard of us"), "recommended_by": N_("Recommended by"), "parent_id": N_("Belongs to"),
    "team_id": N_("Team"), "checked_on": N_("Last checked"), "birthday": N_("Birthday"),
    "salutation": N_("Own salutation"), "preferred_channel": N_("Preferred channel"), "trigger": N_("Occasion"),
    "reason_code": N_("Reason"), "reason": N_("Reason in words"), "last_touchpoint": N_("Last touchpoint"),
}  # fmt: skip


def contact_title(channel: str, direction: str, name: str) -> str:
    """ "Call from Anna Größmann", or "Incoming call" when nobody is named."""
    named, plain = _CONTACTS.get((channel, direction)) or _CONTACTS.get((channel, "")) or _CONTACTS[("other", "")]
    return _(named) % {"name": name} if name else _(plain)


def event_text(channel: str, name: str, others: int) -> str:
    """ "Trade fair: Home & Living 2026, with 11 further customers": the event in which a contact was."""
    words = {"channel": word(CHANNELS, channel), "name": name}
    if not others:
        return _("%(channel)s: %(name)s") % words
    told = ngettext(
        "%(channel)s: %(name)s, with one further customer",
        "%(channel)s: %(name)s, with %(num)s further customers",
        others,
    )
    return told % {**words, "num": others}


def deletion_reason(code: str, text: str) -> str:
    """ "logged twice: with the fair of Monday": why an entry was deleted; words of one's own replace "another reason"."""
    chosen = word(CONTACT_DELETIONS, code) if code and not (code == "other" and text) else ""
    return ": ".join(filter(None, (chosen, text)))


def deleted_contact_sentence(name: str, at: datetime, why: str) -> str:
    """What is left in the history of a contact that was deleted."""
    words = {"name": name or _("somebody unknown"), "when": f"{short_date(at)}, {clock(at)}", "reason": why}
    return _("Deleted by %(name)s on %(when)s. Reason: %(reason)s") % words


def consent_title(event: str, purpose: str) -> str:
    return _(_CONSENTS.get(event, "%(purpose)s")) % {"purpose": purpose}


def change_cause(detail: Mapping[str, Any]) -> str:
    """Why a status changed: the reason of a loss, or the action that made a customer; nothing where nobody said."""
    if code := detail.get("reason_code"):
        return word(LOSS_REASONS, code)
    return word(STATUS_TRIGGERS, detail["trigger"]) if detail.get("trigger") else ""


def change_title(field: str, before: Any, after: Any, cause: str = "") -> str:
    """ "Status: Prospect → Customer (first order)"; nothing is shown as a dash."""
    words = {"status": STATUSES}.get(field, {})
    shown = [word(words, str(value)) if value else "–" for value in (before, after)]
    title = _(_CHANGES.get(field, "%(before)s → %(after)s")) % {"before": shown[0], "after": shown[1]}
    return f"{title} ({cause})" if cause else title


def field_label(name: str) -> str:
    """The label of a field, on forms and where two versions are compared."""
    return word(FIELDS, name.removeprefix("person_"))


def field_labels() -> dict[str, str]:
    """The labels of all fields, a first person's included, in the order in which the forms show them."""
    person = (
        "form_of_address", "title", "given_name", "family_name", "email", "phone", "function", "birthday", "salutation",
        "preferred_channel",
    )  # fmt: skip
    master = (
        "language", "street", "postcode", "city", "country", "status", "service_level", "owner_id", "deputy_id", "team_id",
        "brief", "tags", "origin_code", "origin", "recommended_by", "parent_id", "website", "vat_id", "iban", "external_id",
        "no_automatic_answers", "emails", "phones", "addresses", "websites",
    )  # fmt: skip
    names = ("name", *person, *(f"person_{name}" for name in person), *master)
    return {name: field_label(name) for name in names}


_CODED = {
    "status": STATUSES, "form_of_address": FORMS_OF_ADDRESS, "language": LANGUAGES, "kind": KINDS, "origin_code": ORIGINS,
    "preferred_channel": PREFERRED_CHANNELS, "trigger": STATUS_TRIGGERS, "reason_code": LOSS_REASONS,
}  # fmt: skip
"""Fields that hold codes, with the words for them."""


_INLINE = {
    "address": N_("Address"), "phones": N_("Phone"), "emails": N_("E-mail"), "owner": N_("Looked after by"),
    "deputy": N_("Deputy"), "team": N_("Team"), "origin": N_("How they heard of us"), "recommender": N_("Recommended by"),
    "parent": N_("Belongs to"), "answers": N_("Answers"), "salutation": N_("Salutation"),
}  # fmt: skip


def inline_label(name: str) -> str:
    """The label of a field that is changed where it stands on the page."""
    return word(_INLINE, name) if name in _INLINE else field_label(name)


def shown_value(field: str, value: Any, names: Mapping[str, Mapping[Any, str]] | None = None) -> str:
    """A field's value as a person reads it. `names`: for the fields that point to other records, what those are called."""
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return short_date(value)
    if isinstance(value, tuple):
        return str(told(value))
    if names and field in names:
        return names[field].get(value, str(value))
    if field == "phone":
        return phone(str(value))
    if field == "iban":
        return shown_iban(str(value))
    return word(_CODED.get(field, {}), str(value))


FIRST_COUNTRIES = ("DE", "AT", "CH")


def countries() -> list[tuple[str, str]]:
    """Codes and names for choosing: where most customers live first, then all others by name."""
    return list(_countries(language.get()))


@cache
def _countries(_language: str) -> tuple[tuple[str, str], ...]:
    others = sorted(SUPPORTED_REGIONS - set(FIRST_COUNTRIES), key=lambda code: sort_key(country(code)))
    return tuple((code, country(code)) for code in (*FIRST_COUNTRIES, *others))
