"""Pages about the touchpoints: the catalogue along the journey, and one touchpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from litestar import Response, Router, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.touchpoints.describing import journey_description
from crm.touchpoints.guides import handlers as guide_pages
from crm.touchpoints.journey import JourneyPoint, journey_drawing
from crm.touchpoints.queries import CataloguePhase, catalogue, last_answers, last_contacts, last_year, touchpoint_named
from crm.web.i18n import _, language, local_name, zone
from crm.web.render import page

YEAR = timedelta(days=365)


@get("/touchpoints", permission=Permission.TOUCHPOINTS_VIEW)
async def list_touchpoints(request: StaffRequest) -> Response[str]:
    phases = await catalogue(datetime.now(UTC))
    points = _points(phases)
    drawing = journey_drawing([local_name(phase) for phase in phases], points, width=1000, height=250, has_details=True)
    return await page(
        request, "touchpoints/index.html", phases=phases, drawing=drawing if any(p.n or p.volume for p in points) else None,
        description=journey_description(drawing, _, language=language.get()),
    )  # fmt: skip


@get("/touchpoints/{code:str}", permission=Permission.TOUCHPOINTS_VIEW)
async def show_touchpoint(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    now = datetime.now(UTC)
    touchpoint = await touchpoint_named(code)
    since = (now.astimezone(zone.get()) - YEAR).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year = await last_year(touchpoint.id, since=since.astimezone(UTC), until=now, zone=zone.get())
    return await page(
        request, "touchpoints/show.html", touchpoint=touchpoint, year=year,
        contacts=await last_contacts(touchpoint.id), answers=await last_answers(touchpoint.id),
    )  # fmt: skip


def _points(phases: list[CataloguePhase]) -> list[JourneyPoint]:
    """The touchpoints of the catalogue as the journey draws them."""
    return [
        JourneyPoint(
            phase=local_name(phase), position=position, name=local_name(line.row),
            mean=line.satisfaction.value if line.satisfaction else None, n=line.satisfaction.n if line.satisfaction else 0,
            interval=line.satisfaction.interval if line.satisfaction else None, volume=line.contacts,
            is_moment_of_truth=line.row.is_moment_of_truth, target=float(line.row.target), department=line.row.department,
        )
        for phase in phases
        for position, line in enumerate(phase.lines)
    ]  # fmt: skip


router = Router("", route_handlers=[list_touchpoints, show_touchpoint, *guide_pages.route_handlers])
