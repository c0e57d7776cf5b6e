"""What the tables of customers know about people: their master data, and the history of those who are customers themselves."""

from crm.personal import CODE, DERIVED, NOTE, VALUE, Declared, Erase, Tells, audited, each, linked
from crm.web.i18n import N_

WHOSE = "t.person = ANY($1) OR t.customer = ANY($2)"
"""With a column for the person and one for the customer: what was with a private customer is about them, whoever spoke for them."""

OWN = "t.person = ANY($1) OR t.person IS NULL AND t.customer = ANY($2)"
"""Of a private customer only what is not another person's."""

OF_CUSTOMER = "t.customer = ANY($2)"

PERSONAL = (
    Declared(
        "customer",
        each(VALUE, "name website vat_id iban external_id origin")
        | each(NOTE, "brief delete_reason")
        | each(DERIVED, "sort_key search_text")
        | each(CODE, "number kind status language origin_code"),
        about="t.id = ANY($2)",
        erase=Erase.BLANK,
        tells=(*linked("/customers/"),),
        heading=N_("Customer"),
    ),
    Declared(
        "person",
        each(VALUE, "given_name family_name title salutation external_id birthday")
        | each(CODE, "form_of_address language preferred_channel"),
        about="t.id = ANY($1)",
        erase=Erase.BLANK,
        heading=N_("Person"),
    ),
    Declared(
        "affiliation",
        each(VALUE, "function"),
        about="t.person = ANY($1)",
        erase=Erase.DELETE,
        heading=N_("Companies and households they belong to"),
    ),
    Declared(
        "email_address",
        each(VALUE, "address") | each(CODE, "kind"),
        about=OWN,
        erase=Erase.DELETE,
        heading=N_("E-mail addresses"),
    ),
    Declared(
        "phone_number",
        each(VALUE, "number") | each(CODE, "kind"),
        about=OWN,
        erase=Erase.DELETE,
        heading=N_("Telephone numbers"),
    ),
    Declared(
        "web_address",
        each(VALUE, "url") | each(CODE, "kind"),
        about=OF_CUSTOMER,
        erase=Erase.DELETE,
        heading=N_("Websites"),
    ),
    Declared(
        "postal_address",
        each(VALUE, "street postcode city extra") | each(CODE, "country kind"),
        about=OF_CUSTOMER,
        erase=Erase.DELETE,
        heading=N_("Postal addresses"),
    ),
    Declared("tag", each(NOTE, "name") | each(DERIVED, "key"), heading=N_("Tags")),
    Declared("customer_tag", about=OF_CUSTOMER, erase=Erase.DELETE, heading=N_("Tags")),
    Declared(
        "status_change",
        each(CODE, "before after trigger reason_code last_touchpoint") | each(NOTE, "reason"),
        about=OF_CUSTOMER,
        erase=Erase.BLANK,
        heading=N_("Changes of status"),
    ),
    Declared(
        "timeline_entry",
        each(NOTE, "title body") | each(VALUE, "detail") | each(DERIVED, "folded") | each(CODE, "kind phase channel"),
        about="t.person_id = ANY($1) OR t.customer = ANY($2)",
        erase=Erase.BLANK,
        blacken_if="t.kind = 'ticket' AND EXISTS (SELECT FROM customer c WHERE c.id = t.customer AND c.kind = 'organisation')",
        tells=(  # a deleted contact is no more, but for its line here
            Tells(
                "audit_entry",
                "CASE t.subject_kind WHEN 'interaction' THEN t.subject_id END",
                "CASE t.kind WHEN 'interaction' THEN t.ref_id END",
            ),
        ),
        heading=N_("Contact history"),
    ),
    Declared(
        "customer_figures", each(CODE, "revenue_currency"), about=OF_CUSTOMER, erase=Erase.STAYS, heading=N_("Figures")
    ),
    Declared(
        "document",
        each(VALUE, "name sha256") | each(CODE, "media_type") | each(NOTE, "deletion_reason"),
        about=WHOSE,
        erase=Erase.DELETE,
        files=("sha256",),
        tells=(audited("document"),),
        heading=N_("Documents"),
    ),
    Declared(
        "information_duty",
        each(VALUE, "source how") | each(CODE, "status"),
        about="t.person = ANY($1)",
        erase=Erase.DELETE,
        heading=N_("Duty to inform (GDPR Art. 13, 14)"),
    ),
)
