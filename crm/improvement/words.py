"""The words of criticism, praise and expectations, and what is sensible until somebody says otherwise. Pure."""

from __future__ import annotations

from crm.improvement.tables import ExpectationLevel, FeedbackCategory, FeedbackKind
from crm.web.i18n import N_

KINDS = {
    FeedbackKind.CRITICISM: N_("Criticism"), FeedbackKind.PRAISE: N_("Praise"), FeedbackKind.EXPECTATION: N_("Expectation"),
}  # fmt: skip
TONES = {FeedbackKind.CRITICISM: "rust", FeedbackKind.PRAISE: "good", FeedbackKind.EXPECTATION: "amber"}
CATEGORIES = {
    FeedbackCategory.SALES_STAFF: N_("Sales staff"), FeedbackCategory.PRODUCTS: N_("Products"),
    FeedbackCategory.SERVICE_STAFF: N_("Service staff"), FeedbackCategory.OTHER: N_("Other matters"),
}  # fmt: skip
LEVELS = {
    ExpectationLevel.BASIC: N_("taken for granted"), ExpectationLevel.EXPECTED: N_("expected"),
    ExpectationLevel.DELIGHT: N_("would delight"),
}  # fmt: skip
HEADINGS = {
    FeedbackCategory.SALES_STAFF: {
        "advice": N_("Advice"), "knowledge": N_("Knowledge"), "friendliness": N_("Friendliness"), "honesty": N_("Honesty"),
        "keeping_word": N_("Keeping one's word"),
    },
    FeedbackCategory.PRODUCTS: {
        "quality": N_("Quality"), "price": N_("Price"), "choice": N_("Choice"), "usability": N_("Ease of use"),
        "delivery": N_("Delivery and assembly"),
    },
    FeedbackCategory.SERVICE_STAFF: {
        "reachability": N_("Reachability"), "speed": N_("Speed"), "solution": N_("Solution"), "courtesy": N_("Courtesy"),
        "information": N_("Keeping informed"),
    },
    FeedbackCategory.OTHER: {
        "invoice": N_("Invoice"), "website": N_("Website and shop"), "effort": N_("Effort for the customer"),
    },
}  # fmt: skip
"""The headings that each category starts with."""

_SALES = frozenset({"Vertrieb"})
_PRODUCTS = frozenset({"delivery", "installation", "showroom", "web_shop", "maintenance"})
_PRODUCT_TOPICS = frozenset({"product", "technical", "delivery"})
_OTHER = frozenset({"invoice", "website", "billing"})


def sensible_category(*, touchpoint: str, department: str, topic: str, from_ticket: bool) -> FeedbackCategory:
    """Whom or what a point is probably about: the touchpoint's matter, else the enquiry's topic, else the department there."""
    if touchpoint in _OTHER or topic in _OTHER:
        return FeedbackCategory.OTHER
    if touchpoint in _PRODUCTS or topic in _PRODUCT_TOPICS:
        return FeedbackCategory.PRODUCTS
    if department in _SALES:
        return FeedbackCategory.SALES_STAFF
    if from_ticket or department:
        return FeedbackCategory.SERVICE_STAFF if from_ticket or department != "Marketing" else FeedbackCategory.OTHER
    return FeedbackCategory.OTHER


def is_heading(category: str, heading: str) -> bool:
    return not heading or heading in HEADINGS[FeedbackCategory(category)]
