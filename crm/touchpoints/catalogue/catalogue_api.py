"""Touchpoints and phases over the API: the same actions as the pages, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.words import CHANNELS
from crm.interactions.reasons import contact_reasons
from crm.surveys.rates import rate_at
from crm.touchpoints.catalogue.editing import change_touchpoint, create_touchpoint
from crm.touchpoints.catalogue.forms import TouchpointData, parse_phase, parse_touchpoint, sent_values, typed_values
from crm.touchpoints.catalogue.ordering import order_phases, order_touchpoints
from crm.touchpoints.catalogue.phases import change_phase, create_phase, retire_phase
from crm.touchpoints.catalogue.queries import kept_touchpoints, phase_for, phases, touchpoint_for
from crm.touchpoints.catalogue.retiring import retire_touchpoint, use_touchpoint
from crm.touchpoints.catalogue.shapes import (
    FiguresOut,
    OrderIn,
    PhaseIn,
    PhaseList,
    PhaseOut,
    RetirementIn,
    TouchpointIn,
    TouchpointList,
    TouchpointOut,
    figures_out,
    phase_out,
    sent,
    touchpoint_out,
)
from crm.touchpoints.figures import first_of_year, last_year, said_there
from crm.touchpoints.tables import TouchpointState
from crm.web.forms import Fields
from crm.web.i18n import zone

P = Permission


@get("/touchpoints", permission=P.TOUCHPOINTS_VIEW)
async def list_touchpoints(request: StaffRequest, which: FromQuery[str] = "") -> TouchpointList:
    """The touchpoints in the order of the journey; `which` (planned, active, retired) narrows them by state."""
    fields = Fields({"which": which})
    wanted = fields.one_of("which", ("", *(one.value for one in TouchpointState)))
    fields.check()
    return TouchpointList([touchpoint_out(one) for one in await kept_touchpoints(states=[wanted] if wanted else [])])


@get("/touchpoints/{code:str}", permission=P.TOUCHPOINTS_VIEW)
async def show_touchpoint(request: StaffRequest, code: FromPath[str]) -> TouchpointOut:
    """One touchpoint, whatever its state."""
    return touchpoint_out(await touchpoint_for(code))


@get("/touchpoints/{code:str}/figures", permission=P.TOUCHPOINTS_VIEW)
async def figures(request: StaffRequest, code: FromPath[str]) -> FiguresOut:
    """Its last twelve months: contacts, customers' answers and staff's impressions by month and channel, praise and criticism."""
    now = datetime.now(UTC)
    kept = await touchpoint_for(code)
    since = first_of_year(now, zone.get())
    year = await last_year(kept.row.id, since=since, until=now, zone=zone.get())
    said = await said_there(kept.row.id, since=since, until=now, limit=1)
    return figures_out(year, since, now, said, *await rate_at(kept.row.id, since, now))


@post("/touchpoints", permission=P.CATALOGUES_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[TouchpointIn]) -> Response[bytes]:
    """Add a touchpoint; its code is made from the German name."""
    now = datetime.now(UTC)

    async def do() -> TouchpointOut:
        values = {"importance": 3, "target": "4.2", **_named(sent(data))}
        wanted, after = await _read(sent_values(values), values)
        return touchpoint_out(await touchpoint_for(await create_touchpoint(wanted, after, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@patch("/touchpoints/{code:str}", permission=P.CATALOGUES_EDIT)
async def change(request: StaffRequest, code: FromPath[str], data: JSONBody[TouchpointIn]) -> TouchpointOut:
    """Change what is named."""
    kept = await touchpoint_for(code)
    values = sent(data)
    version = values.pop("version", None)
    before: dict[str, Any] = {
        **typed_values(kept), "is_direct": kept.row.is_direct, "channels": kept.channels, "moments": kept.moments,
        "name_en": kept.row.name_en,
    }  # fmt: skip
    named = {**before, **_named(values)}
    ticks = [name for name in before if name.startswith(("channel_", "moment_"))]
    wanted, after = await _read(sent_values({name: value for name, value in named.items() if name not in ticks}), named)
    await change_touchpoint(code, wanted, after, version, by=request.user.id, now=datetime.now(UTC))
    return touchpoint_out(await touchpoint_for(code))


@post("/touchpoints/{code:str}/retirement", permission=P.CATALOGUES_EDIT, status_code=200)
async def retire(request: StaffRequest, code: FromPath[str], data: JSONBody[RetirementIn]) -> TouchpointOut:
    """Retire it. A second time changes nothing."""
    await retire_touchpoint(code, data.replacement or "", by=request.user.id, now=datetime.now(UTC))
    return touchpoint_out(await touchpoint_for(code))


@delete("/touchpoints/{code:str}/retirement", permission=P.CATALOGUES_EDIT, status_code=200)
async def use(request: StaffRequest, code: FromPath[str]) -> TouchpointOut:
    """Take a retired one into use again; a planned one begins."""
    await use_touchpoint(code, by=request.user.id, now=datetime.now(UTC))
    return touchpoint_out(await touchpoint_for(code))


@get("/phases", permission=P.TOUCHPOINTS_VIEW)
async def list_phases(request: StaffRequest) -> PhaseList:
    """The phases in the order of the journey, each with its touchpoints."""
    return PhaseList(await _phases())


@post("/phases", permission=P.CATALOGUES_EDIT, status_code=201)
async def create_one_phase(request: StaffRequest, data: JSONBody[PhaseIn]) -> Response[bytes]:
    """Add a phase at the end of the journey; its code is made from the German name."""
    now = datetime.now(UTC)

    async def do() -> PhaseOut:
        values = {name: value for name, value in sent(data).items() if name != "version"}
        code = await create_phase(parse_phase(Fields(values)), by=request.user.id, now=now)
        return phase_out(await phase_for(code), [])

    return await created_once(request, do, now=now)


@patch("/phases/{phase_code:str}", permission=P.CATALOGUES_EDIT)
async def change_one_phase(request: StaffRequest, phase_code: FromPath[str], data: JSONBody[PhaseIn]) -> PhaseOut:
    """Change what is named."""
    row = await phase_for(phase_code)
    values = sent(data)
    version = values.pop("version", None)
    wanted = parse_phase(Fields({"name_de": row.name_de, "name_en": row.name_en, "stage": row.stage, **values}))
    await change_phase(phase_code, wanted, version, by=request.user.id, now=datetime.now(UTC))
    return await _phase(phase_code)


@put("/phases/order", permission=P.CATALOGUES_EDIT)
async def put_phases_in_order(request: StaffRequest, data: JSONBody[OrderIn]) -> PhaseList:
    """The order of the phases: each that is not retired once."""
    await order_phases(data.codes, by=request.user.id, now=datetime.now(UTC))
    return PhaseList(await _phases())


@put("/phases/{phase_code:str}/touchpoints", permission=P.CATALOGUES_EDIT)
async def put_touchpoints_in_order(
    request: StaffRequest, phase_code: FromPath[str], data: JSONBody[OrderIn]
) -> PhaseOut:
    """The order of the touchpoints of a phase: each that is not retired once."""
    await order_touchpoints(phase_code, data.codes, by=request.user.id, now=datetime.now(UTC))
    return await _phase(phase_code)


@post("/phases/{phase_code:str}/retirement", permission=P.CATALOGUES_EDIT, status_code=200)
async def retire_one_phase(request: StaffRequest, phase_code: FromPath[str]) -> PhaseOut:
    """Retire a phase in which no touchpoint lies any more."""
    await retire_phase(phase_code, True, by=request.user.id, now=datetime.now(UTC))
    return await _phase(phase_code)


@delete("/phases/{phase_code:str}/retirement", permission=P.CATALOGUES_EDIT, status_code=200)
async def return_one_phase(request: StaffRequest, phase_code: FromPath[str]) -> PhaseOut:
    """Offer a retired phase again."""
    await retire_phase(phase_code, False, by=request.user.id, now=datetime.now(UTC))
    return await _phase(phase_code)


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """A body's names as the form has them."""
    words = {"responsible_id": "responsible", "known_moments": "moments"}
    return {words.get(name, name): value for name, value in values.items() if name != "version"}


