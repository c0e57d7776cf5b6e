"""Intended journeys over JSON, with the deviation from them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.words import CHANNELS
from crm.errors import Invalid, NotFound
from crm.improvement.intended import queries
from crm.improvement.intended.actions import change_journey, delete_journey, plan_journey
from crm.improvement.intended.forms import BEST, LONGEST, LONGEST_NOTE, MOST_STEPS, WORST
from crm.improvement.intended.queries import Intended, intended_for
from crm.improvement.intended.rules import IntendedData, Segment, StepData
from crm.improvement.intended.tables import SegmentKind
from crm.reports.journeys.asking import journey_asked
from crm.reports.journeys.deviation import Deviation, StepMeasured
from crm.reports.journeys.planned import beside
from crm.touchpoints.statistics import Estimate
from crm.web.forms import Fields
from crm.web.i18n import _, zone
from crm.web.parameters import Id, Version

P = Permission
_CHANNELS = frozenset(CHANNELS)


class IntendedStepIn(msgspec.Struct, forbid_unknown_fields=True):
    """A touchpoint (its code) in its place: over which channels, the satisfaction aimed at (1 to 5), who is responsible, and why."""

    touchpoint: str
    aim: float
    channels: list[str] = []
    responsible_id: Id | None = None
    note: str = ""


class IntendedIn(msgspec.Struct, forbid_unknown_fields=True):
    """An intended journey: of all customers, or of those of a view that your team shares or of a persona. The steps stand in their
    order."""

    name: str
    goal: str
    steps: list[IntendedStepIn]
    view_id: Id | None = None
    persona_id: Id | None = None


class IntendedPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What shall differ; `version` is the one that was read. Steps are replaced as a whole."""

    version: Version
    name: str | msgspec.UnsetType = msgspec.UNSET
    goal: str | msgspec.UnsetType = msgspec.UNSET
    steps: list[IntendedStepIn] | msgspec.UnsetType = msgspec.UNSET
    view_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    persona_id: Id | msgspec.UnsetType | None = msgspec.UNSET


class IntendedStepOut(msgspec.Struct):
    """`retired`: the touchpoint is retired, `replacement` (its code) takes its place."""

    touchpoint: str
    name_de: str
    name_en: str
    phase: str
    channels: list[str]
    aim: float
    responsible_id: int | None
    responsible_left: bool
    note: str
    retired: bool
    replacement: str


class IntendedOut(msgspec.Struct):
    """`segment`: all, view or persona; its id is null where the view or the persona was deleted."""

    id: int
    name: str
    goal: str
    segment: str
    view_id: int | None
    persona_id: int | None
    version: int
    steps: list[IntendedStepOut]


class IntendedJourneys(msgspec.Struct):
    items: list[IntendedOut]


class AimFigure(msgspec.Struct):
    """A figure from `n` answers or customers with its 95 % interval; `uncertain`: fewer than five."""

    value: float
    n: int
    low: float | None
    high: float | None
    uncertain: bool


class StepDeviation(msgspec.Struct):
    """`use`: used, rare, none. `reached`: reached, below, clearly_below, too_few, no_answers. `other_channels`: contacts over channels
    that are not planned, where they are at least one in ten."""

    touchpoint: str
    contacts: int
    customers: int
    use: str
    aim: float
    satisfaction: AimFigure | None
    reached: str
    other_channels: dict[str, int]


class UnplannedContacts(msgspec.Struct):
    touchpoint: str
    contacts: int
    share: float


class SwappedSteps(msgspec.Struct):
    """Of `n` customers who were at both, `other_way` got to `second` before `first`."""

    first: str
    second: str
    other_way: int
    n: int


class DeviationOut(msgspec.Struct):
    """From `first` to `last`. `order_kept`: the share of customers, in percent, who got to the planned touchpoints in the planned order;
    null where nobody got to two. How each figure is counted: the guide, and the page of the journey."""

    first: date
    last: date
    customers: int
    contacts: int
    steps: list[StepDeviation]
    unplanned: list[UnplannedContacts]
    order_kept: AimFigure | None
    swapped: list[SwappedSteps]
    empty_phases: list[str]


@get("/intended-journeys", permission=P.MEASURES_VIEW)
async def list_intended(request: StaffRequest) -> IntendedJourneys:
    """All intended journeys, by name."""
    return IntendedJourneys([told(one) for one in await queries.intended_journeys()])


@get("/intended-journeys/{intended_id:int}", permission=P.MEASURES_VIEW)
async def read_intended(request: StaffRequest, intended_id: FromPath[int]) -> IntendedOut:
    """One intended journey with its steps."""
    return told(await intended_for(intended_id))


@post("/intended-journeys", permission=P.MEASURES_EDIT, status_code=201)
async def create_intended(request: StaffRequest, data: JSONBody[IntendedIn]) -> Response[bytes]:
    """Plan a journey."""
    now, wanted = (
        datetime.now(UTC),
        _wanted(data.name, data.goal, segment_of(data.view_id, data.persona_id), data.steps),
    )

    async def do() -> IntendedOut:
        return told(await intended_for(await plan_journey(wanted, request.user, now=now)))

    return await created_once(request, do, now=now)


@patch("/intended-journeys/{intended_id:int}", permission=P.MEASURES_EDIT)
async def change_intended(
    request: StaffRequest, intended_id: FromPath[int], data: JSONBody[IntendedPatch]
) -> IntendedOut:
    """Change what is sent. 409 if somebody else changed it since `version`."""
    before = (await intended_for(intended_id)).data
    segment = before.segment
    if data.view_id is not msgspec.UNSET or data.persona_id is not msgspec.UNSET:
        segment = segment_of(data.view_id or None, data.persona_id or None)
    steps = [_sent(step) for step in before.steps] if data.steps is msgspec.UNSET else data.steps
    name = before.name if data.name is msgspec.UNSET else data.name
    wanted = _wanted(name, before.goal if data.goal is msgspec.UNSET else data.goal, segment, steps)
    await change_journey(intended_id, wanted, data.version, request.user, now=datetime.now(UTC))
    return told(await intended_for(intended_id))


