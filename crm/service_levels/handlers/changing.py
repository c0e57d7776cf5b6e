"""Changing a service level or a calendar: the form, what it would do to the open enquiries, and saving exactly that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from babel.dates import get_day_names
from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid, NotFound
from crm.service_levels.content import PAUSABLE, differences
from crm.service_levels.content import TOLD as WHOM
from crm.service_levels.creating import add_calendar, add_level
from crm.service_levels.editing import set_telling_at_night
from crm.service_levels.forms import ESCALATING, calendar_values, level_values, parse_calendar, parse_level
from crm.service_levels.holidays import countries
from crm.service_levels.versions import (
    Level,
    NamedCalendar,
    all_calendars,
    all_levels,
    calendar_named,
    level_named,
    levels_by,
)
from crm.service_levels.words import CLOCKS, PAUSING, PRIORITIES, TOLD, change_lines
from crm.tickets.repromising import Foreseen, change_calendar, change_level, foresee_calendar, foresee_level
from crm.web.formats import country
from crm.web.i18n import _, local_name, locale, word
from crm.web.render import page, see_other

T = TypeVar("T", Level, NamedCalendar)


@get("/service-levels/{level_id:int}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_level(request: StaffRequest, level_id: FromPath[int]) -> Response[str]:
    level = await level_named(level_id)
    return await _level_form(request, level, level_values(level.content))


async def _level_form(
    request: StaffRequest, level: Level | None, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response[str]:
    return await page(
        request, "service_levels/level.html", status=422 if errors else 200, level=level, values=values, errors=errors or {},
        calendars=[(one.code, one.content.name) for one in await all_calendars() if one.retired_at is None],
        priorities=[(code, _(name)) for code, name in reversed(PRIORITIES.items())],
        clocks=[(code, _(name)) for code, name in CLOCKS.items()],
        pausing=[(code, _(PAUSING[code])) for code in PAUSABLE], told=[(code, _(TOLD[code])) for code in WHOM],
        escalating=[(code, _(CLOCKS[code])) for code in ESCALATING],
    )  # fmt: skip


@post("/service-levels/{level_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_level(request: StaffRequest, level_id: FromPath[int]) -> Response[Any]:
    """Without `seen` it shows what saving would do; with it, it saves that. `again` goes back to the form."""
    level = await level_named(level_id)
    values = _typed(dict(await request.form()))
    now = datetime.now(UTC)
    try:
        content = parse_level(values, await calendar_codes())
    except Invalid as error:
        return await _level_form(request, level, values, error.errors)
    if "again" in values:
        return await _level_form(request, level, values)
    if not differences(level.content, content):
        return see_other(request, "/service-levels?done=unchanged")
    change = Change(
        f"/service-levels/{level_id}", local_name(level.content), list(change_lines(differences(level.content, content))), values,
        foresee=lambda: foresee_level(level_id, content, now=now),
        save=lambda seen: change_level(level_id, content, seen=seen, by=request.user.id, now=now),
    )  # fmt: skip
    try:
        return await shown_or_saved(request, change)
    except Invalid as error:
        return await _level_form(request, level, values, error.errors)


@get("/calendars/{calendar_id:int}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_calendar(request: StaffRequest, calendar_id: FromPath[int]) -> Response[str]:
    calendar = await calendar_named(calendar_id)
    return await _calendar_form(request, calendar, calendar_values(calendar.content))


async def _calendar_form(
    request: StaffRequest,
    calendar: NamedCalendar | None,
    values: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
) -> Response[str]:
    days = get_day_names("wide", locale=locale())
    return await page(
        request, "service_levels/calendar.html", status=422 if errors else 200, calendar=calendar, values=values,
        errors=errors or {}, days=[days[weekday] for weekday in range(7)],
        levels=[local_name(level.content) for level in await levels_by(calendar.id)] if calendar else [],
        countries=sorted(((code, country(code)) for code in countries()), key=lambda pair: pair[1]),
    )  # fmt: skip


@post("/calendars/{calendar_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_calendar(request: StaffRequest, calendar_id: FromPath[int]) -> Response[Any]:
    """As save_level."""
    calendar = await calendar_named(calendar_id)
    values = _typed(dict(await request.form()))
    now = datetime.now(UTC)
    try:
        content = parse_calendar(values)
    except Invalid as error:
        return await _calendar_form(request, calendar, values, error.errors)
    if "again" in values:
        return await _calendar_form(request, calendar, values)
    if not differences(calendar.content, content):
        return see_other(request, "/service-levels?done=unchanged")
    change = Change(
        f"/calendars/{calendar_id}", calendar.content.name, list(change_lines(differences(calendar.content, content))), values,
        foresee=lambda: foresee_calendar(calendar_id, content, now=now),
        save=lambda seen: change_calendar(calendar_id, content, seen=seen, by=request.user.id, now=now),
    )  # fmt: skip
    try:
        return await shown_or_saved(request, change)
    except Invalid as error:
        return await _calendar_form(request, calendar, values, error.errors)


def _typed(form: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in form.items() if name != "_csrf_token"}


@dataclass(frozen=True, slots=True)
class Change:
    """Something that gives open enquiries other due times: where its form goes to, what it is about, what differs (in words), what
    was typed; what it would do, and how it is done once that was seen."""

    action: str
    name: str
    lines: list[tuple[str, str, str]]
    values: Mapping[str, Any]
    foresee: Callable[[], Awaitable[Foreseen]]
    save: Callable[[str], Awaitable[Foreseen | None]]
    done: str = "saved"


async def shown_or_saved(request: StaffRequest, change: Change) -> Response[Any]:
    """Without `seen` what it would do, with it done; if something else would happen by now, that is shown instead."""
    seen = str(change.values.get("seen") or "")
    foreseen = await change.save(seen) if seen else await change.foresee()
    if foreseen is None:
        return see_other(request, f"/service-levels?done={change.done}")
    kept = {field: value for field, value in change.values.items() if field not in ("seen", "again")}
    return await page(
        request, "service_levels/preview.html", action=change.action, name=change.name, lines=change.lines, foreseen=foreseen, kept=kept,
        is_other=bool(seen), clocks=CLOCKS, priorities=PRIORITIES, word=word,
    )  # fmt: skip


@get("/service-levels/new", permission=Permission.CATALOGUES_EDIT)
async def new_level(request: StaffRequest) -> Response[str]:
    """The form of a new service level, filled with a copy of the one named by `from`, else of the first; only the names are blank."""
    pattern = chosen(request, [one for one in await all_levels() if one.retired_at is None])
    return await _level_form(request, None, {**level_values(pattern.content), "name_de": "", "name_en": ""})


@post("/service-levels", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def create_level(request: StaffRequest) -> Response[Any]:
    values = _typed(dict(await request.form()))
    try:
        content = parse_level(values, await calendar_codes())
        await add_level(content, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _level_form(request, None, values, error.errors)
    return see_other(request, "/service-levels?done=added")


@get("/calendars/new", permission=Permission.CATALOGUES_EDIT)
async def new_calendar(request: StaffRequest) -> Response[str]:
    """As new_level."""
    pattern = chosen(request, [one for one in await all_calendars() if one.retired_at is None])
    return await _calendar_form(request, None, {**calendar_values(pattern.content), "name": ""})


@post("/calendars", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def create_calendar(request: StaffRequest) -> Response[Any]:
    values = _typed(dict(await request.form()))
    try:
        await add_calendar(parse_calendar(values), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _calendar_form(request, None, values, error.errors)
    return see_other(request, "/service-levels?done=added")


def chosen(request: StaffRequest, known: list[T]) -> T:
    """The one named by `from` in the address, else the first. Raises NotFound where there is none at all."""
    if not known:
        raise NotFound()
    return next((one for one in known if str(one.id) == request.query_params.get("from")), known[0])


async def calendar_codes() -> list[str]:
    """Those that a service level can run by."""
    return [one.code for one in await all_calendars() if one.retired_at is None]


@post("/service-levels/nights", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_nights(request: StaffRequest) -> Response[Any]:
    form = await request.form()
    await set_telling_at_night(form.get("tells_at_night") == "1", by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/service-levels?done=nights")


handlers = [
    new_level,
    create_level,
    new_calendar,
    create_calendar,
    edit_level,
    save_level,
    edit_calendar,
    save_calendar,
    save_nights,
]
