"""The portfolio: somebody's customers as figures and as points of a picture. The list itself is that of finding.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.customers.lists.sorting import ABC_CLASS
from crm.customers.lists.wanted import QUIET, SHOWN, Wanted, conditions
from crm.database import HIGHEST_ID, Arguments, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.web.formats import local
from crm.web.i18n import N_

DRAWN = 200
"""Points of the picture at most: those who are overdue longest first."""
UNHAPPY_BELOW = 3
"""Mean of the customers' own answers (CSAT, 1-5)."""
SOON = timedelta(days=14)
"""So far ahead a contact is due soon."""
NARROWED = {
    "overdue": N_("Contact overdue"), "open": N_("Open enquiries"), "unhappy": N_("Not content"), "quiet": N_("Unusually quiet"),
}  # fmt: skip
"""What a portfolio can be narrowed to, in words."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose portfolio is looked at: a member of staff or a team. `stands_in` when the viewer sees it as their deputy, and then
    only the customers with whom they stand in."""

    owner_id: int | None
    team_id: int | None
    name: str
    stands_in: bool = False

    def wanted(self, viewer_id: int) -> Wanted:
        return Wanted(owner_id=self.owner_id, team_id=self.team_id, deputy_id=viewer_id if self.stands_in else None)


def leads(user: CurrentUser) -> bool:
    """Whether they may look at everybody's portfolio: leads, management, administrators."""
    return user.may(Permission.TICKETS_ASSIGN) or user.may(Permission.REPORTS_VIEW)


async def portfolio_of(user: CurrentUser, *, owner_id: int | None = None, team_id: int | None = None) -> Whose:
    """One's own, a colleague's with whose customers one stands in, and for leads anybody's and every team's; NotFound else."""
    if team_id is not None:
        row = await fetch_one("SELECT name FROM team WHERE id = $1", team_id) if 0 < team_id <= HIGHEST_ID else None
        if row is None or not (leads(user) or team_id == user.team_id):
            raise NotFound()
        return Whose(None, team_id, row.name)
    if owner_id is None or owner_id == user.id:
        return Whose(user.id, None, user.name)
    row = None
    if 0 < owner_id <= HIGHEST_ID:
        row = await fetch_one(
            f"SELECT name, EXISTS (SELECT FROM customer c WHERE c.owner = s.id AND c.deputy = $2 AND {SHOWN}) AS stands_in "
            "FROM staff s WHERE id = $1",
            owner_id, user.id,
        )  # fmt: skip
    if row is None or not (leads(user) or row.stands_in):
        raise NotFound()
    return Whose(owner_id, None, row.name, stands_in=not leads(user))


async def portfolios_for(user: CurrentUser) -> list[Row]:
    """Whose portfolios this user may look at beside their own: (id, name), by name."""
    if leads(user):
        return await fetch(
            "SELECT s.id, s.name FROM staff s WHERE s.id <> $1 AND EXISTS (SELECT FROM customer c WHERE c.owner = s.id) "
            "ORDER BY lower(s.name), s.id",
            user.id,
        )
    return await fetch(
        f"SELECT DISTINCT s.id, s.name FROM customer c JOIN staff s ON s.id = c.owner WHERE c.deputy = $1 AND s.id <> $1 AND {SHOWN} "
        "ORDER BY s.name, s.id",
        user.id,
    )


def narrowed(wanted: Wanted, show: str, now: datetime) -> Wanted:
    """Of a portfolio those who are overdue, have open enquiries, are unusually quiet or not content (NARROWED); else everybody."""
    if show == "overdue":
        return replace(wanted, overdue_at=now)
    if show == "open":
        return replace(wanted, has_open_tickets=True)
    if show == "quiet":
        return replace(wanted, quiet_on=local(now).date())
    if show == "unhappy":
        return replace(wanted, satisfaction_below=Decimal(UNHAPPY_BELOW))
    return wanted


@dataclass(frozen=True, slots=True)
class Figures:
    """How a portfolio stands."""

    customers: int
    overdue: int
    due_soon: int
    with_tickets: int
    unhappy: int
    quiet: int


async def portfolio_figures(wanted: Wanted, now: datetime) -> Figures:
    """One statement."""
    arguments = Arguments()
    where = " AND ".join(conditions(wanted, arguments))
    at, until = arguments(now), arguments(now + SOON)
    row = await fetch_one(
        f"SELECT count(*) AS customers, count(*) FILTER (WHERE f.contact_due_at < {at}) AS overdue, "
        f"count(*) FILTER (WHERE f.contact_due_at >= {at} AND f.contact_due_at < {until}) AS due_soon, "
        "count(*) FILTER (WHERE f.open_tickets > 0) AS with_tickets, "
        f"count(*) FILTER (WHERE f.satisfaction_sum / nullif(f.satisfaction_answers, 0) < {UNHAPPY_BELOW}) AS unhappy, "
        f"count(*) FILTER (WHERE {QUIET.format(on=arguments(local(now).date()))}) AS quiet "
        f"FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE {where}",
        *arguments,
    )
    assert row is not None
    return Figures(row.customers, row.overdue, row.due_soon, row.with_tickets, row.unhappy, row.quiet)


async def portfolio_points(wanted: Wanted) -> list[Row]:
    """Who is drawn: those whose next contact is due, the longest overdue first."""
    arguments = Arguments()
    where = " AND ".join(conditions(wanted, arguments))
    return await fetch(
        "SELECT c.id, c.name, f.contact_due_at, f.revenue::float8 AS revenue, f.open_tickets, "
        f"coalesce({ABC_CLASS}, '') AS abc_class, "
        "(f.satisfaction_sum / nullif(f.satisfaction_answers, 0))::float8 AS satisfaction "
        f"FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE {where} AND f.contact_due_at IS NOT NULL "
        f"ORDER BY f.contact_due_at, c.id LIMIT {DRAWN}",
        *arguments,
    )
