"""The page of a portfolio: sentence, picture and list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.queries import teams
from crm.customers.lists.columns import headings, lines, reads_of
from crm.customers.lists.finding import find_customers
from crm.customers.lists.portfolio import (
    NARROWED,
    Figures,
    Whose,
    leads,
    narrowed,
    portfolio_figures,
    portfolio_of,
    portfolio_points,
    portfolios_for,
)
from crm.customers.lists.portfolio_drawing import Axis, PortfolioPoint, portfolio_drawing
from crm.customers.lists.sorting import SORTS
from crm.customers.tabs import customer_tabs
from crm.web.formats import num
from crm.web.forms import Fields
from crm.web.i18n import N_, _, ngettext
from crm.web.render import flashes, fragment, is_fragment, page

PAGE = 50
COLUMN_CODES = ("due", "last_contact", "service_level", "class", "satisfaction", "open", "last_order", "revenue")
SHOWN = {"": N_("All"), **NARROWED}
AXES: dict[Axis, str] = {"revenue": N_("By revenue"), "class": N_("By class"), "satisfaction": N_("By satisfaction")}
TITLES = {
    "revenue": N_("To the right whose contact is overdue, upwards by revenue"),
    "class": N_("To the right whose contact is overdue, upwards by ABC class"),
    "satisfaction": N_("To the right whose contact is overdue, upwards by satisfaction"),
}
SIZE = (1080.0, 340.0)
DONE = {
    "handed": N_("The customers are handed over."), "planned": N_("The hand-over is planned."),
    "cancelled": N_("The hand-over is cancelled."), "deputy": N_("The deputy is set."),
}  # fmt: skip


@get("/portfolio", permission=Permission.CUSTOMERS_VIEW)
async def show_portfolio(request: StaffRequest) -> Response[Any]:
    """Somebody's customers by their contact rhythm, the longest overdue first; for htmx the next rows alone."""
    now, asked = datetime.now(UTC), Fields(request.query_params)
    whose = await portfolio_of(request.user, owner_id=asked.reference("owner"), team_id=asked.reference("team"))
    asked.check()
    show = asked.text("show") if asked.text("show") in SHOWN else ""
    sort = asked.text("sort") if asked.text("sort") in SORTS else "due"
    axis: Axis = next((one for one in AXES if one == asked.text("axis")), "revenue")
    here = _Address(whose, request.user.id, show, sort, axis)
    everybody = whose.wanted(request.user.id)
    found = await find_customers(
        replace(narrowed(everybody, show, now), sort=sort), limit=PAGE, cursor=asked.text("cursor", limit=2000) or None,
        columns=reads_of(COLUMN_CODES),
    )  # fmt: skip
    context: dict[str, Any] = {
        "found": found, "columns": headings(COLUMN_CODES), "lines": lines(found.rows, COLUMN_CODES, now), "can_tick": False,
        "next_href": here.href(cursor=found.next) if found.next else "",
    }  # fmt: skip
    if is_fragment(request) and asked.text("cursor", limit=2000):
        return await fragment(request, "customers/_rows.html", **context)
    figures = await portfolio_figures(everybody, now)
    points = [
        PortfolioPoint(
            r.id, r.name, (now - r.contact_due_at).days, r.revenue, r.satisfaction, r.open_tickets, r.abc_class
        )
        for r in await portfolio_points(narrowed(everybody, show, now))
    ]
    width, height = SIZE
    others = await portfolios_for(request.user)
    context |= {
        "whose": whose, "figures": figures, "sentence": in_words(figures), "here": here, "sort": sort, "axis": axis,
        "drawing": portfolio_drawing(points, axis, width=width, height=height) if points else None,
        "drawn": len(points), "picture_title": _(TITLES[axis]),
        "show_chips": [(_(text), here.href(show=code), show == code) for code, text in SHOWN.items()],
        "axis_chips": [(_(text), here.href(axis=code), axis == code) for code, text in AXES.items()],
        "others": [("", _("me")), *((str(row.id), row.name) for row in others)],
        "teams": [(str(row.id), row.name) for row in await teams()] if leads(request.user) else [],
        "may_hand_over": may_hand_over(request, whose), "tabs": customer_tabs(request),
    }  # fmt: skip
    return await page(request, "customers/portfolio.html", **context, flashes=flashes(request, DONE))


def may_hand_over(request: StaffRequest, whose: Whose) -> bool:
    """One's own customers, and for those who assign work everybody's."""
    if whose.owner_id is None or not request.user.may(Permission.CUSTOMERS_EDIT):
        return False
    return whose.owner_id == request.user.id or request.user.may(Permission.TICKETS_ASSIGN)


class _Address:
    """The address of the same portfolio with something changed."""

    def __init__(self, whose: Whose, viewer_id: int, show: str, sort: str, axis: str) -> None:
        owner = "" if whose.owner_id in (None, viewer_id) else str(whose.owner_id)
        self.said = {"owner": owner, "team": str(whose.team_id or ""), "show": show, "sort": sort, "axis": axis}

    def href(self, **changes: str) -> str:
        usual = {"sort": "due", "axis": "revenue"}
        said = {name: value for name, value in {**self.said, **changes}.items() if value and value != usual.get(name)}
        return f"/portfolio?{urlencode(said)}" if said else "/portfolio"

    @property
    def sort_href(self) -> str:
        href = self.href(sort="")
        return f"{href}{'&' if '?' in href else '?'}sort="


def in_words(figures: Figures) -> str:
    """Two or three sentences made from the figures."""
    if not figures.customers:
        return ""
    parts = [ngettext("One customer.", "%(num)s customers.", figures.customers) % {"num": num(figures.customers)}]
    if figures.overdue:
        parts.append(
            ngettext("Contact is overdue with one.", "Contact is overdue with %(num)s.", figures.overdue)
            % {"num": num(figures.overdue)}
        )
    else:
        parts.append(_("Nobody is overdue."))
    if figures.due_soon:
        parts.append(
            ngettext("One is due within two weeks.", "%(num)s are due within two weeks.", figures.due_soon)
            % {"num": num(figures.due_soon)}
        )
    if figures.with_tickets:
        parts.append(
            ngettext("One has an open enquiry.", "%(num)s have open enquiries.", figures.with_tickets)
            % {"num": num(figures.with_tickets)}
        )
    if figures.unhappy:
        parts.append(
            ngettext("One is not content.", "%(num)s are not content.", figures.unhappy) % {"num": num(figures.unhappy)}
        )
    if figures.quiet:
        parts.append(
            ngettext(
                "One is unusually quiet: by their rhythm an order was to be expected.",
                "%(num)s are unusually quiet: by their rhythm an order was to be expected.",
                figures.quiet,
            )
            % {"num": num(figures.quiet)}
        )
    return " ".join(parts)


route_handlers = [show_portfolio]
