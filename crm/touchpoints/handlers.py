"""Pages about the touchpoints: the catalogue along the journey, and one touchpoint."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response, Router, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.words import CHANNELS
from crm.database import Row
from crm.improvement.measures import words as measure_words
from crm.improvement.measures.queries import MeasuresWanted, measures
from crm.surveys.rates import rate_at, rates_by_touchpoint
from crm.surveys.results import NOBODY
from crm.touchpoints.catalogue import pages, phase_pages
from crm.touchpoints.catalogue.queries import kept_touchpoints, touchpoint_in_full
from crm.touchpoints.charts import months_between, on_scale, satisfaction_course, volume_bars
from crm.touchpoints.describing import journey_description
from crm.touchpoints.figures import first_of_year, last_year, lately_there, said_there
from crm.touchpoints.guides import handlers as guide_pages
from crm.touchpoints.journey import JourneyPoint, journey_drawing
from crm.touchpoints.queries import LATELY, CataloguePhase, catalogue
from crm.touchpoints.tables import TouchpointState
from crm.web.formats import local
from crm.web.i18n import _, language, local_name, zone
from crm.web.render import flashes, page


@get("/touchpoints", permission=Permission.TOUCHPOINTS_VIEW)
async def list_touchpoints(request: StaffRequest) -> Response[str]:
    now = datetime.now(UTC)
    phases, rates = await catalogue(now), await rates_by_touchpoint(now - LATELY, now)
    points = _points(phases)
    drawing = journey_drawing([local_name(phase) for phase in phases], points, width=1000, height=250, has_details=True)
    return await page(
        request, "touchpoints/index.html", phases=phases, drawing=drawing if any(p.n or p.volume for p in points) else None,
        description=journey_description(drawing, _, language=language.get()), retired=await kept_touchpoints(states=["retired"]),
        untended=[line for phase in phases for line in phase.lines if line.is_untended], rates=rates, nobody=NOBODY,
        flashes=flashes(request, pages.DONE),
    )  # fmt: skip


@get("/touchpoints/{code:str}", permission=Permission.TOUCHPOINTS_VIEW)
async def show_touchpoint(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    """Its definition and the last twelve months: contacts, satisfaction, channels, praise and criticism, moments of truth."""
    now = datetime.now(UTC)
    full = await touchpoint_in_full(code)
    touchpoint = full.kept.row
    since = first_of_year(now, zone.get())
    year = await last_year(touchpoint.id, since=since, until=now, zone=zone.get())
    months = months_between(local(since).date(), local(now).date())
    return await page(
        request, "touchpoints/show.html", touchpoint=touchpoint, full=full, kept=full.kept, year=year, channels=CHANNELS,
        bars=volume_bars(months, year.months, local(now).date()), on_scale=on_scale,
        course=satisfaction_course(months, year.months, float(touchpoint.target)),
        said=await said_there(touchpoint.id, since=since, until=now),
        moments=[one for one in full.reasons if one.is_named or (one.is_moment and one.id in year.reasons)],
        lately=await lately_there(touchpoint.id), rate=await rate_at(touchpoint.id, since, now),
        measures=await measures(MeasuresWanted(touchpoint=touchpoint.code), limit=8) if request.user.may(Permission.MEASURES_VIEW) else [],
        measure_words=measure_words, today=local(now).date(), flashes=_flashes(request, touchpoint),
    )  # fmt: skip


def _flashes(request: StaffRequest, touchpoint: Row) -> list[dict[str, str]]:
    """What was done just now; a retirement can be taken back where it is said."""
    said = flashes(request, pages.DONE)
    if touchpoint.state == TouchpointState.RETIRED and request.user.may(Permission.CATALOGUES_EDIT):
        return [{**one, "undo": f"/touchpoints/{touchpoint.code}/use"} for one in said]
    return said


def _points(phases: list[CataloguePhase]) -> list[JourneyPoint]:
    """The touchpoints of the catalogue as the journey draws them; one that is planned has no place yet in what was measured."""
    return [
        JourneyPoint(
            phase=local_name(phase), position=position, name=local_name(line.row),
            mean=line.satisfaction.value if line.satisfaction else None, n=line.satisfaction.n if line.satisfaction else 0,
            interval=line.satisfaction.interval if line.satisfaction else None, volume=line.contacts,
            is_moment_of_truth=line.row.is_moment_of_truth, target=float(line.row.target), department=line.row.department,
        )
        for phase in phases
        for position, line in enumerate(phase.lines)
        if line.row.state != TouchpointState.PLANNED or line.contacts
    ]  # fmt: skip


router = Router(
    "",
    route_handlers=[
        list_touchpoints, show_touchpoint, *pages.route_handlers, *phase_pages.route_handlers, *guide_pages.route_handlers,
    ],
)  # fmt: skip
