"""The monthly report over the API: its figures as JSON, and its PDF."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid, NotFound, RuleBroken
from crm.reports import managing_api, months
from crm.reports.actions import request_report
from crm.reports.definitions import DEFINITIONS
from crm.reports.dossier_pages import printed_dossier
from crm.reports.handlers import pdf_of, run_among
from crm.reports.journeys import journey_api
from crm.reports.queries import demanded_month, editions_of, figures_for, month_lines, run_for, scope_for
from crm.reports.scope_parameter import ScopeCode
from crm.reports.scope_words import scope_definition
from crm.reports.sentences import summary
from crm.reports.shape import MonthFigures
from crm.reports.tables import RunStatus
from crm.reports.ways import ways_api
from crm.web.i18n import LANGUAGES, _, language, zone

FRESH = timedelta(hours=1)
"""A provisional PDF that is older is made anew when it is asked for."""

TRY_AGAIN = timedelta(minutes=1)
"""So long a failed run is reported before asking starts it again."""


class RunOut(msgspec.Struct):
    """One report: requested, running, ready or failed, by language."""

    language: str
    status: str
    is_provisional: bool
    edition: int


class MonthOut(msgspec.Struct):
    month: str
    is_running: bool
    reports: list[RunOut]


class MonthsOut(msgspec.Struct):
    items: list[MonthOut]


class ReportOut(msgspec.Struct):
    """A month's figures. `is_provisional` until the first run after the month's end has fixed them. `summary` and
    `definitions` are in the language of the token's user."""

    month: str
    is_provisional: bool
    summary: list[str]
    figures: MonthFigures
    definitions: dict[str, str]


@get("/reports", permission=Permission.REPORTS_VIEW)
async def list_months(request: StaffRequest, whose: ScopeCode = "") -> MonthsOut:
    """The months that there is something to report about, newest first. `scope` is a code of /report-scopes (team:7, segment:12); without
    it the whole company."""
    found = await scope_for(whose)
    lines = await month_lines(now=datetime.now(UTC), zone=zone.get(), scope=found.code)
    return MonthsOut(
        [
            MonthOut(
                months.written(line.month), line.is_running,
                [RunOut(run.language, run.status, run.is_provisional, run.edition) for run in line.runs.values()],
            )
            for line in lines
        ]
    )  # fmt: skip


@get("/reports/{month:str}", permission=Permission.REPORTS_VIEW)
async def read_report(request: StaffRequest, month: FromPath[str], whose: ScopeCode = "") -> ReportOut:
    """The figures of a month (2026-10); those of a team's customers or a saved list with `scope`. 422 for one that is gone and has no
    report of this month."""
    now = datetime.now(UTC)
    first = demanded_month(month, now=now, zone=zone.get())
    figures = await figures_for(first, now=now, zone=zone.get(), scope=await scope_for(whose))
    definitions = {one.code: _(one.text) for one in DEFINITIONS}
    if narrowed := scope_definition(figures):
        definitions["scope"] = narrowed[0][1]
    return ReportOut(months.written(first), figures.is_provisional, summary(figures), figures, definitions)


@get("/reports/{month:str}/pdf", permission=Permission.REPORTS_VIEW)
async def read_pdf(
    request: StaffRequest, month: FromPath[str], lang: FromQuery[str] = "", edition: FromQuery[str] = "", whose: ScopeCode = ""
) -> Response[Any]:  # fmt: skip
    """The report as PDF (`lang` de or en; `scope` as for the figures). 202 with Retry-After until it is ready: asking starts it.
    `edition` names an earlier one."""
    now = datetime.now(UTC)
    first = demanded_month(month, now=now, zone=zone.get())
    code = lang or language.get()
    if code not in LANGUAGES:
        raise Invalid({"lang": _("There are reports in German (de) and English (en).")})
    found = await scope_for(whose)
    if edition:
        earlier = run_among(await editions_of(first, found.code), code, edition)
        if earlier is None or not earlier.pdf_hash:
            raise NotFound(_("There is no such edition of this report."))
        return await pdf_of(earlier)
    run = await run_for(first, code, found.code)
    if (
        run is not None
        and run.status == RunStatus.READY
        and (not run.is_provisional or _is_fresh(run.finished_at, first, now))
    ):
        return await pdf_of(run)
    if run is not None and run.status == RunStatus.FAILED and now - run.finished_at < TRY_AGAIN:
        raise RuleBroken(_(run.error))
    await request_report(first, code, by=request.user.id, now=now, scope=found)
    return Response({"status": "requested"}, status_code=202, headers={"retry-after": "2"})


def _is_fresh(finished_at: datetime, month: date, now: datetime) -> bool:
    """A provisional PDF may be handed out for an hour, but not after the month has ended."""
    return now - finished_at < FRESH and not months.is_over(month, now, zone.get())


@get("/customers/{customer_id:int}/dossier", permission=Permission.CUSTOMERS_VIEW)
async def read_dossier(request: StaffRequest, customer_id: FromPath[int], lang: FromQuery[str] = "") -> Response[bytes]:
    """What to know about a customer before a visit, as PDF; `lang` is de or en, else the language of the request."""
    return await printed_dossier(request, customer_id, lang)


router = Router(
    "/api/v1",
    route_handlers=[
        list_months,
        read_report,
        read_pdf,
        read_dossier,
        *managing_api.handlers,
        *journey_api.route_handlers,
        *ways_api.route_handlers,
    ],
    include_in_schema=True,
    tags=["reports"],
)
