"""The catalogues as the form of a contact offers them, and what one choice proposes for the others (proposing.js)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from crm.interactions.queries import Choices
from crm.interactions.sensible import usual_places


@dataclass(frozen=True, slots=True)
class Offered:
    """Options of the selects, the remedy of the reason that is chosen, the name of the phase, and `rules`: as JSON, what
    follows from a touchpoint, a channel and a reason."""

    touchpoints: list[tuple[str, list[tuple[str, str]]]]
    phases: list[tuple[str, str]]
    reasons: list[tuple[str, str]]
    remedy: str
    phase_name: str
    rules: str


def offered(found: Choices, values: Mapping[str, Any]) -> Offered:
    """For a form that shows these values."""
    reason = next((one for one in found.reasons if one.code == values.get("reason")), None)
    rules = {
        "touchpoints": {
            place.code: {"phase": place.phase, "channels": place.channels, "moment": place.is_moment}
            for place in found.places
        },
        "channels": usual_places(found.uses, found.places),
        "reasons": {
            one.code: {"remedy": one.remedy, "moment": one.is_moment, "touchpoint": one.touchpoint}
            for one in found.reasons
        },
    }
    return Offered(
        touchpoints=found.touchpoints(),
        phases=found.phases,
        reasons=[(one.code, one.name) for one in found.reasons],
        remedy=reason.remedy if reason else "",
        phase_name=found.phase_names.get(str(values.get("phase", "")), ""),
        rules=msgspec.json.encode(rules).decode(),
    )