@delete("/intended-journeys/{intended_id:int}", permission=P.MEASURES_EDIT, status_code=204)
async def remove_intended(request: StaffRequest, intended_id: FromPath[int]) -> None:
    """Delete it."""
    await delete_journey(intended_id, by=request.user.id, now=datetime.now(UTC))


@get("/intended-journeys/{intended_id:int}/deviation", permission=P.MEASURES_VIEW)
async def read_deviation(
    request: StaffRequest,
    intended_id: FromPath[int],
    period: Annotated[str, QueryParameter(description="3m, 12m, days, or a month such as 2026-10")] = "",
    first: Annotated[str, QueryParameter(name="from", description="the first day, 2026-10-01")] = "",
    last: Annotated[str, QueryParameter(name="to", description="the last day")] = "",
    compare: FromQuery[str] = "none",
) -> DeviationOut:
    """How what customers really do differs from it: of the last three months, or as asked."""
    intended = await intended_for(intended_id)
    if intended.segment is None or not intended.has_customers:
        raise Invalid(
            {"segment": _("The customers of this journey are not known: choose a view or a persona with a segment.")}
        )
    now = datetime.now(UTC)
    values = {"period": period, "from": first, "to": last, "compare": compare, "segment": intended.segment.code}
    chosen = await journey_asked(request.user, values, now, zone.get())
    if chosen.errors:
        raise Invalid(chosen.errors)
    found = (await beside(chosen, request.user, now=now, zone=zone.get())).deviation
    if found is None:  # deleted meanwhile
        raise NotFound()
    return _deviation(found, chosen.asked.now.first, chosen.asked.now.last)


def segment_of(view_id: Any, persona_id: Any) -> Segment:
    if view_id and persona_id:
        raise Invalid({"segment": _("Send a view or a persona, not both.")})
    if persona_id:
        return Segment(SegmentKind.PERSONA, persona_id)
    return Segment(SegmentKind.VIEW, view_id) if view_id else Segment()


def _wanted(name: str, goal: str, segment: Segment, steps: list[IntendedStepIn]) -> IntendedData:
    """The same rules as for the form. Raises Invalid with all errors."""
    fields = Fields({"name": name, "goal": goal})
    data = IntendedData(
        fields.text("name", required=True, limit=120), fields.text("goal", required=True, limit=LONGEST, many_lines=True), segment,
        tuple(step_of(fields, step) for step in steps[:MOST_STEPS]),
    )  # fmt: skip
    if not steps or len(steps) > MOST_STEPS:
        fields.error("steps", _("Send 1 to %(most)s touchpoints.") % {"most": MOST_STEPS})
    fields.check()
    return data


def step_of(fields: Fields, step: IntendedStepIn) -> StepData:
    if not WORST <= step.aim <= BEST:
        fields.error("steps", _("Please enter a number from %(low)s to %(high)s.") % {"low": WORST, "high": BEST})
        return StepData("")
    if wrong := [code for code in step.channels if code not in _CHANNELS]:
        words = {"value": wrong[0][:40], "options": ", ".join(CHANNELS)}
        fields.error("steps", _("“%(value)s” is none of: %(options)s.") % words)
    note = Fields({"steps": step.note})
    text = note.text("steps", limit=LONGEST_NOTE, many_lines=True)
    for name, sentence in note.errors.items():
        fields.error(name, sentence)
    channels = tuple(code for code in CHANNELS if code in step.channels)
    code = step.touchpoint.replace("\x00", "")[:60]
    return StepData(code, channels, Decimal(str(round(step.aim, 2))), step.responsible_id, text)


def _sent(step: StepData) -> IntendedStepIn:
    return IntendedStepIn(step.touchpoint, float(step.aim), list(step.channels), step.responsible_id, step.note)


def told(one: Intended) -> IntendedOut:
    segment = one.segment or Segment(one.kind)
    return IntendedOut(
        one.id, one.name, one.goal, one.kind.value, segment.view_id, segment.persona_id, one.version,
        [
            IntendedStepOut(
                step.code, step.name_de, step.name_en, step.phase, list(step.channels), step.aim, step.responsible_id, step.has_left,
                step.note, step.is_retired, step.replacement,
            )
            for step in one.steps
        ],
    )  # fmt: skip


def _deviation(found: Deviation, first: date, last: date) -> DeviationOut:
    return DeviationOut(
        first, last, found.customers, found.contacts, [_measured(one) for one in found.steps],
        [UnplannedContacts(one.code, one.contacts, one.share) for one in found.unplanned], figure(found.order.share),
        [SwappedSteps(one.first.code, one.second.code, one.other_way, one.n) for one in found.order.swaps], found.empty_phases,
    )  # fmt: skip


def _measured(one: StepMeasured) -> StepDeviation:
    return StepDeviation(
        one.step.code, one.contacts, one.customers, one.use.value, one.step.aim, figure(one.satisfaction), one.reached.value,
        dict(one.other),
    )  # fmt: skip


def figure(estimate: Estimate | None) -> AimFigure | None:
    if estimate is None:
        return None
    low, high = estimate.interval or (None, None)
    return AimFigure(estimate.value, estimate.n, low, high, estimate.is_uncertain)


route_handlers = [list_intended, read_intended, create_intended, change_intended, remove_intended, read_deviation]
