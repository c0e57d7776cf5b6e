"""The page that shows what every service level promises, and the versions of each."""

from __future__ import annotations

from datetime import UTC, datetime

from babel.dates import get_day_names
from litestar import Response, get
from litestar.params import FromPath

from crm.accounts.company import tells_at_night
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.service_levels.content import CalendarContent
from crm.service_levels.holidays import NamedDay, named_holidays, observances
from crm.service_levels.versions import (
    Version,
    all_calendars,
    all_levels,
    calendar_named,
    level_named,
    versions_of_calendar,
    versions_of_level,
)
from crm.service_levels.words import CLOCKS, PAUSING, PRIORITIES, TOLD, change_lines, listed
from crm.web.formats import local
from crm.web.i18n import N_, _, language, local_name, locale
from crm.web.render import flashes, page

SHOWN_DAYS = 5
DONE = {
    "saved": N_("Saved. Open enquiries have their new due times."), "nights": N_("Saved."),
    "added": N_("Added. Nobody has it yet."), "retired": N_("Retired. What used it has its replacement."),
    "unchanged": N_("Nothing was different, so nothing was saved."),
}  # fmt: skip


@get("/service-levels", permission=Permission.CATALOGUES_EDIT)
async def show_service_levels(request: StaffRequest) -> Response[str]:
    """Targets per priority, calendar and contact rhythm of each service level."""
    now = datetime.now(UTC)
    every, levels = await all_calendars(), await all_levels()
    calendars = [one for one in every if one.retired_at is None]
    return await page(
        request, "service_levels/index.html", levels=[one for one in levels if one.retired_at is None], calendars=calendars,
        retired=[("service-levels", one.id, local_name(one.content), one.retired_at) for one in levels if one.retired_at]
        + [("calendars", one.id, one.content.name, one.retired_at) for one in every if one.retired_at],
        own_calendar=min((one.id for one in every), default=0),
        calendar_names={one.code: one.content.name for one in every},
        priorities=[(code, _(name)) for code, name in reversed(PRIORITIES.items())], clocks=CLOCKS, pausing=PAUSING, told=TOLD,
        opening={one.id: opening_hours(one.content) for one in calendars},
        days_off={one.id: days_off(one.content, now) for one in calendars},
        kept={one.id: kept_days(one.content, now) for one in calendars}, at_night=await tells_at_night(), listed=listed,
        flashes=flashes(request, DONE),
    )  # fmt: skip


def opening_hours(content: CalendarContent) -> list[tuple[str, str]]:
    """Opening hours by weekday in words; days without any are left out."""
    names = get_day_names("abbreviated", locale=locale())
    shown: dict[int, list[str]] = {}
    for weekday, opens, closes in content.hours:
        closing = "24:00" if (closes.hour, closes.minute) == (0, 0) else f"{closes:%H:%M}"
        shown.setdefault(weekday, []).append(f"{opens:%H:%M}–{closing}")
    return [(names[weekday], ", ".join(spans)) for weekday, spans in sorted(shown.items())]


def days_off(content: CalendarContent, now: datetime) -> list[NamedDay]:
    """The next days on which the calendar is closed: public holidays and the company's own."""
    today = local(now).date()
    years = (today.year, today.year + 1)
    own = [NamedDay(day, content.day_names.get(day.isoformat(), "")) for day in content.days]
    every = {
        day.on: day for day in [*named_holidays(content.country, content.state or None, years, language.get()), *own]
    }
    return [day for on, day in sorted(every.items()) if on >= today][:SHOWN_DAYS]


def kept_days(content: CalendarContent, now: datetime) -> list[NamedDay]:
    """The next days that people keep although the company is open."""
    today = local(now).date()
    found = observances(content.country, content.state or None, (today.year, today.year + 1), language.get())
    return [day for day in found if day.on >= today and day.on not in content.days][:SHOWN_DAYS]


@get("/service-levels/{level_id:int}/versions", permission=Permission.CATALOGUES_EDIT)
async def show_level_versions(request: StaffRequest, level_id: FromPath[int]) -> Response[str]:
    level = await level_named(level_id)
    return await _versions(request, local_name(level.content), await versions_of_level(level.id))


@get("/calendars/{calendar_id:int}/versions", permission=Permission.CATALOGUES_EDIT)
async def show_calendar_versions(request: StaffRequest, calendar_id: FromPath[int]) -> Response[str]:
    calendar = await calendar_named(calendar_id)
    return await _versions(request, calendar.content.name, await versions_of_calendar(calendar.id))


async def _versions(request: StaffRequest, name: str, versions: list[Version]) -> Response[str]:
    told = [(version, list(change_lines(version.changed))) for version in versions]
    return await page(request, "service_levels/versions.html", name=name, versions=told)


handlers = [show_service_levels, show_level_versions, show_calendar_versions]
