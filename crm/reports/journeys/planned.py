"""The intended journey of the segment that a map is drawn for, and the deviation from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.improvement.intended.queries import Intended, intended_of
from crm.improvement.intended.rules import Segment
from crm.improvement.intended.tables import SegmentKind
from crm.reports.journeys.asking import JourneyAsked, customers_of
from crm.reports.journeys.deviation import Deviation, Place, deviation
from crm.reports.journeys.layer import NO_LAYER, Layer, layer_of
from crm.reports.journeys.queries import Journey, journey
from crm.reports.journeys.usage import usage


@dataclass(frozen=True, slots=True)
class Beside:
    """A journey as it was measured; `intended` and `deviation` are None where these customers have no intended journey, or where it
    is not to be seen."""

    found: Journey
    intended: Intended | None
    deviation: Deviation | None

    @property
    def layer(self) -> Layer:
        return NO_LAYER if self.deviation is None else layer_of(self.deviation)


def segment_asked(chosen: JourneyAsked) -> Segment:
    if chosen.persona is not None:
        return Segment(SegmentKind.PERSONA, chosen.persona.id)
    return Segment() if chosen.segment is None else Segment(SegmentKind.VIEW, chosen.segment.id)


async def beside(
    chosen: JourneyAsked, user: CurrentUser, *, now: datetime, zone: ZoneInfo, with_plan: bool = True
) -> Beside:
    """The journey that was asked for beside the intended one of the same customers; two statements more than without."""
    intended = None
    if with_plan and user.may(Permission.MEASURES_VIEW):
        intended = await intended_of(segment_asked(chosen))
    customers = await customers_of(chosen, user, now)
    also = [step.touchpoint_id for step in intended.steps] if intended else []
    found = await journey(chosen.asked, customers=customers, now=now, zone=zone, also=also)
    if intended is None:
        return Beside(found, None, None)
    used = await usage(chosen.asked.now, customers, also, now=now, zone=zone)
    said = {line.code: line.now.satisfaction for line in found.lines}
    places = [Place(line.id, line.code, line.name_de, line.name_en) for line in found.lines]
    in_use = [phase.code for phase in found.phases]
    return Beside(found, intended, deviation(intended.steps, said, used, places, in_use))
