"""What a column of an imported file can be: the fields of an import, by kind, with the words that people read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crm.web.i18n import N_


class ImportKind(StrEnum):
    CUSTOMERS = "customers"
    INTERACTIONS = "interactions"
    CONSENTS = "consents"
    PRODUCTS = "products"
    QUOTATIONS = "quotations"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class Target:
    """One field of an import. `group` is the heading in the list of choices."""

    code: str
    label: str
    group: str


_CUSTOMER, _PERSON, _ADDRESS, _FURTHER = N_("Customer"), N_("Person"), N_("Address"), N_("Further addresses")
_WHO, _WHAT = N_("Whose it is"), N_("What happened")
_ORDER, _ITEM = N_("Order"), N_("Item of the order")
_PRODUCT, _QUOTATION, _COURSE = N_("Product"), N_("Quotation"), N_("What became of it")

_ADDRESS_PARTS = (
    ("street", N_("street")), ("house_number", N_("house number")), ("extra", N_("address line 2")),
    ("postcode", N_("postcode")), ("city", N_("place")), ("country", N_("country")),
)  # fmt: skip
ADDRESSES = (
    ("", N_("Address")), ("private_", N_("Private address")), ("invoice_", N_("Invoice address")),
    ("delivery_", N_("Delivery address")), ("other_", N_("Another address")),
)  # fmt: skip
"""The prefix of an address's fields, and what it is called. The first one that a row has becomes the main address."""

CUSTOMER_TARGETS = (
    Target("kind", N_("Kind: organisation or person"), _CUSTOMER),
    Target("name", N_("Name of the organisation"), _CUSTOMER),
    Target("external_id", N_("External number of the customer"), _CUSTOMER),
    Target("email", N_("E-mail of the organisation"), _CUSTOMER),
    Target("phone", N_("Telephone of the organisation"), _CUSTOMER),
    Target("phone_2", N_("Another telephone of the organisation"), _CUSTOMER),
    Target("fax", N_("Fax of the organisation"), _CUSTOMER),
    Target("website", N_("Website"), _CUSTOMER),
    Target("status", N_("Status"), _CUSTOMER),
    Target("service_level", N_("Service level"), _CUSTOMER),
    Target("owner", N_("Owner (name or e-mail)"), _CUSTOMER),
    Target("deputy", N_("Deputy (name or e-mail)"), _CUSTOMER),
    Target("language", N_("Language"), _CUSTOMER),
    Target("tags", N_("Tags"), _CUSTOMER),
    Target("brief", N_("Customer brief or note"), _CUSTOMER),
    Target("origin", N_("Origin"), _CUSTOMER),
    Target("origin_code", N_("Origin (code)"), _CUSTOMER),
    Target("parent", N_("Belongs to (external or customer number)"), _CUSTOMER),
    Target("vat_id", N_("VAT ID"), _CUSTOMER),
    Target("iban", N_("IBAN"), _CUSTOMER),
    Target("no_automatic_answers", N_("No automatic answers"), _CUSTOMER),
    Target("checked_on", N_("Last checked on"), _CUSTOMER),
    Target("person_full_name", N_("Whole name"), _PERSON),
    Target("person_form_of_address", N_("Form of address"), _PERSON),
    Target("person_title", N_("Title"), _PERSON),
    Target("person_given_name", N_("Given name"), _PERSON),
    Target("person_more_names", N_("Further given names"), _PERSON),
    Target("person_family_name", N_("Family name"), _PERSON),
    Target("person_function", N_("Function"), _PERSON),
    Target("person_department", N_("Department"), _PERSON),
    Target("person_email", N_("E-mail"), _PERSON),
    Target("person_email_2", N_("E-mail 2"), _PERSON),
    Target("person_email_3", N_("E-mail 3"), _PERSON),
    Target("person_phone", N_("Telephone"), _PERSON),
    Target("person_mobile", N_("Mobile"), _PERSON),
    Target("person_phone_private", N_("Telephone, private"), _PERSON),
    Target("person_phone_2", N_("Telephone 2"), _PERSON),
    Target("person_phone_3", N_("Telephone 3"), _PERSON),
    Target("person_fax", N_("Fax"), _PERSON),
    Target("person_birthday", N_("Birthday"), _PERSON),
    Target("person_salutation", N_("Salutation of one's own"), _PERSON),
    Target("person_preferred_channel", N_("Preferred channel"), _PERSON),
    Target("person_external_id", N_("External number of the person"), _PERSON),
    *(
        Target(prefix + part, f"{name}|{label}", _FURTHER if prefix else _ADDRESS)
        for prefix, name in ADDRESSES
        for part, label in _ADDRESS_PARTS
    ),
)  # fmt: skip

