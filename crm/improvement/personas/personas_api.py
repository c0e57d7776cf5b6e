"""Personas over JSON, with the figures of their segment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.improvement.personas import queries
from crm.improvement.personas.actions import PersonaData, change_persona, data_of, delete_persona, describe_persona
from crm.reports.segments import answers_of_segment
from crm.surveys.rates import rate_of
from crm.web.parameters import Id, Version

P = Permission
YEAR = timedelta(days=365)


class ScoreOut(msgspec.Struct):
    """A figure from `n` answers with its 95 % interval, where one can be known."""

    value: float | None
    n: int
    low: float | None
    high: float | None


class PersonaOut(msgspec.Struct):
    """A typical customer. `customers` and `answers` (csat, nps, effort of the last twelve months) are those of the segment, with how
    many of its customers were `asked` by survey and `answered`; none in lists and without one."""

    id: int
    name: str
    role: str
    goals: str
    everyday: str
    problems: str
    benefit: str
    information: str
    context: str
    triggers: str
    view_id: int | None
    version: int
    customers: int | None = None
    answers: dict[str, ScoreOut] = {}
    asked: int | None = None
    answered: int | None = None


class Personas(msgspec.Struct):
    items: list[PersonaOut]


class PersonaIn(msgspec.Struct, forbid_unknown_fields=True):
    """A persona; `view_id` is a view of customers that your team shares."""

    name: str
    role: str = ""
    goals: str = ""
    everyday: str = ""
    problems: str = ""
    benefit: str = ""
    information: str = ""
    context: str = ""
    triggers: str = ""
    view_id: Id | None = None


class PersonaPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What of a persona shall differ; `version` is the one that was read."""

    version: Version
    name: str | msgspec.UnsetType = msgspec.UNSET
    role: str | msgspec.UnsetType = msgspec.UNSET
    goals: str | msgspec.UnsetType = msgspec.UNSET
    everyday: str | msgspec.UnsetType = msgspec.UNSET
    problems: str | msgspec.UnsetType = msgspec.UNSET
    benefit: str | msgspec.UnsetType = msgspec.UNSET
    information: str | msgspec.UnsetType = msgspec.UNSET
    context: str | msgspec.UnsetType = msgspec.UNSET
    triggers: str | msgspec.UnsetType = msgspec.UNSET
    view_id: Id | msgspec.UnsetType | None = msgspec.UNSET


@get("/personas", permission=P.MEASURES_VIEW)
async def list_personas(request: StaffRequest) -> Personas:
    """All personas, by name."""
    return Personas([_out(row) for row in await queries.personas()])


@get("/personas/{persona_id:int}", permission=P.MEASURES_VIEW)
async def read(request: StaffRequest, persona_id: FromPath[int]) -> PersonaOut:
    """One persona with the figures of its segment."""
    return await _read(persona_id)


@post("/personas", permission=P.MEASURES_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[PersonaIn]) -> Response[bytes]:
    """Describe a persona."""
    now, wanted = datetime.now(UTC), PersonaData.parse(_values(msgspec.structs.asdict(data)))

    async def do() -> PersonaOut:
        return await _read(await describe_persona(wanted, request.user, now=now))

    return await created_once(request, do, now=now)


@patch("/personas/{persona_id:int}", permission=P.MEASURES_EDIT)
async def change(request: StaffRequest, persona_id: FromPath[int], data: JSONBody[PersonaPatch]) -> PersonaOut:
    """Change what is sent. 409 if somebody else changed it since `version`."""
    before = msgspec.structs.asdict(_out(await queries.persona_for(persona_id)))
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    wanted = PersonaData.parse(_values(before | sent))
    await change_persona(persona_id, wanted, data.version, request.user, now=datetime.now(UTC))
    return await _read(persona_id)


@delete("/personas/{persona_id:int}", permission=P.MEASURES_EDIT, status_code=204)
async def remove(request: StaffRequest, persona_id: FromPath[int]) -> None:
    """Delete it."""
    await delete_persona(persona_id, by=request.user.id, now=datetime.now(UTC))


def _values(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None else value for name, value in sent.items()}


def _out(row: Row) -> PersonaOut:
    one = data_of(row)
    return PersonaOut(
        row.id, one.name, one.role, one.goals, one.everyday, one.problems, one.benefit, one.information, one.context, one.triggers,
        one.view_id, row.version,
    )  # fmt: skip


async def _read(persona_id: int) -> PersonaOut:
    row, now = await queries.persona_for(persona_id), datetime.now(UTC)
    out = _out(row)
    customers = await queries.segment_of(row, now)
    if customers is not None:
        out.customers = len(customers)
        for code, one in (await answers_of_segment(customers, start=now - YEAR, end=now)).items():
            low, high = one.interval or (None, None)
            out.answers[code] = ScoreOut(one.value, one.n, low, high)
        rate = await rate_of(now - YEAR, now, customers)
        out.asked, out.answered = rate.asked, rate.answered
    return out


route_handlers = [list_personas, read, create, change, remove]
