"""Service levels and calendars over the API: what they say, their versions, what a change would do, changing them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from litestar import Response, Router, get, post, put
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.errors import Conflict, Invalid
from crm.service_levels.content import PAUSABLE, PAUSING, TOLD, CalendarContent, LevelContent
from crm.service_levels.creating import add_calendar, add_level
from crm.service_levels.durations import written
from crm.service_levels.forms import CLOCKS, ESCALATING, parse_calendar, parse_level
from crm.service_levels.tables import Priority
from crm.service_levels.versions import (
    Level,
    NamedCalendar,
    Version,
    all_calendars,
    all_levels,
    calendar_named,
    level_named,
    versions_of_calendar,
    versions_of_level,
)
from crm.tickets.repromising import Foreseen, change_calendar, change_level, foresee_calendar, foresee_level
from crm.tickets.retiring import foresee_calendar_retirement, foresee_level_retirement, retire_calendar, retire_level
from crm.web.i18n import _
from crm.web.parameters import Id


class TargetsIn(msgspec.Struct):
    """Minutes of business time."""

    first_response_min: int
    next_response_min: int
    solution_min: int


class LevelIn(msgspec.Struct):
    """A service level. `pausing` names per clock the statuses that stop it (waiting, postponed), `tells` who is told of a missed
    promise (assignee, leads, owner), `escalates` whose breach takes the enquiry up (first_response, solution). `seen` is the
    fingerprint of the preview: with it, nothing is saved that was not seen."""

    name_de: str
    calendar: str
    first_contact_level: int
    targets: dict[str, TargetsIn]
    name_en: str = ""
    contact_rhythm_days: int | None = None
    pausing: dict[str, list[str]] | None = None
    warned_share: int = 75
    tells: list[str] = msgspec.field(default_factory=lambda: ["assignee", "leads"])
    escalates: list[str] = msgspec.field(default_factory=list)
    seen: str | None = None


class DayOff(msgspec.Struct):
    on: date
    name: str = ""


class CalendarIn(msgspec.Struct):
    """A calendar. `hours` are the intervals of each weekday ("0" is Monday), such as "08:00-12:00, 13:00-17:00"."""

    name: str
    zone: str
    country: str
    hours: dict[str, str]
    state: str = ""
    days_off: list[DayOff] = msgspec.field(default_factory=list)
    seen: str | None = None


class LevelOut(msgspec.Struct):
    id: int
    code: str
    version: int
    content: LevelContent
    retired_at: datetime | None = None


class Retirement(msgspec.Struct):
    """What takes its place (the id), needed where it is in use; `seen` as for a change."""

    replacement_id: Id | None = None
    seen: str | None = None


class CalendarOut(msgspec.Struct):
    id: int
    code: str
    version: int
    content: CalendarContent
    retired_at: datetime | None = None


class VersionOut(msgspec.Struct):
    number: int
    valid_from: datetime
    by: str | None
    changed: dict[str, list[Any]]
    content: dict[str, Any]


class MovedOut(msgspec.Struct):
    ticket_id: int
    promise: str
    due_before: datetime | None
    due_after: datetime | None
    due_now: bool


class PreviewOut(msgspec.Struct):
    """What saving would do. `seen` is to be sent along when it is saved; of many, the first 200 moves are listed."""

    open_tickets: int
    tickets_moved: int
    earlier: int
    later: int
    due_now: int
    stopped: int
    moved: list[MovedOut]
    seen: str


def _level_out(level: Level) -> LevelOut:
    return LevelOut(level.id, level.code, level.version, level.content, level.retired_at)


def _calendar_out(calendar: NamedCalendar) -> CalendarOut:
    return CalendarOut(calendar.id, calendar.code, calendar.version, calendar.content, calendar.retired_at)


def _version_out(version: Version) -> VersionOut:
    content = msgspec.json.decode(version.content, type=dict[str, Any])
    return VersionOut(version.number, version.valid_from, version.by, version.changed, content)


def _preview_out(found: Foreseen) -> PreviewOut:
    moved = [MovedOut(one.ticket_id, one.promise, one.before, one.after, one.is_overtaken) for one in found.moved]
    return PreviewOut(
        found.enquiries, found.touched, found.earlier, found.later, found.overtaken, found.stopped, moved, found.fingerprint
    )  # fmt: skip


def _demand_known(data: LevelIn) -> None:
    """A misspelt code would silently be left out. Raises Invalid with those that are known."""
    known: dict[str, tuple[Collection[str], Collection[str]]] = {
        "tells": (data.tells, TOLD),
        "escalates": (data.escalates, ESCALATING),
        "targets": (data.targets, tuple(Priority)),
    }
    if data.pausing is not None:
        known["pausing"] = (data.pausing, CLOCKS)
        for clock, statuses in data.pausing.items():
            known[f"pausing.{clock}"] = (statuses, PAUSABLE)
    errors = {
        name: _("Not known: %(wrong)s. Known are: %(known)s")
        % {"wrong": ", ".join(sorted(wrong))[:100], "known": ", ".join(options)}
        for name, (given, options) in known.items()
        if (wrong := set(given) - set(options))
    }
    if errors:
        raise Invalid(errors)


async def _level_content(data: LevelIn) -> LevelContent:
    _demand_known(data)
    values: dict[str, Any] = {
        "name_de": data.name_de, "name_en": data.name_en, "calendar": data.calendar,
        "first_contact_level": data.first_contact_level, "contact_rhythm_days": data.contact_rhythm_days or "",
        "warned_share": data.warned_share,
    }  # fmt: skip
    for priority, targets in data.targets.items():
        for clock, minutes in zip(CLOCKS, msgspec.structs.astuple(targets), strict=True):
            values[f"target_{priority}_{clock}"] = written(minutes) if minutes > 0 else str(minutes)
    pausing = data.pausing if data.pausing is not None else PAUSING
    values |= {f"pause_{clock}_{status}": "1" for clock, statuses in pausing.items() for status in statuses}
    values |= {f"tell_{whom}": "1" for whom in data.tells} | {f"escalate_{clock}": "1" for clock in data.escalates}
    return parse_level(values, [one.code for one in await all_calendars() if one.retired_at is None])


def _calendar_content(data: CalendarIn) -> CalendarContent:
    lines = "\n".join(f"{day.on.isoformat()} {' '.join(day.name.split())}" for day in data.days_off)
    hours = {f"hours_{weekday}": spans for weekday, spans in data.hours.items()}
    return parse_calendar(
        {"name": data.name, "zone": data.zone, "country": data.country, "state": data.state, "days": lines, **hours}
    )


def _refuse(other: Foreseen | None) -> None:
    if other is not None:
        raise Conflict(_("Meanwhile something has changed, so nothing was saved. Ask for the preview again."), [], 0)


@get("/service-levels", permission=Permission.CATALOGUES_EDIT)
async def index(request: StaffRequest) -> list[LevelOut]:
    return [_level_out(level) for level in await all_levels()]


@get("/service-levels/{level_id:int}", permission=Permission.CATALOGUES_EDIT)
async def show(request: StaffRequest, level_id: FromPath[int]) -> LevelOut:
    return _level_out(await level_named(level_id))


@get("/service-levels/{level_id:int}/versions", permission=Permission.CATALOGUES_EDIT)
async def versions(request: StaffRequest, level_id: FromPath[int]) -> list[VersionOut]:
    """The newest first: from when, by whom, what changed."""
    level = await level_named(level_id)
    return [_version_out(version) for version in await versions_of_level(level.id)]


@post("/service-levels/{level_id:int}/preview", permission=Permission.CATALOGUES_EDIT, status_code=200)
async def preview(request: StaffRequest, level_id: FromPath[int], data: JSONBody[LevelIn]) -> PreviewOut:
    """Which open tickets would get which due times. Saves nothing."""
    await level_named(level_id)
    return _preview_out(await foresee_level(level_id, await _level_content(data), now=datetime.now(UTC)))


@put("/service-levels/{level_id:int}", permission=Permission.CATALOGUES_EDIT)
async def change(request: StaffRequest, level_id: FromPath[int], data: JSONBody[LevelIn]) -> LevelOut:
    """Save it as a new version. With `seen`, 409 if the preview would be another one by now."""
    await level_named(level_id)
    content = await _level_content(data)
    _refuse(await change_level(level_id, content, seen=data.seen, by=request.user.id, now=datetime.now(UTC)))
    return _level_out(await level_named(level_id))


@post("/service-levels", permission=Permission.CATALOGUES_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[LevelIn]) -> Response[bytes]:
    """Add a service level that nobody has yet."""
    now, content = datetime.now(UTC), await _level_content(data)

    async def do() -> LevelOut:
        return _level_out(await level_named(await add_level(content, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@post("/service-levels/{level_id:int}/retirement/preview", permission=Permission.CATALOGUES_EDIT, status_code=200)
async def preview_retirement(request: StaffRequest, level_id: FromPath[int], data: JSONBody[Retirement]) -> PreviewOut:
    """Which open tickets would get which due times from the replacement. Saves nothing."""
    return _preview_out(await foresee_level_retirement(level_id, data.replacement_id, now=datetime.now(UTC)))


@post("/service-levels/{level_id:int}/retirement", permission=Permission.CATALOGUES_EDIT, status_code=200)
async def retire(request: StaffRequest, level_id: FromPath[int], data: JSONBody[Retirement]) -> LevelOut:
    """Customers and open tickets move to the replacement; what is over keeps it. With `seen`, 409 if the preview would be another."""
    await level_named(level_id)
    now = datetime.now(UTC)
    _refuse(await retire_level(level_id, data.replacement_id, seen=data.seen, by=request.user.id, now=now))
    return _level_out(await level_named(level_id))


@post("/calendars", permission=Permission.CATALOGUES_EDIT, status_code=201)
async def create_calendar(request: StaffRequest, data: JSONBody[CalendarIn]) -> Response[bytes]:
    """Add a calendar that no service level runs by yet."""
    now, content = datetime.now(UTC), _calendar_content(data)

    async def do() -> CalendarOut:
        return _calendar_out(await calendar_named(await add_calendar(content, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@post("/calendars/{calendar_id:int}/retirement/preview", permission=Permission.CATALOGUES_EDIT, status_code=200)
async def preview_calendar_retirement(
    request: StaffRequest, calendar_id: FromPath[int], data: JSONBody[Retirement]
) -> PreviewOut:
    """As for a service level, over all that run by this calendar."""
    return _preview_out(await foresee_calendar_retirement(calendar_id, data.replacement_id, now=datetime.now(UTC)))


@post("/calendars/{calendar_id:int}/retirement", permission=Permission.CATALOGUES_EDIT, status_code=200)
async def retire_one_calendar(
    request: StaffRequest, calendar_id: FromPath[int], data: JSONBody[Retirement]
) -> CalendarOut:
    """Its service levels run by the replacement from now on. Otherwise as for a service level."""
    await calendar_named(calendar_id)
    now = datetime.now(UTC)
    _refuse(await retire_calendar(calendar_id, data.replacement_id, seen=data.seen, by=request.user.id, now=now))
    return _calendar_out(await calendar_named(calendar_id))


@get("/calendars", permission=Permission.CATALOGUES_EDIT)
async def calendars(request: StaffRequest) -> list[CalendarOut]:
    return [_calendar_out(calendar) for calendar in await all_calendars()]


@get("/calendars/{calendar_id:int}", permission=Permission.CATALOGUES_EDIT)
async def show_one_calendar(request: StaffRequest, calendar_id: FromPath[int]) -> CalendarOut:
    return _calendar_out(await calendar_named(calendar_id))


@get("/calendars/{calendar_id:int}/versions", permission=Permission.CATALOGUES_EDIT)
async def calendar_versions(request: StaffRequest, calendar_id: FromPath[int]) -> list[VersionOut]:
    """The newest first."""
    calendar = await calendar_named(calendar_id)
    return [_version_out(version) for version in await versions_of_calendar(calendar.id)]


@post("/calendars/{calendar_id:int}/preview", permission=Permission.CATALOGUES_EDIT, status_code=200)
async def preview_calendar(request: StaffRequest, calendar_id: FromPath[int], data: JSONBody[CalendarIn]) -> PreviewOut:
    """As for a service level, over all that run by this calendar."""
    await calendar_named(calendar_id)
    return _preview_out(await foresee_calendar(calendar_id, _calendar_content(data), now=datetime.now(UTC)))


@put("/calendars/{calendar_id:int}", permission=Permission.CATALOGUES_EDIT)
async def change_one_calendar(
    request: StaffRequest, calendar_id: FromPath[int], data: JSONBody[CalendarIn]
) -> CalendarOut:
    """As for a service level."""
    await calendar_named(calendar_id)
    content = _calendar_content(data)
    _refuse(await change_calendar(calendar_id, content, seen=data.seen, by=request.user.id, now=datetime.now(UTC)))
    return _calendar_out(await calendar_named(calendar_id))


router = Router(
    "/api/v1",
    route_handlers=[
        index, show, versions, preview, change, calendars, show_one_calendar, calendar_versions, preview_calendar,
        change_one_calendar, create, preview_retirement, retire, create_calendar, preview_calendar_retirement, retire_one_calendar,
    ],
    include_in_schema=True,
    tags=["service levels"],
)  # fmt: skip
