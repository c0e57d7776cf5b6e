"""The rules of intended journeys: what one holds, in which order its steps come, and what differs between two versions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm.improvement.intended.tables import SegmentKind

PERSONA = "persona-"
"""Before the number of a persona where a segment is named, as on the journey map."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Whose journey it is: everybody's, or that of a saved view or a persona with this `id`."""

    kind: SegmentKind = SegmentKind.ALL
    id: int | None = None

    @property
    def code(self) -> str:
        """As the journey map takes it in its address."""
        if self.kind is SegmentKind.ALL:
            return ""
        return f"{PERSONA}{self.id}" if self.kind is SegmentKind.PERSONA else str(self.id)

    @property
    def view_id(self) -> int | None:
        return self.id if self.kind is SegmentKind.VIEW else None

    @property
    def persona_id(self) -> int | None:
        return self.id if self.kind is SegmentKind.PERSONA else None


def segment_from(code: str) -> Segment | None:
    """The segment that a code names; None for what is none."""
    if not code:
        return Segment()
    kind = SegmentKind.PERSONA if code.startswith(PERSONA) else SegmentKind.VIEW
    digits = code.removeprefix(PERSONA)
    if not (digits.isascii() and digits.isdecimal()) or not 0 < int(digits) < 2**63:
        return None
    return Segment(kind, int(digits))


@dataclass(frozen=True, slots=True)
class StepData:
    """A step as somebody wants it: the code of its touchpoint, over which channels, the satisfaction aimed at (1-5), who is
    responsible, and why it stands here."""

    touchpoint: str
    channels: tuple[str, ...] = ()
    aim: Decimal = Decimal(4)
    responsible_id: int | None = None
    note: str = ""

    def recorded(self) -> dict[str, Any]:
        return {
            "touchpoint": self.touchpoint, "channels": list(self.channels), "aim": float(self.aim),
            "responsible": self.responsible_id, "note": self.note,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class IntendedData:
    """An intended journey as somebody wants it; the steps stand in their order."""

    name: str
    goal: str
    segment: Segment
    steps: tuple[StepData, ...]

    def recorded(self) -> dict[str, Any]:
        """As the audit trail tells it."""
        return {
            "journey_name": self.name, "journey_goal": self.goal, "journey_segment": self.segment.code or "all",
            "journey_steps": [step.recorded() for step in self.steps],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a step shall stand: the place that was typed, and the one it had (None: it is new)."""

    step: StepData
    place: int | None
    was: int | None


def in_order(wishes: Sequence[Wish]) -> tuple[StepData, ...]:
    """Steps by the places that were typed. Whoever is moved up goes before the one that has this place, whoever is moved down after it;
    new ones without a place come last, in the order of the catalogue."""
    last = len(wishes) + 1_000

    def key(numbered: tuple[int, Wish]) -> tuple[int, int, int]:
        index, wish = numbered
        place = wish.place if wish.place is not None else wish.was if wish.was is not None else last
        moved = 0 if wish.was is None or place == wish.was else place - wish.was
        return place, (moved > 0) - (moved < 0), index

    return tuple(wish.step for _index, wish in sorted(enumerate(wishes), key=key))


def moved(steps: Sequence[StepData], touchpoint: str, by: int) -> tuple[StepData, ...]:
    """The steps with this one a place further up (-1) or down (1); at the end nothing changes."""
    found = list(steps)
    at = next((n for n, step in enumerate(found) if step.touchpoint == touchpoint), None)
    if at is not None and 0 <= at + by < len(found):
        found[at], found[at + by] = found[at + by], found[at]
    return tuple(found)
