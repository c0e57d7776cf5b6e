"""How satisfied people are at each touchpoint; the story that the report of the demo company tells."""

from __future__ import annotations

from datetime import datetime

from crm.demo.draw import Draw

SATISFACTION = {
    "fair": 4.3, "advert": 3.7, "recommendation": 4.6, "social_media": 3.8, "press_report": 4.0, "review_portal": 3.6, "website": 3.8,
    "newsletter": 3.9, "advice": 4.5, "showroom": 4.4, "quotation": 3.9, "sales_visit": 4.4, "web_shop": 3.7, "order_entry": 4.3,
    "order_status": 3.2, "delivery": 4.1, "installation": 4.6, "hotline": 3.8, "email_service": 4.1, "complaint_handling": 3.6,
    "maintenance": 4.4, "follow_up": 4.2, "thank_you": 4.6, "invitation": 4.4,
}  # fmt: skip
SPREAD = 0.85
COMPLAINT = -0.9

INVOICE_BEFORE, INVOICE_AFTER = 2.6, (3.5, 4.1)
DAYS_OF_MENDING = 61
"""Two months ago the invoices were made plain: the mood at the touchpoint "invoice" rises, month by month."""


def satisfaction(code: str, at: datetime, now: datetime) -> float:
    """The mean satisfaction (1-5) at a touchpoint at that time."""
    if code != "invoice":
        return SATISFACTION.get(code, 4.0)
    days_ago = (now - at).days
    if days_ago > DAYS_OF_MENDING:
        return INVOICE_BEFORE
    return INVOICE_AFTER[0] if days_ago > DAYS_OF_MENDING / 2 else INVOICE_AFTER[1]


def mood(draw: Draw, code: str, at: datetime, now: datetime, *, lowered: bool = False) -> int:
    """How one contact felt, from 1 to 5; `lowered` when it was about a complaint."""
    felt = draw.around(satisfaction(code, at, now) + (COMPLAINT if lowered else 0), SPREAD)
    return min(5, max(1, round(felt)))
