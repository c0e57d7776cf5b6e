"""What orders and quotations know about people: what private customers asked for and bought."""

from crm.customers.personal import OF_CUSTOMER
from crm.personal import CODE, DERIVED, NOTE, VALUE, Declared, Duty, Erase, Tells, audited, each, linked
from crm.web.i18n import N_

PERSONAL = (
    Declared("product", each(CODE, "code name_de name_en department") | each(DERIVED, "folded")),
    Declared(
        "customer_order",
        each(CODE, "number currency channel status"),
        about=OF_CUSTOMER,
        erase=Erase.STAYS,
        keep=Duty.VOUCHER,
        since="coalesce(t.delivered_on, t.ordered_on)",
        tells=(audited("order"), *linked("/orders/"), Tells("order_item", "t.customer_order")),
        heading=N_("Orders"),
    ),
    Declared(
        "order_item",
        each(VALUE, "text"),
        erase=Erase.BLANK,
        keep=Duty.VOUCHER,
        since="(SELECT coalesce(o.delivered_on, o.ordered_on) FROM customer_order o WHERE o.id = t.customer_order)",
        heading=N_("Items of orders"),
    ),
    Declared(
        "quotation",
        each(CODE, "number currency status decline_reason") | each(VALUE, "subject") | each(NOTE, "decision_note"),
        about=OF_CUSTOMER,
        erase=Erase.BLANK,
        keep=Duty.COMMERCIAL_LETTER,
        keep_if="t.sent_at IS NOT NULL",
        since="coalesce(t.decided_at, t.sent_at)",
        tells=(audited("quotation"), *linked("/quotations/"), Tells("quotation_product", "t.quotation")),
        heading=N_("Quotations"),
    ),
    Declared("quotation_product", erase=Erase.STAYS, heading=N_("Products of quotations")),
)
