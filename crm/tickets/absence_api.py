"""Absences of agents over the API, and what was passed on meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import get, put
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid
from crm.tickets.competences import Agent, agent_named, set_absence
from crm.tickets.standing_in import passed_on_lately
from crm.web.i18n import _
from crm.web.parameters import Id


class AbsenceIn(msgspec.Struct):
    """Absent from `start` (blank: from now) until `end` (blank: until it is taken back); without `absent` present. `deputy_id`: who
    stands in."""

    absent: bool
    start: datetime | None = None
    end: datetime | None = None
    deputy_id: Id | None = None


class AbsenceOut(msgspec.Struct):
    user_id: int
    name: str
    is_absent: bool
    start: datetime | None
    end: datetime | None
    deputy_id: int | None


class PassedOn(msgspec.Struct):
    """An enquiry that was passed on: to whom (None: to the queue of its level), and who has it now."""

    ticket_id: int
    subject: str
    customer: str
    at: datetime
    given_to: str | None
    assignee: str | None
    is_seen: bool


def _out(agent: Agent, now: datetime) -> AbsenceOut:
    return AbsenceOut(
        agent.id, agent.name, agent.is_absent(now), agent.absent_from, agent.absent_until, agent.deputy
    )  # fmt: skip


def _checked(data: AbsenceIn, now: datetime) -> tuple[datetime | None, datetime | None]:
    if not data.absent:
        return None, None
    if any(moment is not None and moment.tzinfo is None for moment in (data.start, data.end)):
        raise Invalid({"start": _("Say the time zone of the times, such as 2026-12-24T08:00:00Z.")})
    start = data.start or now
    if data.end is not None and (data.end <= start or data.end <= now):
        raise Invalid({"end": _("The absence must end after it begins.")})
    return start, data.end


async def _changed(request: StaffRequest, user_id: int, data: AbsenceIn) -> AbsenceOut:
    now = datetime.now(UTC)
    await agent_named(user_id)
    start, end = _checked(data, now)
    await set_absence(user_id, start, end, deputy_id=data.deputy_id, by=request.user.id, now=now)
    return _out(await agent_named(user_id), now)


@get("/agents/{user_id:int}/absence", permission=Permission.CATALOGUES_EDIT)
async def show(request: StaffRequest, user_id: FromPath[int]) -> AbsenceOut:
    """Whether an agent is absent, or will be, and who stands in."""
    return _out(await agent_named(user_id), datetime.now(UTC))


@put("/agents/{user_id:int}/absence", permission=Permission.CATALOGUES_EDIT)
async def change(request: StaffRequest, user_id: FromPath[int], data: JSONBody[AbsenceIn]) -> AbsenceOut:
    """Plan, begin or end an absence. What is due before the return is passed on as soon as it has begun."""
    return await _changed(request, user_id, data)


@put("/agents/me/absence", permission=Permission.TICKETS_WORK)
async def change_own(request: StaffRequest, data: JSONBody[AbsenceIn]) -> AbsenceOut:
    """The same for oneself."""
    return await _changed(request, request.user.id, data)


@get("/agents/{user_id:int}/passed-on", permission=Permission.CATALOGUES_EDIT)
async def passed_on(request: StaffRequest, user_id: FromPath[int]) -> list[PassedOn]:
    """What was passed on from an agent within 30 days, the latest first, at most 50."""
    await agent_named(user_id)
    return [
        PassedOn(
            row.ticket, row.subject, row.customer_name, row.at, row.given_to, row.assignee_name, row.seen_at is not None
        )
        for row in await passed_on_lately(user_id, datetime.now(UTC))
    ]


route_handlers = [show, change, change_own, passed_on]
