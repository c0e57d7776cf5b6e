"""The figures of any stretch of days over the API, each with what it means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.params import FromQuery, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.reports.dashboard.asking import asked_of
from crm.reports.definitions import DEFINITIONS
from crm.reports.figures import figures_of_span
from crm.reports.scope_parameter import ScopeCode
from crm.reports.sentences import told
from crm.reports.shape import MonthFigures
from crm.web.i18n import _, zone
from crm.web.parameters import demand_ids


class FiguresOut(msgspec.Struct):
    """Figures from `first` to `last` (days of the company's zone, both included). Those named *before* are of the stretch of the same
    length right before: the month, quarter or year before a whole one. Of a segment there are no
    `requests` (null): they belong to persons and to no customer. `is_running`: the last day is not over yet. `summary` and
    `definitions` are in the language of the token's user."""

    first: str
    last: str
    is_running: bool
    summary: list[str]
    figures: MonthFigures
    definitions: dict[str, str]


@get("/figures", permission=Permission.REPORTS_VIEW)
async def read_figures(
    request: StaffRequest,
    first: Annotated[str, QueryParameter(name="from", description="the first day, 2026-10-01")] = "",
    last: Annotated[str, QueryParameter(name="to", description="the last day, at most a year later")] = "",
    month: FromQuery[str] = "",
    segment: FromQuery[int | None] = None,
    whose: ScopeCode = "",
) -> FiguresOut:
    """The figures of a month (2026-10), or `from` one day `to` another; of the last 30 days without either. `segment` is the id of a saved
    list of customers to which they are narrowed; `scope` narrows them as a report's."""
    demand_ids(segment=segment)
    now = datetime.now(UTC)
    values = {"from": first, "to": last, "month": month, "segment": segment or "", "scope": whose}
    asked = await asked_of(request.user, values, now)
    figures = await figures_of_span(asked.span, now=now, zone=zone.get(), wanted=asked.wanted)
    running = asked.span.is_running(now, zone.get())
    return FiguresOut(
        asked.span.first.isoformat(), asked.span.last.isoformat(), now < asked.span.bounds(zone.get())[1],
        told(figures, asked.span, is_running=running), figures, {one.code: _(one.text) for one in DEFINITIONS},
    )  # fmt: skip


router = Router("/api/v1", route_handlers=[read_figures], include_in_schema=True, tags=["reports"])
