"""The page that shows what every service level promises."""

from __future__ import annotations

from datetime import UTC, date, datetime

from babel.dates import get_day_names
from litestar import Response, Router, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.service_levels.holidays import public_holidays
from crm.service_levels.queries import PromiseOverview, promises
from crm.service_levels.words import PRIORITIES
from crm.web.formats import local
from crm.web.i18n import _, locale
from crm.web.render import page

SHOWN_DAYS = 5


@get("/service-levels", permission=Permission.CATALOGUES_EDIT)
async def show_service_levels(request: StaffRequest) -> Response[str]:
    """Targets per priority, calendar and contact rhythm of each service level."""
    now = datetime.now(UTC)
    found = await promises()
    return await page(
        request, "service_levels/index.html", promises=found, priorities=[(code, _(name)) for code, name in reversed(PRIORITIES.items())],
        opening={one.level.id: _hours(one) for one in found}, days_off={one.level.id: _days_off(one, now) for one in found},
    )  # fmt: skip


def _hours(one: PromiseOverview) -> list[tuple[str, str]]:
    """Opening hours by weekday in words; days without any are left out."""
    names = get_day_names("abbreviated", locale=locale())
    shown: dict[int, list[str]] = {}
    for weekday, opens, closes in one.hours:
        closing = "24:00" if (closes.hour, closes.minute) == (0, 0) else f"{closes:%H:%M}"
        shown.setdefault(weekday, []).append(f"{opens:%H:%M}–{closing}")
    return [(names[weekday], ", ".join(spans)) for weekday, spans in sorted(shown.items())]


def _days_off(one: PromiseOverview, now: datetime) -> list[date]:
    """The next days on which the calendar is closed: public holidays and the company's own."""
    today = local(now).date()
    every = public_holidays(one.country, one.state or None, (today.year, today.year + 1)) | set(one.company_days)
    return [day for day in sorted(every) if day >= today][:SHOWN_DAYS]


router = Router("", route_handlers=[show_service_levels])
