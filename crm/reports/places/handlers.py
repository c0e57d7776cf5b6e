"""Pages of departments and products: the list with the worst first, one of them, and its PDF to hand over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from litestar import Response, Router, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.lists.views import views_of
from crm.errors import Invalid, RuleBroken
from crm.improvement.measures.words import STATUSES
from crm.reports import words
from crm.reports.actions import print_pdf
from crm.reports.dashboard.asking import Asked, asked_of
from crm.reports.dashboard.choosing import choice, meanings
from crm.reports.dossier_pages import AT_ONCE
from crm.reports.paper import our_letterhead
from crm.reports.places import sentences
from crm.reports.places.asking import href, place_of
from crm.reports.places.definitions import PLACE_DEFINITIONS
from crm.reports.places.paper import file_name, place_job
from crm.reports.places.queries import figures_of_place, standings
from crm.reports.places.ranking import ranked
from crm.reports.places.shape import Sort
from crm.reports.span_words import before, title_of
from crm.reports.spans import span_of
from crm.web.i18n import LANGUAGES, _, language, speaking, zone
from crm.web.render import page

P = Permission
PATH = "/dashboard/places"
log = structlog.get_logger()


@get("/dashboard/places", permission=P.REPORTS_VIEW)
async def list_places(request: StaffRequest) -> Response[str]:
    """All departments and products about which anything is known, the worst first."""
    now = datetime.now(UTC)
    asked, errors = await _asked(request, now)
    found = ranked(await standings(asked, now))
    return await page(
        request, "places/index.html", status=422 if errors else 200, errors=errors,
        departments=[one for one in found if one.standing.place.sort is Sort.DEPARTMENT],
        products=[one for one in found if one.standing.place.sort is Sort.PRODUCT],
        choice=choice(asked, now, PATH), views=await views_of(request.user), **_context(request, asked, now),
    )  # fmt: skip


@get("/dashboard/place", permission=P.REPORTS_VIEW)
async def show_place(request: StaffRequest) -> Response[str]:
    """What one department or product heard: `department` is its name, `product` a code."""
    now = datetime.now(UTC)
    place = await place_of(request.query_params)
    asked, errors = await _asked(request, now)
    figures = await figures_of_place(place, asked, now)
    running = asked.span.is_running(now, zone.get())
    return await page(
        request, "places/show.html", status=422 if errors else 200, errors=errors, f=figures, place=place, mine=href(place),
        told=sentences.told(figures, asked.span, is_running=running), lines=sentences.lines(figures), languages=LANGUAGES,
        measure_words=STATUSES, choice=choice(asked, now, "/dashboard/place", **href(place)),
        views=await views_of(request.user), **_context(request, asked, now),
    )  # fmt: skip


@get("/dashboard/place/pdf", permission=P.REPORTS_VIEW)
async def show_place_pdf(request: StaffRequest) -> Response[bytes]:
    """The same on paper, to hand over; in the reader's language, or with `lang` in another."""
    now = datetime.now(UTC)
    place = await place_of(request.query_params)
    asked = await asked_of(request.user, request.query_params, now)
    wish = request.query_params.get("lang", "")
    code = wish if wish in LANGUAGES else language.get()
    letterhead = await our_letterhead()
    with speaking(code):
        job = place_job(await figures_of_place(place, asked, now), asked, letterhead, code=code, now=now)
        name = file_name(place, asked.span)
    async with AT_ONCE:
        try:
            pdf = await print_pdf(job)
        except (RuntimeError, TimeoutError) as problem:
            log.error("place_failed", place=place.code, exc_info=problem)
            raise RuleBroken(_("This page could not be printed. Please try it again.")) from problem
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "private, no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


async def _asked(request: StaffRequest, now: datetime) -> tuple[Asked, dict[str, str]]:
    """What the address asks for; the last 30 days and what is wrong with it, if it makes no sense."""
    try:
        return await asked_of(request.user, request.query_params, now), {}
    except Invalid as error:
        return Asked(span_of({}, now, zone.get())), error.errors


def _context(request: StaffRequest, asked: Asked, now: datetime) -> dict[str, Any]:
    running = asked.span.is_running(now, zone.get())
    return {
        "asked": asked, "words": words, "sentences": sentences, "title": title_of(asked.span), "before": before(asked.span),
        "is_running": running, "meaning": meanings(PLACE_DEFINITIONS),
        "typed": {name: request.query_params.get(name, "") for name in ("from", "to")},
    }  # fmt: skip


router = Router("", route_handlers=[list_places, show_place, show_place_pdf])