_REFERENCES = (
    Target("customer_external_id", N_("External number of the customer"), _WHO),
    Target("customer_number", N_("Customer number"), _WHO),
    Target("person_email", N_("E-mail"), _WHO),
)

INTERACTION_TARGETS = (
    *_REFERENCES,
    Target("at", N_("Date and time"), _WHAT),
    Target("time", N_("Time"), _WHAT),
    Target("channel", N_("Channel"), _WHAT),
    Target("direction", N_("Direction"), _WHAT),
    Target("subject", N_("Subject"), _WHAT),
    Target("text", N_("Text"), _WHAT),
    Target("touchpoint", N_("Touchpoint (code)"), _WHAT),
    Target("reason", N_("Reason for contact (code or name)"), _WHAT),
    Target("impression", N_("Impression (1 to 5)"), _WHAT),
    Target("minutes", N_("Minutes"), _WHAT),
    Target("staff", N_("Who (name or e-mail)"), _WHAT),
    Target("external_id", N_("External number of the contact"), _WHAT),
)
CONSENT_TARGETS = (
    *_REFERENCES,
    Target("purpose", N_("Purpose (code)"), _WHAT),
    Target("consent_channel", N_("Channel"), _WHAT),
    Target("event", N_("What was said: given, withdrawn …"), _WHAT),
    Target("wording_version", N_("Version of the wording"), _WHAT),
    Target("at", N_("Date and time"), _WHAT),
    Target("evidence", N_("Evidence"), _WHAT),
)
ORDER_TARGETS = (
    *_REFERENCES,
    Target("number", N_("Order number"), _ORDER),
    Target("ordered_on", N_("Ordered on"), _ORDER),
    Target("amount", N_("Amount"), _ORDER),
    Target("currency", N_("Currency"), _ORDER),
    Target("status", N_("Status"), _ORDER),
    Target("channel", N_("Channel"), _ORDER),
    Target("delivered_on", N_("Delivered on"), _ORDER),
    Target("delivery_due_on", N_("Delivery promised for"), _ORDER),
    Target("product", N_("Product (number or name)"), _ITEM),
    Target("text", N_("Text"), _ITEM),
    Target("quantity", N_("Quantity"), _ITEM),
    Target("price", N_("Price of one"), _ITEM),
)

PRODUCT_TARGETS = (
    Target("code", N_("Product number"), _PRODUCT),
    Target("name_de", N_("Name (German)"), _PRODUCT),
    Target("name_en", N_("Name (English)"), _PRODUCT),
    Target("department", N_("Department"), _PRODUCT),
)
QUOTATION_TARGETS = (
    *_REFERENCES,
    Target("number", N_("Quotation number"), _QUOTATION),
    Target("subject", N_("Subject"), _QUOTATION),
    Target("amount", N_("Amount"), _QUOTATION),
    Target("currency", N_("Currency"), _QUOTATION),
    Target("products", N_("Products (numbers or names)"), _QUOTATION),
    Target("document_on", N_("Date of the document"), _QUOTATION),
    Target("requested_at", N_("Requested"), _COURSE),
    Target("sent_at", N_("Sent"), _COURSE),
    Target("status", N_("Status"), _COURSE),
    Target("decided_at", N_("Decided"), _COURSE),
    Target("decline_reason", N_("Reason"), _COURSE),
    Target("decision_note", N_("What the customer said"), _COURSE),
)

NUMBERED = {ImportKind.PRODUCTS: "code", ImportKind.QUOTATIONS: "number", ImportKind.ORDERS: "number"}
"""The field that says which record it is, of the kinds that have one: what is there already is left out or changed."""

TARGETS: dict[ImportKind, dict[str, Target]] = {
    kind: {target.code: target for target in targets}
    for kind, targets in (
        (ImportKind.CUSTOMERS, CUSTOMER_TARGETS), (ImportKind.INTERACTIONS, INTERACTION_TARGETS),
        (ImportKind.CONSENTS, CONSENT_TARGETS), (ImportKind.PRODUCTS, PRODUCT_TARGETS),
        (ImportKind.QUOTATIONS, QUOTATION_TARGETS), (ImportKind.ORDERS, ORDER_TARGETS),
    )
}  # fmt: skip

ATTRIBUTE, OF_PERSON = "attribute:", ":person"
"""How the fields of an import of customers begin that are attributes of the catalogue (crm/profiles); and how one ends that means
the person of a row, where the attribute may describe the organisation too. The columns of an export are called the same."""

SEVERAL = {"person_email": ("person_email_2", "person_email_3"), "person_phone": ("person_phone_2", "person_phone_3"),
           "person_mobile": ("person_phone_2", "person_phone_3"), "phone": ("phone_2",)}  # fmt: skip
"""Where a second column of the same meaning goes."""

NAMES = frozenset({"name", "person_full_name", "person_given_name", "person_family_name"})
"""Any one of them makes a customer."""
