"""Pages about the monthly reports: the list of months, one month on the screen, its PDF."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.database import Row
from crm.errors import Invalid, NotFound
from crm.files.queries import file_named
from crm.reports import dossier_pages, months, words
from crm.reports.actions import request_report
from crm.reports.definitions import DEFINITIONS
from crm.reports.journey_map import journey_rows
from crm.reports.queries import demanded_month, figures_for, is_under_way, month_lines, runs_for
from crm.reports.sentences import summary, weakest
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _, language, speaking, zone
from crm.web.render import fragment, page, see_other

ON_SCREEN = frozenset({"contacts", "satisfaction", "nps", "promises", "interval"})
SCREEN_WIDTH, SCREEN_HEIGHT = 1000, 250


@get("/reports", permission=Permission.REPORTS_VIEW)
async def list_reports(request: StaffRequest) -> Response[str]:
    lines = await month_lines(now=datetime.now(UTC), zone=zone.get())
    return await page(request, "reports/index.html", lines=lines, written=months.written, languages=LANGUAGES)


@post("/reports", permission=Permission.REPORTS_VIEW, status_code=303)
async def ask_for_report(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    form = Fields(dict(await request.form()))
    month = demanded_month(form.text("month"), now=now, zone=zone.get())
    await request_report(month, form.one_of("language", LANGUAGES, language.get()), by=request.user.id, now=now)
    return see_other(request, f"/reports/{months.written(month)}")


@get("/reports/{month:str}", permission=Permission.REPORTS_VIEW)
async def show_report(request: StaffRequest, month: FromPath[str]) -> Response[str]:
    now = datetime.now(UTC)
    first = _page_month(month, now)
    figures = await figures_for(first, now=now, zone=zone.get())
    return await page(
        request, "reports/show.html", f=figures, words=words, sentences=summary(figures), weak=weakest(figures),
        rows=journey_rows(figures, width=SCREEN_WIDTH, height=SCREEN_HEIGHT, per_row=99),
        before_name=words.month_name(months.earlier(first, 1)), definitions=_explained(), **await _state(first, now),
    )  # fmt: skip


@get("/reports/{month:str}/state", permission=Permission.REPORTS_VIEW)
async def show_state(request: StaffRequest, month: FromPath[str]) -> Response[str]:
    """The files of a month and how far they are; the page asks for this while one is being made."""
    now = datetime.now(UTC)
    return await fragment(request, "reports/_files.html", **await _state(_page_month(month, now), now))


@get("/reports/{month:str}/pdf", permission=Permission.REPORTS_VIEW)
async def show_pdf(request: StaffRequest, month: FromPath[str], lang: FromQuery[str] = "") -> Response[Any]:
    """The PDF; where there is none yet, the page of the month, which says how to get one."""
    first = _page_month(month, datetime.now(UTC))
    run = (await runs_for(first)).get(lang or language.get())
    if run is None or not run.pdf_hash:
        return see_other(request, f"/reports/{months.written(first)}")
    return await pdf_of(run)


async def pdf_of(run: Row) -> Response[bytes]:
    """The stored file of a run that has one, under a name that says what it is."""
    file = await file_named(run.pdf_hash)
    with speaking(run.language):
        name = _("touchpoint-report") + f"-{months.written(run.month)}.pdf"
    headers = {
        "content-disposition": f'inline; filename="{name}"',
        "cache-control": "private, no-cache",
        "etag": f'"{run.pdf_hash}"',
    }
    return Response(file.content, media_type="application/pdf", headers=headers)


def _page_month(text: str, now: datetime) -> date:
    """On a page an address that names no month is a page that doesn't exist."""
    try:
        return demanded_month(text, now=now, zone=zone.get())
    except Invalid as error:
        raise NotFound(error.sentence) from None


def _explained() -> list[tuple[str, str]]:
    """What the figures on the screen mean."""
    return [(_(one.name), _(one.text)) for one in DEFINITIONS if one.code in ON_SCREEN]


async def _state(month: date, now: datetime) -> dict[str, Any]:
    runs = await runs_for(month)
    return {
        "month": month,
        "written": months.written(month),
        "files": [(code, runs.get(code)) for code in LANGUAGES],
        "is_over": months.is_over(month, now, zone.get()),
        "is_under_way": any(is_under_way(run) for run in runs.values()),
    }


router = Router(
    "",
    route_handlers=[list_reports, ask_for_report, show_report, show_state, show_pdf, *dossier_pages.route_handlers],
)
