"""Why something of an import stays when it is undone, in words."""

from __future__ import annotations

from crm.customers.orders import words as orders
from crm.customers.words import field_label
from crm.records.undo_plan import Obstacle
from crm.web.i18n import N_, _

WHY = {
    "changed": N_("was changed since"), "person": N_("has persons who were added since, or who stay"),
    "ledger": N_("The consent ledger only grows."),
    "ticket": N_("has enquiries"), "interaction": N_("has contacts"), "timeline_entry": N_("has a history"),
    "contact_put_back": N_("was put back on somebody's list"),
    "reminder": N_("has follow-ups"), "product_used": N_("is in orders or quotations"),
    "consent_event": N_("has consents"), "customer_order": N_("has orders"), "quotation": N_("has quotations"),
    "survey_answer": N_("has survey answers"),
    "document": N_("has documents"), "attribute_value": N_("has attributes"),
    "attribute_basis": N_("has attributes"),
    "attribute": N_("has an attribute that was changed since, or whose former value is not kept"),
    "attribute_elsewhere": N_("has an attribute, and was merged or deleted since, or has left"),
    "attribute_restricted": N_("has an attribute, and its data are restricted (GDPR Art. 18)"),
    "attribute_refused": N_("has an attribute that does not take its former value any more"),
    "customer_merge": N_("was merged with another"),
    "customer": N_("others belong to it"),
}  # fmt: skip


def why_kept(obstacle: Obstacle) -> str:
    """The reason as a clause; a field that was changed again is named."""
    if obstacle.why in WHY:
        return _(WHY[obstacle.why])
    label = field_label(obstacle.why)
    if label == obstacle.why and obstacle.why in orders.FIELDS:
        label = orders.label(obstacle.why)
    if label != obstacle.why:
        return _("“%(field)s” was changed again since") % {"field": label}
    return _("is used elsewhere")
