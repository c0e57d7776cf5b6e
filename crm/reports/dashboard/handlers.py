"""Pages of the dashboard: the figures, what comes a moment later, and the lists behind them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.lists.views import views_of
from crm.customers.orders.words import DECLINE_REASONS, QUOTATION_STATUSES
from crm.customers.words import CHANNELS, LOSS_REASONS, ORIGINS
from crm.errors import Invalid
from crm.improvement.tables import FeedbackCategory, FeedbackKind
from crm.interactions.tables import Direction
from crm.reports import months, words
from crm.reports.chapters import loss_reason
from crm.reports.dashboard import behind, behind_answers, behind_sales, behind_voices, sections
from crm.reports.dashboard.asking import Asked, asked_of
from crm.reports.dashboard.behind import Behind
from crm.reports.dashboard.choosing import choice, meanings
from crm.reports.dashboard.drawing import FOOT, HEIGHT, bars_of
from crm.reports.dashboard.headings import METRICS, heading_of
from crm.reports.dashboard.targets import judged, of_touchpoint
from crm.reports.figures import LATER, figures_of_span
from crm.reports.journey_map import SCREEN_HEIGHT, SCREEN_WIDTH, journey_rows
from crm.reports.sentences import told, weakest
from crm.reports.span_words import before, title_of
from crm.reports.spans import span_of
from crm.surveys.tables import Metric
from crm.tickets.tables import TicketKind
from crm.tickets.words import CAUSES
from crm.web.forms import Fields
from crm.web.i18n import local_name, word, zone
from crm.web.render import fragment, is_fragment, page

Read = Callable[[Asked, dict[str, str], str, datetime], Awaitable[Behind]]


@get("/dashboard", permission=Permission.REPORTS_VIEW)
async def show_dashboard(request: StaffRequest) -> Response[str]:
    """The figures of the last 30 days, a month or other days, of all customers or a saved list of them."""
    now, asked, errors = datetime.now(UTC), Asked(span_of({}, datetime.now(UTC), zone.get())), {}
    try:
        asked = await asked_of(request.user, request.query_params, now)
    except Invalid as error:
        errors = error.errors
    running = asked.span.is_running(now, zone.get())
    figures = await figures_of_span(asked.span, now=now, zone=zone.get(), wanted=asked.wanted, without=LATER)
    return await page(
        request, "dashboard/index.html", status=422 if errors else 200, errors=errors, f=figures, asked=asked, words=words,
        title=title_of(asked.span), sentences=told(figures, asked.span, is_running=running),
        before=before(asked.span), is_running=running, meaning=meanings(), choice=choice(asked, now),
        views=await views_of(request.user), typed={name: request.query_params.get(name, "") for name in ("from", "to")},
        rows=journey_rows(figures, width=SCREEN_WIDTH, height=SCREEN_HEIGHT), weak=weakest(figures),
        targets=judged(figures), of_touchpoint=of_touchpoint,
        bars=bars_of(figures.year), foot=FOOT, height=HEIGHT, month_query=months.written,
    )  # fmt: skip


@get("/dashboard/contacts", permission=Permission.REPORTS_VIEW)
async def list_contacts(request: StaffRequest) -> Response[str]:
    fields = Fields(request.query_params)
    filters = {
        "channel": fields.one_of("channel", ("", *CHANNELS)), "direction": fields.one_of("direction", ("", *Direction)),
        "touchpoint": fields.text("touchpoint", limit=40), "phase": fields.text("phase", limit=40),
        "marked": "1" if fields.flag("marked") else "",
    }  # fmt: skip
    return await _list(request, "contacts", fields, filters, behind.contacts_behind)


@get("/dashboard/answers", permission=Permission.REPORTS_VIEW)
async def list_answers(request: StaffRequest) -> Response[str]:
    fields = Fields(request.query_params)
    filters = {
        "metric": fields.one_of("metric", ("", *Metric)), "touchpoint": fields.text("touchpoint", limit=40),
        "phase": fields.text("phase", limit=40), "low": "1" if fields.flag("low") else "",
    }  # fmt: skip
    return await _list(request, "answers", fields, filters, behind_answers.answers_behind)


@get("/dashboard/enquiries", permission=Permission.REPORTS_VIEW)
async def list_enquiries(request: StaffRequest) -> Response[str]:
    fields = Fields(request.query_params)
    filters = {
        "what": fields.one_of("what", behind.ENQUIRIES, "opened"), "topic": fields.text("topic", limit=40),
        "kind": fields.one_of("kind", ("", *TicketKind)), "level": fields.one_of("level", ("", "0", "1", "2", "3")),
        "service_level": fields.text("service_level", limit=40), "cause": fields.one_of("cause", ("", "-", *CAUSES)),
        "department": fields.text("department", limit=200), "product": fields.text("product", limit=200),
    }  # fmt: skip
    return await _list(request, "enquiries", fields, filters, behind.enquiries_behind)


@get("/dashboard/customers", permission=Permission.REPORTS_VIEW)
async def list_customers(request: StaffRequest) -> Response[str]:
    fields = Fields(request.query_params)
    filters = {
        "what": fields.one_of("what", ("new", "overdue", *behind.PROSPECTS), "new"), "phase": fields.text("phase", limit=40),
        "origin": fields.one_of("origin", ("", "-", *ORIGINS)),
        "service_level": fields.text("service_level", limit=40),
    }  # fmt: skip
    return await _list(request, "customers", fields, filters, behind.customers_behind)


@get("/dashboard/quotations", permission=Permission.REPORTS_VIEW)
async def list_quotations(request: StaffRequest) -> Response[str]:
    fields = Fields(request.query_params)
    filters = {
        "what": fields.one_of("what", behind_sales.QUOTATIONS, "requested"), "reason": fields.one_of("reason", ("", "-", *DECLINE_REASONS)),
    }  # fmt: skip
    return await _list(request, "quotations", fields, filters, behind_sales.quotations_behind)


@get("/dashboard/changes", permission=Permission.REPORTS_VIEW)
async def list_changes(request: StaffRequest) -> Response[str]:
    fields = Fields(request.query_params)
    filters = {
        "what": fields.one_of("what", behind_sales.CHANGES, "lost"), "reason": fields.one_of("reason", ("", "-", *LOSS_REASONS)),
        "touchpoint": fields.text("touchpoint", limit=40),
    }  # fmt: skip
    return await _list(request, "changes", fields, filters, behind_sales.changes_behind)


@get("/dashboard/points", permission=Permission.REPORTS_VIEW)
async def list_points(request: StaffRequest) -> Response[str]:
    fields = Fields(request.query_params)
    filters = {
        "what": fields.one_of("what", FeedbackKind, FeedbackKind.CRITICISM), "touchpoint": fields.text("touchpoint", limit=40),
        "category": fields.one_of("category", ("", *FeedbackCategory)), "heading": fields.text("heading", limit=20),
    }  # fmt: skip
    return await _list(request, "points", fields, filters, behind_voices.points_behind)


async def _list(request: StaffRequest, kind: str, fields: Fields, filters: dict[str, str], read: Read) -> Response[str]:
    """The rows behind one figure; for htmx the next of them."""
    cursor = fields.text("cursor", limit=2000)
    fields.check()
    now = datetime.now(UTC)
    asked = await asked_of(request.user, request.query_params, now)
    found = await read(asked, filters, cursor, now)
    path = f"/dashboard/{kind}"
    context: dict[str, Any] = {
        "kind": kind, "found": found, "asked": asked, "words": words, "what": filters.get("what", ""), "name_of": local_name,
        "quotation_word": lambda code: word(QUOTATION_STATUSES, code), "loss_word": loss_reason,
        "metric_word": lambda code: word(METRICS, code),
        "next_href": asked.href(path, **filters, cursor=found.next) if found.next else "",
    }  # fmt: skip
    if is_fragment(request) and cursor:
        return await fragment(request, "dashboard/_rows.html", **context)
    context |= {"heading": await heading_of(kind, filters), "title": title_of(asked.span)}
    return await page(request, "dashboard/behind.html", **context)


router = Router(
    "",
    route_handlers=[
        show_dashboard,
        list_contacts,
        list_answers,
        list_enquiries,
        list_customers,
        list_quotations,
        list_changes,
        list_points,
        *sections.route_handlers,
    ],
)
