"""The customer journey map over JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid
from crm.reports.journeys.asking import PERSONA, journey_asked, journey_of
from crm.reports.journeys.comparing import JourneyLine, Measured
from crm.touchpoints.statistics import Estimate
from crm.web.i18n import zone
from crm.web.parameters import demand_ids


class Figure(msgspec.Struct):
    """A mean of 1 to 5 from `n` answers with its 95 % interval; `uncertain`: fewer than five answers."""

    value: float
    n: int
    low: float | None
    high: float | None
    uncertain: bool


class Stay(msgspec.Struct):
    """What happened at a touchpoint: contacts, customers' satisfaction (CSAT), and staff's own impression, which is never mixed with it."""

    contacts: int
    satisfaction: Figure | None
    impression: Figure | None


class Change(msgspec.Struct):
    """The satisfaction now less that before, with its 95 % interval; `clear`: more than chance."""

    value: float
    low: float
    high: float
    clear: bool


class JourneyTouchpoint(msgspec.Struct):
    """A touchpoint in its place. `difference` is null without a comparison and where answers are too few for one. `asked` and `answered`:
    how many customers were asked by survey about it in the days of `now`, and how many of them answered."""

    code: str
    name_de: str
    name_en: str
    department: str
    channels: list[str]
    moment_of_truth: bool
    retired: bool
    target: float
    below_target: bool
    asked: int
    answered: int
    now: Stay
    before: Stay | None
    difference: Change | None


class JourneyStretch(msgspec.Struct):
    code: str
    name_de: str
    name_en: str
    few_touchpoints: bool
    touchpoints: list[JourneyTouchpoint]


class JourneyMap(msgspec.Struct):
    """The journey from `first` to `last` (days of the company's zone, both included), compared with `before_first` to `before_last`.
    `customers` is how many the segment or the persona has; null: of all customers."""

    first: date
    last: date
    before_first: date | None
    before_last: date | None
    segment_id: int | None
    persona_id: int | None
    customers: int | None
    phases: list[JourneyStretch]


@get("/journey", permission=Permission.TOUCHPOINTS_VIEW, tags=["touchpoints"])
async def read_journey(
    request: StaffRequest,
    period: Annotated[str, QueryParameter(description="3m, 12m, days, or a month such as 2026-10")] = "",
    first: Annotated[str, QueryParameter(name="from", description="the first day, 2026-10-01")] = "",
    last: Annotated[str, QueryParameter(name="to", description="the last day")] = "",
    compare: Annotated[str, QueryParameter(description="before, year, days or none")] = "before",
    then_from: FromQuery[str] = "",
    then_to: FromQuery[str] = "",
    segment_id: FromQuery[int | None] = None,
    persona_id: FromQuery[int | None] = None,
) -> JourneyMap:
    """What customers experienced at each touchpoint, phase by phase: of the last three months, or as asked; of all customers, or of
    those of a saved view or a persona."""
    demand_ids(segment_id=segment_id, persona_id=persona_id)
    now = datetime.now(UTC)
    values = {
        "period": period, "from": first, "to": last, "compare": compare, "then_from": then_from, "then_to": then_to,
        "segment": f"{PERSONA}{persona_id}" if persona_id is not None else str(segment_id or ""),
    }  # fmt: skip
    chosen = await journey_asked(request.user, values, now, zone.get())
    if chosen.errors:
        raise Invalid(chosen.errors)
    found = await journey_of(chosen, request.user, now=now, zone=zone.get())
    this, that = chosen.asked.now, chosen.asked.then
    phases = [
        JourneyStretch(phase.code, phase.name_de, phase.name_en, phase.is_thin, [_touchpoint(line) for line in phase.lines])
        for phase in found.phases
    ]  # fmt: skip
    return JourneyMap(
        this.first, this.last, that.first if that else None, that.last if that else None,
        chosen.segment.id if chosen.segment else None, chosen.persona.id if chosen.persona else None, found.customers, phases,
    )  # fmt: skip


def _touchpoint(line: JourneyLine) -> JourneyTouchpoint:
    change = line.difference
    return JourneyTouchpoint(
        line.code, line.name_de, line.name_en, line.department, list(line.channels), line.is_moment_of_truth, line.is_retired,
        line.target, line.is_below_target, line.now.rate.asked,
        line.now.rate.answered, _stay(line.now), _stay(line.then) if line.then else None,
        Change(change.value, *change.interval, change.is_clear) if change else None,
    )  # fmt: skip


def _stay(measured: Measured) -> Stay:
    return Stay(measured.contacts, _figure(measured.satisfaction), _figure(measured.impression))


def _figure(estimate: Estimate | None) -> Figure | None:
    if estimate is None:
        return None
    low, high = estimate.interval or (None, None)
    return Figure(estimate.value, estimate.n, low, high, estimate.is_uncertain)


route_handlers = [read_journey]
