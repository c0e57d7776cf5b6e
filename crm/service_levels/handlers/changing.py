"""Changing a service level or a calendar: the form, what it would do to the open enquiries, and saving exactly that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from babel.dates import get_day_names
from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid
from crm.service_levels.content import PAUSABLE, differences
from crm.service_levels.content import TOLD as WHOM
from crm.service_levels.editing import set_telling_at_night
from crm.service_levels.forms import ESCALATING, calendar_values, level_values, parse_calendar, parse_level
from crm.service_levels.holidays import countries
from crm.service_levels.versions import Level, NamedCalendar, all_calendars, calendar_named, level_named, levels_by
from crm.service_levels.words import CLOCKS, PAUSING, PRIORITIES, TOLD, change_lines
from crm.tickets.repromising import Foreseen, change_calendar, change_level, foresee_calendar, foresee_level
from crm.web.formats import country
from crm.web.i18n import _, local_name, locale, word
from crm.web.render import page, see_other


@get("/service-levels/{level_id:int}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_level(request: StaffRequest, level_id: FromPath[int]) -> Response[str]:
    level = await level_named(level_id)
    return await _level_form(request, level, level_values(level.content))


async def _level_form(
    request: StaffRequest, level: Level, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response[str]:
    return await page(
        request, "service_levels/level.html", status=422 if errors else 200, level=level, values=values, errors=errors or {},
        calendars=[(one.code, one.content.name) for one in await all_calendars()],
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
        content = parse_level(values, [one.code for one in await all_calendars()])
    except Invalid as error:
        return await _level_form(request, level, values, error.errors)
    if "again" in values:
        return await _level_form(request, level, values)
    if not differences(level.content, content):
        return see_other(request, "/service-levels?done=unchanged")
    action, name = f"/service-levels/{level_id}", local_name(level.content)
    lines = list(change_lines(differences(level.content, content)))
    if not values.get("seen"):
        foreseen = await foresee_level(level_id, content, now=now)
        return await _preview(request, action, name, lines, foreseen, values)
    other = await change_level(level_id, content, seen=str(values["seen"]), by=request.user.id, now=now)
    if other is not None:
        return await _preview(request, action, name, lines, other, values, is_other=True)
    return see_other(request, "/service-levels?done=saved")


@get("/calendars/{calendar_id:int}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_calendar(request: StaffRequest, calendar_id: FromPath[int]) -> Response[str]:
    calendar = await calendar_named(calendar_id)
    return await _calendar_form(request, calendar, calendar_values(calendar.content))


async def _calendar_form(
    request: StaffRequest, calendar: NamedCalendar, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response[str]:
    days = get_day_names("wide", locale=locale())
    return await page(
        request, "service_levels/calendar.html", status=422 if errors else 200, calendar=calendar, values=values,
        errors=errors or {}, days=[days[weekday] for weekday in range(7)],
        levels=[local_name(level.content) for level in await levels_by(calendar.id)],
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
    action = f"/calendars/{calendar_id}"
    lines = list(change_lines(differences(calendar.content, content)))
    if not values.get("seen"):
        foreseen = await foresee_calendar(calendar_id, content, now=now)
        return await _preview(request, action, calendar.content.name, lines, foreseen, values)
    other = await change_calendar(calendar_id, content, seen=str(values["seen"]), by=request.user.id, now=now)
    if other is not None:
        return await _preview(request, action, calendar.content.name, lines, other, values, is_other=True)
    return see_other(request, "/service-levels?done=saved")


def _typed(form: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in form.items() if name != "_csrf_token"}


async def _preview(
    request: StaffRequest, action: str, name: str, lines: list[tuple[str, str, str]], foreseen: Foreseen,
    values: Mapping[str, Any], *, is_other: bool = False,
) -> Response[str]:  # fmt: skip
    kept = {field: value for field, value in values.items() if field not in ("seen", "again")}
    return await page(
        request, "service_levels/preview.html", action=action, name=name, lines=lines, foreseen=foreseen, kept=kept, is_other=is_other,
        clocks=CLOCKS, priorities=PRIORITIES, word=word,
    )  # fmt: skip


@post("/service-levels/nights", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_nights(request: StaffRequest) -> Response[Any]:
    form = await request.form()
    await set_telling_at_night(form.get("tells_at_night") == "1", by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/service-levels?done=nights")


handlers = [edit_level, save_level, edit_calendar, save_calendar, save_nights]
