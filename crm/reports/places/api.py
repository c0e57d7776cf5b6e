"""What departments and products heard, over the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.params import FromQuery, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.reports.dashboard.asking import Asked, asked_of
from crm.reports.places.asking import place_of
from crm.reports.places.definitions import PLACE_DEFINITIONS
from crm.reports.places.queries import figures_of_place, standings
from crm.reports.places.ranking import Concern, ranked
from crm.reports.places.shape import PlaceFigures, Standing
from crm.reports.scope_parameter import ScopeCode
from crm.web.i18n import _
from crm.web.parameters import demand_ids

P = Permission
From = Annotated[str, QueryParameter(name="from", description="the first day, 2026-10-01")]
To = Annotated[str, QueryParameter(name="to", description="the last day, at most a year later")]


class RankedOut(msgspec.Struct):
    """A department or product; `concern` says why it stands where it does, `gap` how far satisfaction lies below the target."""

    standing: Standing
    concern: Concern
    gap: float


class PlacesOut(msgspec.Struct):
    """The worst first, from `first` to `last` (days of the company's zone, both included)."""

    first: str
    last: str
    places: list[RankedOut]
    definitions: dict[str, str]


class PlaceOut(msgspec.Struct):
    """One of them. `before` is the stretch of the same length right before. Waits are medians in minutes of business time."""

    first: str
    last: str
    figures: PlaceFigures
    definitions: dict[str, str]


@get("/figures/places", permission=P.REPORTS_VIEW)
async def read_places(
    request: StaffRequest,
    first: From = "",
    last: To = "",
    month: FromQuery[str] = "",
    segment: FromQuery[int | None] = None,
    whose: ScopeCode = "",
) -> PlacesOut:
    """All departments and products about which anything is known, the worst first; days, `segment` and `scope` as for `/figures`."""
    now = datetime.now(UTC)
    asked = await _asked(request, first, last, month, segment, whose, now)
    found = [RankedOut(one.standing, one.concern, one.gap) for one in ranked(await standings(asked, now))]
    return PlacesOut(asked.span.first.isoformat(), asked.span.last.isoformat(), found, _definitions())


@get("/figures/place", permission=P.REPORTS_VIEW)
async def read_place(
    request: StaffRequest,
    department: FromQuery[str] = "",
    product: FromQuery[str] = "",
    first: From = "",
    last: To = "",
    month: FromQuery[str] = "",
    segment: FromQuery[int | None] = None,
    whose: ScopeCode = "",
) -> PlaceOut:
    """One department (by its name) or one product (by its code)."""
    now = datetime.now(UTC)
    place = await place_of({"department": department, "product": product})
    asked = await _asked(request, first, last, month, segment, whose, now)
    figures = await figures_of_place(place, asked, now)
    return PlaceOut(asked.span.first.isoformat(), asked.span.last.isoformat(), figures, _definitions())


async def _asked(
    request: StaffRequest, first: str, last: str, month: str, segment: int | None, whose: str, now: datetime
) -> Asked:
    demand_ids(segment=segment)
    values = {"from": first, "to": last, "month": month, "segment": segment or "", "scope": whose}
    return await asked_of(request.user, values, now)


def _definitions() -> dict[str, str]:
    return {one.code: _(one.text) for one in PLACE_DEFINITIONS}


router = Router("/api/v1", route_handlers=[read_places, read_place], include_in_schema=True, tags=["reports"])
