"""What the overview fetches after its first answer: enquiries and promises at once, since they take longest to count and have figures at
the top; sales, voices, measures and data protection when they come into sight. Without scripts each is a page of its own."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.reports import chapters, measure_lines, words
from crm.reports.balance_charts import loudest
from crm.reports.dashboard.asking import asked_of
from crm.reports.dashboard.choosing import meanings
from crm.reports.dashboard.targets import judged
from crm.reports.figures import EVERYTHING, MEASURES, RIGHTS, SALES, SERVICE, VOICES, figures_of_span
from crm.reports.shape import MonthFigures
from crm.reports.span_words import before, title_of
from crm.web.i18n import _, zone
from crm.web.render import fragment, is_fragment, page

PLACES = 6
"""So many departments and products stand here; the page of all has the worst first."""


@get("/dashboard/service", permission=Permission.REPORTS_VIEW)
async def show_service(request: StaffRequest) -> Response[str]:
    """Promises, competence levels, topics, kinds and causes of enquiries, and the three figures of them at the top."""
    return await _section(request, "service", _("Enquiries and promises"), SERVICE)


@get("/dashboard/sales", permission=Permission.REPORTS_VIEW)
async def show_sales(request: StaffRequest) -> Response[str]:
    """Quotations and their turnaround, new customers by origin, conversion per phase, lost customers, overdue ones."""
    return await _section(request, "sales", _("Quotations, new and lost customers"), SALES)


@get("/dashboard/voices", permission=Permission.REPORTS_VIEW)
async def show_voices(request: StaffRequest) -> Response[str]:
    """Praise and criticism in balance, and what departments and products heard."""
    return await _section(request, "voices", _("Praise and criticism"), VOICES)


@get("/dashboard/measures", permission=Permission.REPORTS_VIEW)
async def show_measures(request: StaffRequest) -> Response[str]:
    """What is planned and under way, the weakest touchpoints first, and what past measures have achieved."""
    return await _section(request, "measures", _("Measures and what they achieve"), MEASURES)


@get("/dashboard/privacy", permission=Permission.REPORTS_VIEW)
async def show_privacy(request: StaffRequest) -> Response[str]:
    """Consent coverage, and the requests of data subjects with their deadlines."""
    return await _section(request, "privacy", _("Consents and data protection"), RIGHTS)


async def _section(request: StaffRequest, name: str, heading: str, parts: AbstractSet[str]) -> Response[str]:
    """One statement reads the parts, as those of the report."""
    now = datetime.now(UTC)
    asked = await asked_of(request.user, request.query_params, now)
    figures = await figures_of_span(
        asked.span, now=now, zone=zone.get(), wanted=asked.wanted, without=EVERYTHING - parts
    )
    context: dict[str, Any] = {
        "f": figures, "asked": asked, "words": words, "chapters": chapters, "meaning": meanings(), "section_name": name,
        "is_running": asked.span.is_running(now, zone.get()), "loudest": _loudest(figures), "most_places": PLACES,
        "before": before(asked.span), "targets": judged(figures), "is_part": is_fragment(request), "measure_lines": measure_lines,
    }  # fmt: skip
    if is_fragment(request):
        return await fragment(request, f"dashboard/_{name}.html", **context)
    return await page(request, "dashboard/section.html", section_heading=heading, title=title_of(asked.span), **context)


def _loudest(figures: MonthFigures) -> list[Any]:
    """The touchpoints with the most voices, and at the end what is about none."""
    if figures.voices is None:
        return []
    return [
        *loudest(figures),
        *(one for one in figures.voices.touchpoints if not one.code and one.praise + one.criticism),
    ]


route_handlers = [show_service, show_sales, show_voices, show_measures, show_privacy]
