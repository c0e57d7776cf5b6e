"""The reads of intended journeys, and of the catalogue that their steps are chosen from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from crm.database import HIGHEST_ID, Row, fetch
from crm.errors import NotFound
from crm.improvement.intended.rules import IntendedData, Segment, StepData
from crm.improvement.intended.tables import SegmentKind

_JOURNEYS = """
    SELECT j.id, j.name, j.goal, j.segment, j."view", j.persona, j.version, j.created_at, c.name AS created_by_name,
        v.name AS view_name, p.name AS persona_name, p."view" AS persona_view,
        s.channels, s.aim, s.responsible, r.name AS responsible_name, r.deactivated_at AS responsible_left_at, s.note,
        t.id AS touchpoint_id, t.code, t.name_de, t.name_en, t.state, t.department, t.is_moment_of_truth,
        h.code AS phase, h.name_de AS phase_de, h.name_en AS phase_en,
        coalesce(o.code, '') AS replacement, o.name_de AS replacement_de, o.name_en AS replacement_en
    FROM intended_journey j JOIN staff c ON c.id = j.created_by LEFT JOIN saved_view v ON v.id = j."view"
        LEFT JOIN persona p ON p.id = j.persona LEFT JOIN intended_step s ON s.journey = j.id
        LEFT JOIN touchpoint t ON t.id = s.touchpoint LEFT JOIN phase h ON h.id = t.phase
        LEFT JOIN touchpoint o ON o.id = t.replacement LEFT JOIN staff r ON r.id = s.responsible
"""
_ORDER = "ORDER BY lower(j.name), j.id, s.position, s.id"
_PLACES = """
    SELECT t.id, t.code, t.name_de, t.name_en, t.channels, t.target, t.state, t.responsible, u.name AS responsible_name,
        u.deactivated_at AS responsible_left_at, t.department, t.is_moment_of_truth,
        h.code AS phase, h.name_de AS phase_de, h.name_en AS phase_en
    FROM touchpoint t JOIN phase h ON h.id = t.phase LEFT JOIN staff u ON u.id = t.responsible
    WHERE t.state <> 'retired' OR t.id IN (SELECT touchpoint FROM intended_step)
    ORDER BY h.position, h.id, t.position, t.id
"""
_PHASES = "SELECT code, name_de, name_en FROM phase WHERE retired_at IS NULL ORDER BY position, id"


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it is kept, with the names of what it refers to. `number` counts from 1."""

    number: int
    touchpoint_id: int
    code: str
    name_de: str
    name_en: str
    phase: str
    phase_de: str
    phase_en: str
    channels: tuple[str, ...]
    aim: float
    responsible_id: int | None
    responsible_name: str
    has_left: bool
    department: str
    note: str
    state: str
    is_moment_of_truth: bool
    replacement: str
    replacement_de: str
    replacement_en: str

    @property
    def is_retired(self) -> bool:
        return self.state == "retired"

    @property
    def data(self) -> StepData:
        return StepData(self.code, self.channels, Decimal(str(self.aim)), self.responsible_id, self.note)


@dataclass(frozen=True, slots=True)
class Intended:
    """An intended journey with its steps in order. `segment` is None where the view or the persona is gone; `segment_name` is empty for
    all customers."""

    id: int
    name: str
    goal: str
    kind: SegmentKind
    segment: Segment | None
    segment_name: str
    has_customers: bool
    """False for a persona that is tied to no view: nobody can be counted."""
    version: int
    created_at: datetime
    created_by_name: str
    steps: list[Step] = field(default_factory=list)

    @property
    def data(self) -> IntendedData:
        return IntendedData(
            self.name, self.goal, self.segment or Segment(self.kind), tuple(step.data for step in self.steps)
        )


async def intended_journeys() -> list[Intended]:
    """All of them, by name; one statement."""
    return _built(await fetch(f"{_JOURNEYS} {_ORDER}"))


async def intended_for(intended_id: int) -> Intended:
    """One of them; all staff see it. Raises NotFound."""
    found = _built(await fetch(f"{_JOURNEYS} WHERE j.id = $1 {_ORDER}", intended_id)) if _is_id(intended_id) else []
    if not found:
        raise NotFound()
    return found[0]


async def intended_of(segment: Segment) -> Intended | None:
    """The one of this segment, if there is one."""
    where = 'j.segment = $1 AND j."view" IS NOT DISTINCT FROM $2 AND j.persona IS NOT DISTINCT FROM $3'
    rows = await fetch(f"{_JOURNEYS} WHERE {where} {_ORDER}", segment.kind.value, segment.view_id, segment.persona_id)
    return next(iter(_built(rows)), None)


async def places() -> list[Row]:
    """The touchpoints that can be chosen, in the order of the catalogue; retired ones only where some journey has them."""
    return await fetch(_PLACES)


async def phases() -> list[Row]:
    """The phases in use, in their order."""
    return await fetch(_PHASES)


def _is_id(value: int) -> bool:
    return 0 < value <= HIGHEST_ID


def _built(rows: Sequence[Row]) -> list[Intended]:
    found: dict[int, Intended] = {}
    for row in rows:
        one = found.get(row.id) or found.setdefault(row.id, _journey(row))
        if row.touchpoint_id is not None:
            one.steps.append(_step(row, len(one.steps) + 1))
    return list(found.values())


def _journey(row: Row) -> Intended:
    kind = SegmentKind(row.segment)
    subject = {SegmentKind.VIEW: row["view"], SegmentKind.PERSONA: row.persona}.get(kind)
    segment = None if kind is not SegmentKind.ALL and subject is None else Segment(kind, subject)
    return Intended(
        row.id, row.name, row.goal, kind, segment, row.view_name or row.persona_name or "",
        segment is not None and (kind is not SegmentKind.PERSONA or row.persona_view is not None), row.version, row.created_at,
        row.created_by_name,
    )  # fmt: skip


def _step(row: Row, number: int) -> Step:
    return Step(
        number, row.touchpoint_id, row.code, row.name_de, row.name_en, row.phase, row.phase_de, row.phase_en,
        tuple(filter(None, row.channels.split(","))), float(row.aim), row.responsible, row.responsible_name or "",
        row.responsible_left_at is not None, row.department, row.note, row.state, row.is_moment_of_truth, row.replacement,
        row.replacement_de or "", row.replacement_en or "",
    )  # fmt: skip
