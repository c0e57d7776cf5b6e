"""The words of personas: what stands on their page, in its order."""

from __future__ import annotations

from crm.web.i18n import N_

PARTS = {
    "goals": N_("Goals"), "everyday": N_("Everyday tasks"), "problems": N_("Problems"), "benefit": N_("What we are good for"),
    "information": N_("How they inform themselves"), "context": N_("Surroundings"), "triggers": N_("What makes them act"),
}  # fmt: skip
HINTS = {
    "goals": N_("What does this person want to have achieved?"), "everyday": N_("What fills their day?"),
    "problems": N_("What gets in their way, what annoys them?"), "benefit": N_("What do they get from us that helps them?"),
    "information": N_("Where do they look, whom do they ask, what do they read?"),
    "context": N_("Where, with whom and under which constraints do they live or work?"),
    "triggers": N_("What happens right before they turn to us?"),
}  # fmt: skip
LABELS = {"name": N_("Name of the persona"), "role": N_("In a line"), **PARTS, "view_id": N_("Segment")}
