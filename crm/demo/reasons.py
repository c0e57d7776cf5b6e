"""Why customers of the demo company get in touch, by touchpoint and by the topic of an enquiry."""

from __future__ import annotations

from crm.demo.draw import Draw, Weighted
from crm.demo.world import World

NONE = ""
AT = {
    "advice": Weighted({"product_question": 6, "appointment": 3, NONE: 1}),
    "showroom": Weighted({"product_question": 5, "appointment": 4, NONE: 1}),
    "quotation": Weighted({"quotation": 9, NONE: 1}),
    "sales_visit": Weighted({"quotation": 5, "appointment": 3, NONE: 2}),
    "order_entry": Weighted({"order": 9, NONE: 1}),
    "web_shop": Weighted({"order": 7, "product_question": 2, NONE: 1}),
    "order_status": Weighted({"waiting_for_delivery": 8, "appointment": 1, NONE: 1}),
    "delivery": Weighted({"appointment": 6, NONE: 4}),
    "installation": Weighted({"appointment": 6, "fault": 2, NONE: 2}),
    "invoice": Weighted({"unclear_invoice": 7, "contract": 1, NONE: 2}),
    "hotline": Weighted({"hotline_overloaded": 2, "fault": 3, "product_question": 2, "failed_service": 1, NONE: 2}),
    "email_service": Weighted({"product_question": 4, "contract": 3, "appointment": 1, NONE: 2}),
    "complaint_handling": Weighted({"failed_service": 8, "fault": 1, NONE: 1}),
    "maintenance": Weighted({"appointment": 6, "after_sales": 3, NONE: 1}),
    "follow_up": Weighted({"after_sales": 7, "feedback": 2, NONE: 1}),
    "thank_you": Weighted({"feedback": 5, "after_sales": 4, NONE: 1}),
}
"""Codes of the reasons that a company starts with; somewhere else nobody wrote one down."""
ABOUT = {
    "billing": "unclear_invoice", "delivery": "waiting_for_delivery", "product": "product_question", "order": "order",
    "technical": "fault", "contract": "contract", "complaint": "failed_service",
}  # fmt: skip
"""Topic of an enquiry -> the reason for the contact with which it came."""


def reason_of(world: World, draw: Draw, touchpoint: str, topic: str = "") -> tuple[int | None, bool]:
    """The id of the reason, if one was written down, and whether it makes the contact a moment of truth."""
    code = ABOUT.get(topic, NONE) if topic else draw.pick(AT[touchpoint]) if touchpoint in AT else NONE
    return world.reasons.get(code, (None, False))
