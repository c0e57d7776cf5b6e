"""What the ratings are called."""

from __future__ import annotations

from crm.web.i18n import N_

ASPECTS = {
    "importance": N_("Importance"),
    "friendliness": N_("Customer-friendliness"),
    "consistency": N_("Consistency"),
    "technology": N_("Technical level"),
}
"""The columns of an assessment that hold a rating, in the order of the form."""

QUESTIONS = {
    "importance": N_("How much does it matter to customers?"),
    "friendliness": N_("How easy and pleasant is it for them?"),
    "consistency": N_("Is it equally good every time, over every channel?"),
    "technology": N_("Is what we work with there up to date?"),
}

FIELDS = {"name": N_("Name of the round"), "ends_on": N_("Last day"), "touchpoints": N_("Touchpoints")}
