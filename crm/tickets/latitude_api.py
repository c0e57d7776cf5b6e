"""What agents may decide alone, over the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.tickets.latitude import may_decide
from crm.tickets.latitudes import (
    add_latitude,
    change_latitude,
    latitude_for,
    latitude_values,
    latitudes,
    level_in,
    matters_in,
    remove_latitude,
)
from crm.tickets.queries import ticket_for
from crm.web.forms import Fields
from crm.web.parameters import Version


class LatitudeIn(msgspec.Struct):
    """A matter with its limits in words; a blank limit means not at this level. `topic`: the code of one, "" for all.
    With the `version` that was read, a change that somebody else has overtaken is refused."""

    name_de: str
    name_en: str = ""
    topic: str = ""
    limit_1_de: str = ""
    limit_1_en: str = ""
    limit_2_de: str = ""
    limit_2_en: str = ""
    limit_3_de: str = ""
    limit_3_en: str = ""
    position: int = 0
    version: Version | None = None


class LatitudeOut(LatitudeIn, kw_only=True):
    id: int


class Decision(msgspec.Struct):
    """What the caller may decide alone on a ticket: `limit` is "" for nothing; `further_level` may decide `further_limit`."""

    name: str
    limit: str
    further_level: int | None
    further_limit: str


def _out(row: Row) -> LatitudeOut:
    values = {name: row[name] for name in LatitudeIn.__struct_fields__ if name not in ("topic", "version")}
    return LatitudeOut(**values, topic=row.topic_code, id=row.id, version=row.version)


def _values(data: LatitudeIn) -> dict[str, Any]:
    sent = msgspec.structs.asdict(data)
    fields = Fields({**sent, "topic_code": sent["topic"], "position": str(data.position)})
    values = latitude_values(fields)
    fields.check()
    return values


@get("/latitude", permission=Permission.TICKETS_VIEW)
async def index(request: StaffRequest) -> list[LatitudeOut]:
    """What agents may decide alone, level by level."""
    return [_out(row) for row in await latitudes()]


@post("/latitude", permission=Permission.CATALOGUES_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[LatitudeIn]) -> Response[bytes]:
    """Add a matter."""
    now, values = datetime.now(UTC), _values(data)

    async def do() -> LatitudeOut:
        return _out(await latitude_for(await add_latitude(values, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@put("/latitude/{latitude_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=200)
async def replace(request: StaffRequest, latitude_id: FromPath[int], data: JSONBody[LatitudeIn]) -> LatitudeOut:
    """Change one, all of it."""
    await latitude_for(latitude_id)
    await change_latitude(latitude_id, _values(data), data.version, by=request.user.id, now=datetime.now(UTC))
    return _out(await latitude_for(latitude_id))


@delete("/latitude/{latitude_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=204)
async def remove(request: StaffRequest, latitude_id: FromPath[int]) -> None:
    """Remove one."""
    await latitude_for(latitude_id)
    await remove_latitude(latitude_id, by=request.user.id, now=datetime.now(UTC))


@get("/tickets/{ticket_id:int}/latitude", permission=Permission.TICKETS_VIEW)
async def on_ticket(request: StaffRequest, ticket_id: FromPath[int]) -> list[Decision]:
    """What the caller may decide alone on this ticket, by their level in its topic."""
    ticket = await ticket_for(request.user, ticket_id)
    level = await level_in(ticket.topic, request.user.id)
    return [
        Decision(one.name, one.limit, *(one.further or (None, "")))
        for one in may_decide(matters_in(ticket.latitudes), level)
    ]


route_handlers = [index, create, replace, remove, on_ticket]
