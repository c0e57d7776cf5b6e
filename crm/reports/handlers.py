"""Pages about the monthly reports: the list of months, one month on the screen, its PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.database import Row
from crm.files.queries import file_named
from crm.reports import dossier_pages, managing, months
from crm.reports.actions import request_report
from crm.reports.journeys import pages as journeys
from crm.reports.month_page import DONE, month_state, page_month, report_page
from crm.reports.queries import demanded_month, editions_of, month_lines, scope_for, scopes
from crm.reports.scope_parameter import ScopeCode
from crm.reports.scopes import file_part
from crm.reports.ways import pages as ways
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _, language, speaking, zone
from crm.web.render import flashes, fragment, page, see_other


@get("/reports", permission=Permission.REPORTS_VIEW)
async def list_reports(request: StaffRequest) -> Response[str]:
    scope = await scope_for(request.query_params.get("scope", ""))
    lines = await month_lines(now=datetime.now(UTC), zone=zone.get(), scope=scope.code)
    known = await scopes()
    return await page(
        request,
        "reports/index.html",
        lines=lines,
        scope=scope,
        choices=[(one.code, one.title + ("" if one.is_there else " " + _("(no longer there)"))) for one in known],
        refused=[one for one in known if one.is_automatic and one.refusal],
        written=months.written,
        languages=LANGUAGES,
        flashes=flashes(request, DONE),
    )


@post("/reports", permission=Permission.REPORTS_VIEW, status_code=303)
async def ask_for_report(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    form = Fields(dict(await request.form()))
    month = demanded_month(form.text("month"), now=now, zone=zone.get())
    scope = await scope_for(form.text("scope", limit=60))
    await request_report(
        month, form.one_of("language", LANGUAGES, language.get()), by=request.user.id, now=now, scope=scope
    )
    return see_other(request, f"/reports/{months.written(month)}{scope.of()}")


@get("/reports/{month:str}", permission=Permission.REPORTS_VIEW)
async def show_report(request: StaffRequest, month: FromPath[str], whose: ScopeCode = "") -> Response[str]:
    return await report_page(request, page_month(month, datetime.now(UTC)), await scope_for(whose))


@get("/reports/{month:str}/state", permission=Permission.REPORTS_VIEW)
async def show_state(request: StaffRequest, month: FromPath[str], whose: ScopeCode = "") -> Response[str]:
    """The files of a month and how far they are; the page asks for this while one is being made, and shows itself anew when
    none is: its figures are those of the report then."""
    now = datetime.now(UTC)
    state = await month_state(page_month(month, now), now, await scope_for(whose))
    headers = None if state["is_under_way"] else {"hx-refresh": "true"}
    return await fragment(request, "reports/_files.html", headers=headers, **state)


@get("/reports/{month:str}/pdf", permission=Permission.REPORTS_VIEW)
async def show_pdf(
    request: StaffRequest, month: FromPath[str], lang: FromQuery[str] = "", edition: FromQuery[str] = "", whose: ScopeCode = ""
) -> Response[Any]:  # fmt: skip
    """The PDF, of the newest edition or the one that is named; where there is none yet, the page of the month, which says how to
    get one."""
    first, found = page_month(month, datetime.now(UTC)), await scope_for(whose)
    run = run_among(await editions_of(first, found.code), lang or language.get(), edition)
    if run is None or not run.pdf_hash:
        return see_other(request, f"/reports/{months.written(first)}{found.of()}")
    return await pdf_of(run)


async def pdf_of(run: Row) -> Response[bytes]:
    """The stored file of a run that has one, under a name that says what it is."""
    file = await file_named(run.pdf_hash)
    with speaking(run.language):
        name = _("touchpoint-report") + f"-{months.written(run.month)}{file_part(run.scope, run.scope_name)}.pdf"
    headers = {
        "content-disposition": f'inline; filename="{name}"',
        "cache-control": "private, no-cache",
        "etag": f'"{run.pdf_hash}"',
    }
    return Response(file.content, media_type="application/pdf", headers=headers)


def run_among(runs: Sequence[Row], code: str, edition: str) -> Row | None:
    """The run of this language in the edition that is named, or in the newest that is there."""
    mine = [run for run in runs if run.language == code and edition in ("", str(run.edition))]
    printed = [run for run in mine if run.pdf_hash]
    found = printed or mine
    return found[-1] if found else None


router = Router(
    "",
    route_handlers=[
        list_reports,
        ask_for_report,
        show_report,
        show_state,
        show_pdf,
        *dossier_pages.route_handlers,
        *managing.handlers,
        *journeys.route_handlers,
        *ways.route_handlers,
    ],
)
