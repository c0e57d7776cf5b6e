"""In which phase of the customer journey a customer is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.customers.tables import CustomerStatus

BEFORE, DURING, AFTER = "before", "during", "after"


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the catalogue; `stage` tells where it lies: before, during or after the purchase."""

    code: str
    stage: str


@dataclass(frozen=True, slots=True)
class JourneyFacts:
    """`last_phase` is that of the newest contact and `last_contact_on` its day; `has_open_order`: ordered, not delivered."""

    status: str
    last_phase: str = ""
    last_contact_on: date | None = None
    last_order_on: date | None = None
    has_open_order: bool = False


def current_phase(phases: Sequence[Phase], facts: JourneyFacts) -> str:
    """The code of the phase, or nothing for a former customer, whose journey is over. `phases` are in their order.

    A prospect is where the newest contact was, as long as that lies before or in the purchase, else at the beginning. A
    customer with an open order is in the purchase. Otherwise a customer is after it, in the phase of the newest contact
    if there was one since; a contact before the purchase that came after the last order begins a new journey."""
    if facts.status == CustomerStatus.FORMER or not phases:
        return ""
    stages = {phase.code: phase.stage for phase in phases}
    contact = stages.get(facts.last_phase, "")
    if facts.status == CustomerStatus.PROSPECT:
        return facts.last_phase if contact in (BEFORE, DURING) else _first(phases, BEFORE)
    if facts.has_open_order:
        return facts.last_phase if contact == DURING else _first(phases, DURING)
    if contact == AFTER or (contact and _is_later(facts)):
        return facts.last_phase
    return _first(phases, AFTER)


def _is_later(facts: JourneyFacts) -> bool:
    """Whether the newest contact came after the last order; without an order nothing says that there was a purchase."""
    if facts.last_contact_on is None or facts.last_order_on is None:
        return False
    return facts.last_contact_on > facts.last_order_on


def _first(phases: Sequence[Phase], stage: str) -> str:
    """The first phase of a stage; in a catalogue without one the very first."""
    return next((phase.code for phase in phases if phase.stage == stage), phases[0].code)


def journey_facts(status: str, depth: Mapping[str, Any], last_order_on: date | None) -> JourneyFacts:
    """The facts as the customer's own statement reads them (crm.customers.depth_sql)."""
    last = depth["last_phase"] or {}
    on = date.fromisoformat(last["on"]) if last else None
    return JourneyFacts(status, last.get("code", ""), on, last_order_on, depth["open_order"])


def phase_of(status: str, depth: Mapping[str, Any], last_order_on: date | None) -> dict[str, Any]:
    """The phase in which the customer is now, with its names in both languages; nothing for one whose journey is over."""
    phases = depth["phases"] or []
    known = [Phase(one["code"], one["stage"]) for one in phases]
    code = current_phase(known, journey_facts(status, depth, last_order_on))
    return next((one for one in phases if one["code"] == code), {})