async def _read(values: dict[str, Any], named: dict[str, Any]) -> tuple[TouchpointData, str]:
    """The typed values; a channel or a moment of truth that does not exist is named, rather than left out in silence."""
    fields = Fields(values)
    reasons = [row.code for row in await contact_reasons(retired=None) if row.is_moment_of_truth]
    for name, told, known in (("channels", "channels", list(CHANNELS)), ("moments", "known_moments", reasons)):
        for code in set(named.get(name) or ()) - set(known):
            fields.values[told] = code
            fields.one_of(told, known)
    return parse_touchpoint(fields, reasons)


async def _phases() -> list[PhaseOut]:
    codes: dict[str, list[str]] = {}
    for one in await kept_touchpoints(states=[TouchpointState.PLANNED, TouchpointState.ACTIVE]):
        codes.setdefault(one.row.phase, []).append(one.row.code)
    return [phase_out(row, codes.get(row.code, [])) for row in await phases()]


async def _phase(code: str) -> PhaseOut:
    return next(one for one in await _phases() if one.code == code.replace("\x00", ""))


route_handlers = [
    list_touchpoints, show_touchpoint, figures, create, change, retire, use, list_phases, create_one_phase, change_one_phase,
    put_phases_in_order, put_touchpoints_in_order, retire_one_phase, return_one_phase,
]  # fmt: skip
