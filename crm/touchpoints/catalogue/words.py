"""The words of the catalogue: states, stages, and the fields of its forms."""

from __future__ import annotations

from crm.touchpoints.tables import Stage, TouchpointState
from crm.web.i18n import N_

STATES = {
    TouchpointState.PLANNED: N_("planned"), TouchpointState.ACTIVE: N_("in use"), TouchpointState.RETIRED: N_("retired"),
}  # fmt: skip
STAGES = {
    Stage.BEFORE: N_("before the purchase"), Stage.DURING: N_("during the purchase"), Stage.AFTER: N_("after the purchase"),
}  # fmt: skip
LABELS = {
    "name_de": N_("Name in German"), "name_en": N_("Name in English"), "phase": N_("Phase"), "after": N_("Comes after"),
    "parent": N_("Part of"), "channels": N_("Channels"), "is_direct": N_("Kind"), "department": N_("Department"),
    "responsible": N_("Responsible person"), "is_moment_of_truth": N_("Moment of truth"), "moments": N_("Known moments of truth"),
    "importance": N_("Importance"), "target": N_("Target satisfaction"), "state": N_("Planned or in use"),
    "replacement": N_("What takes its place"),
}  # fmt: skip
"""The fields of a touchpoint, in the form's order."""

PHASE_LABELS = {
    "name_de": N_("Name in German"), "name_en": N_("Name in English"), "stage": N_("Stage"),
}  # fmt: skip
